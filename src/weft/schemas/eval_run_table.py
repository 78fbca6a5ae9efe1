"""The words of one evaluation run, example by example in previews, with the figures of its metrics."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.eval_comparison import ComparedRun, Confidence, Direction, MetricName, RunFigures


class MetricLimit(NullIsAbsent):
    """Examples with a trial whose metric is more than `above` and less than `below`."""

    metric: MetricName
    above: float | None = None
    below: float | None = None


class EvaluationRunTableReq(NullIsAbsent):
    """Which examples of a run, and in which order: by a metric's mean, or as they came.

    `query` reads scores, inputs and output as filters of /eval_results/query do; an example passes when one of its
    trials does. `search` is looked for in examples, outputs and scores.
    """

    project_id: str
    run_id: str = Field(max_length=200)
    confidence: Confidence = 0.95
    include_metrics: bool = True
    search: str | None = Field(None, max_length=1000)
    only: Literal["errors", "running"] | None = None
    query: dict[str, Any] | None = None
    limits: list[MetricLimit] = Field(default_factory=list, max_length=20)
    sort: MetricName | None = None
    descending: bool = False
    limit: int = Field(50, ge=0, le=100)
    offset: int = Field(0, ge=0, le=2**31)


class RunMetric(Wire):
    """A metric in the run."""

    name: str
    scorer: str | None
    path: str | None
    kind: Literal["boolean", "number"]
    unit: str | None
    direction: Direction
    direction_from: Literal["request", "stored", "default"]
    figures: RunFigures


class ScoreNote(Wire):
    """A text among the values of a scorer, such as its reason, shortened."""

    scorer: str
    path: str | None
    text: str


class RunTrial(Wire):
    """One attempt at an example, its output shortened; `values` stand as `metric_names` do."""

    predict_and_score_call_id: str
    predict_call_id: str | None
    status: Literal["ok", "error", "running"]
    output: Any
    values: list[float | None]
    notes: list[ScoreNote]
    error: str | None


class RunExample(Wire):
    """An example, shortened; `values` are means over all its trials, of which `trials` may hold only the first."""

    row_digest: str
    example: Any
    trial_count: int
    errors: int
    running: int
    values: list[float | None]
    trials: list[RunTrial]


class EvaluationRunTableRes(Wire):
    """A run and a page of its examples. `errors` and `running` count trials of the whole run."""

    project_id: str
    run: ComparedRun
    confidence: float
    metrics: list[RunMetric]
    metric_names: list[str]
    metrics_total: int
    errors: int
    running: int
    rows: list[RunExample]
    total_rows: int
    next_offset: int | None
