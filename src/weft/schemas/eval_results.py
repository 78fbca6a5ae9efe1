"""The words of /eval_results/query."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.predictions import GenAISpanRef


class EvalResultsSortBy(NullIsAbsent):
    """One sort key; `difference` is the spread between evaluations."""

    field: str
    direction: Literal["asc", "desc"]
    evaluation_call_id: str | None = None
    mode: Literal["value", "difference"] = "value"


class EvalResultsFilter(Wire):
    """A condition on the trials of a row, of one evaluation or of any."""

    query: dict[str, Any]
    evaluation_call_id: str | None = None


class EvalResultsQueryBody(NullIsAbsent):
    """Which evaluations to lay side by side, and how."""

    evaluation_call_ids: list[str] | None = None
    evaluation_run_ids: list[str] | None = None
    require_intersection: bool = False
    include_raw_data_rows: bool = False
    resolve_row_refs: bool = False
    include_rows: bool = True
    include_summary: bool = False
    summary_require_intersection: bool | None = None
    include_predict_and_score_children: bool = True
    include_costs: bool = False
    sort_by: list[EvalResultsSortBy] | None = None
    filters: list[EvalResultsFilter] | None = None
    filter_logic_operator: Literal["and", "or"] = "or"
    limit: int | None = Field(None, ge=0)
    offset: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _names_an_evaluation(self) -> EvalResultsQueryBody:
        if not self.root_ids():
            raise ValueError("evaluation_call_ids or evaluation_run_ids must name at least one evaluation")
        return self

    def root_ids(self) -> list[str]:
        """The root calls asked for, each once, in the order of the request."""
        return list(dict.fromkeys([*(self.evaluation_call_ids or ()), *(self.evaluation_run_ids or ())]))


class EvalResultsTrial(Wire):
    """One predict-and-score call."""

    predict_and_score_call_id: str
    predict_call_id: str | None = None
    model_output: Any = None
    scores: dict[str, Any] = Field(default_factory=dict)
    model_latency_seconds: float | None = None
    total_tokens: int | None = None
    total_cost: float | None = None
    scorer_call_ids: dict[str, str] = Field(default_factory=dict)
    genai_span_ref: list[GenAISpanRef] | None = None


class EvalResultsRowEvaluation(Wire):
    """The trials of one row in one evaluation."""

    evaluation_call_id: str
    trials: list[EvalResultsTrial]


class EvalResultsRow(Wire):
    """One example with its trials in every evaluation."""

    row_digest: str
    raw_data_row: Any = None
    evaluations: list[EvalResultsRowEvaluation]


class EvalResultsScorerStats(Wire):
    """What one leaf of a scorer's values amounts to."""

    scorer_key: str
    path: str | None = None
    value_type: Literal["binary", "continuous", "text"] | None = None
    trial_count: int = 0
    numeric_count: int = 0
    numeric_mean: float | None = None
    pass_true_count: int = 0
    pass_known_count: int = 0
    pass_rate: float | None = None
    pass_signal_coverage: float | None = None


class EvalResultsEvaluationSummary(Wire):
    """One evaluation over all selected rows."""

    evaluation_call_id: str
    trial_count: int = 0
    scorer_stats: list[EvalResultsScorerStats] = Field(default_factory=list)
    predict_total_tokens: int | None = None
    predict_total_cost: float | None = None
    evaluation_ref: str | None = None
    model_ref: str | None = None
    display_name: str | None = None
    trace_id: str | None = None
    started_at: str | None = None


class EvalResultsSummaryRes(Wire):
    """All evaluations over all selected rows."""

    row_count: int = 0
    evaluations: list[EvalResultsEvaluationSummary] = Field(default_factory=list)


class EvalResultsQueryRes(Wire):
    """A page of rows and, if asked for, the summary."""

    rows: list[EvalResultsRow]
    total_rows: int
    summary: EvalResultsSummaryRes | None = None
    warnings: list[str] = Field(default_factory=list)
