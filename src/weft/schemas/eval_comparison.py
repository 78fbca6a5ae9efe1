"""The words of comparing evaluation runs, and of saying which way a metric is better."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from weft.schemas.base import NullIsAbsent, Wire

Direction = Literal["higher", "lower"]
RowChoice = Literal["disagree", "better", "worse", "missing"]
RowOrder = Literal["difference", "example", "improvement", "regression"]
MOST_RUNS = 6
MOST_METRICS = 30
MetricName = Annotated[str, Field(max_length=300)]
Confidence = Annotated[float, Field(ge=0.5, le=0.999)]


class ComparisonRows(NullIsAbsent):
    """Which examples to lay side by side, and in which order. Differences are of one metric, run minus baseline."""

    limit: int = Field(25, ge=0, le=100)
    offset: int = Field(0, ge=0, le=2**31)
    metric: MetricName | None = None
    run_id: str | None = None
    only: RowChoice | None = None
    sort: RowOrder = "difference"


class EvaluationsCompareReq(NullIsAbsent):
    """Runs to compare with the baseline, which is the first one unless named."""

    project_id: str
    run_ids: list[str] = Field(max_length=1000)
    baseline: str | None = None
    metrics: list[MetricName] | None = Field(None, max_length=MOST_METRICS)
    directions: dict[MetricName, Direction] = Field(default_factory=dict, max_length=1000)
    confidence: Confidence = 0.95
    include_metrics: bool = True
    rows: ComparisonRows = Field(default_factory=ComparisonRows)

    @model_validator(mode="after")
    def _names_runs(self) -> Self:
        self.run_ids = list(dict.fromkeys(self.run_ids))
        if not 2 <= len(self.run_ids) <= MOST_RUNS:
            raise ValueError(f"run_ids must name 2 to {MOST_RUNS} different runs")
        for name, run_id in (("baseline", self.baseline), ("rows.run_id", self.rows.run_id)):
            if run_id is not None and run_id not in self.run_ids:
                raise ValueError(f"{name} must be one of run_ids")
        return self


class StatisticInterval(Wire):
    """Where a figure may lie at the confidence asked for."""

    low: float
    high: float
    method: str


class StatisticsWarning(Wire):
    """Something that speaks against taking the figures at their face value."""

    code: str
    message: str
    run_ids: list[str] = Field(default_factory=list)


class ComparedRun(Wire):
    """A run that takes part."""

    run_id: str
    name: str | None
    model_ref: str | None
    model_name: str | None
    evaluation_ref: str | None
    evaluation_name: str | None
    dataset_ref: str | None
    status: Literal["running", "failed", "completed"]
    started_at: datetime
    finished_at: datetime | None
    trial_count: int
    example_count: int
    scorers: dict[str, str]


class RunFigures(Wire):
    """One metric in one run; of booleans the mean is the rate. `n` trials have a value, `missing` have none."""

    run_id: str
    n: int
    missing: int
    examples: int
    mean: float | None
    median: float | None
    true_count: int | None
    rate: float | None
    interval: StatisticInterval | None


class Discordant(Wire):
    """Of the paired examples, how many changed to the better and to the worse."""

    better: int
    worse: int


class RunDifference(Wire):
    """A run against the baseline on the examples that both have; `difference` is run minus baseline."""

    run_id: str
    paired_examples: int
    baseline_value: float | None
    run_value: float | None
    difference: float | None
    relative: float | None
    interval: StatisticInterval | None
    p_value: float | None
    p_adjusted: float | None
    method: str | None
    discordant: Discordant | None
    verdict: Literal["better", "worse", "no evidence"]
    reason: str | None


class ComparedMetric(Wire):
    """One metric over all runs."""

    name: str
    scorer: str | None
    path: str | None
    kind: Literal["boolean", "number"]
    unit: str | None
    direction: Direction
    direction_from: Literal["request", "stored", "default"]
    runs: list[RunFigures]
    differences: list[RunDifference]


class ComparedCell(Wire):
    """One example in one run; `values` stand as `metric_names` do and are means over the trials."""

    run_id: str
    trials: int
    output: str | None
    predict_call_id: str | None
    predict_and_score_call_id: str | None
    error: bool
    values: list[float | None]


class ComparedRow(Wire):
    """One example in every run, in previews."""

    row_digest: str
    example: str
    difference: dict[str, float | None]
    cells: list[ComparedCell]


class EvaluationsCompareRes(Wire):
    """Runs side by side. `comparisons` p-values were adjusted together."""

    project_id: str
    baseline: str
    confidence: float
    runs: list[ComparedRun]
    metrics: list[ComparedMetric]
    metric_names: list[str]
    metrics_total: int
    comparisons: int
    warnings: list[StatisticsWarning]
    rows: list[ComparedRow]
    row_metric: str | None
    total_rows: int
    next_offset: int | None


class MetricDirectionsReq(NullIsAbsent):
    """Which way each metric is better in this project; null gives one back to the default."""

    project_id: str
    directions: dict[MetricName, Direction | None] = Field(max_length=1000)


class MetricDirectionsRes(Wire):
    """Every metric the project has decided about."""

    directions: dict[str, Direction]
