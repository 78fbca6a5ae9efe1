"""The words of lists of evaluation runs with their headline metrics, and of leaderboards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire

Refs = Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=200)]


class EvaluationRunListReq(NullIsAbsent):
    """Which runs, newest first; empty lists let everything pass. The version of an evaluation may be `*`."""

    project_id: str
    datasets: Refs = Field(default_factory=list)
    evaluations: Refs = Field(default_factory=list)
    models: Refs = Field(default_factory=list)
    limit: int = Field(50, ge=0, le=100)
    offset: int = Field(0, ge=0, le=2**31)
    include_facets: bool = False


class HeadlineMetric(Wire):
    """One figure of a run's summary; of booleans the share of true. `n` is known where the summary tells it."""

    name: str
    kind: Literal["boolean", "number"]
    value: float
    n: int | None = None


class EvaluationRunItem(Wire):
    """A run in a list. `summary_from` says whether its figures were stored with it or computed from its trials."""

    run_id: str
    name: str | None
    model_ref: str | None
    model_name: str | None
    evaluation_ref: str | None
    evaluation_name: str | None
    dataset_ref: str | None
    dataset_name: str | None
    status: Literal["running", "failed", "completed"]
    started_at: datetime
    finished_at: datetime | None
    duration_seconds: float | None
    trial_count: int
    metrics: list[HeadlineMetric]
    metrics_omitted: int
    summary_from: Literal["stored", "trials", "none"]
    latency: float | None
    tokens: int | None
    cost: float | None


class Facet(Wire):
    """A value that runs can be chosen by, and how many have it."""

    ref: str
    name: str | None
    runs: int


class EvaluationRunFacets(Wire):
    """What the newest `of_runs` runs are about."""

    datasets: list[Facet]
    models: list[Facet]
    evaluations: list[Facet]
    of_runs: int


class EvaluationRunListRes(Wire):
    """A page of runs; `metric_names` are those of any of them."""

    runs: list[EvaluationRunItem]
    metric_names: list[str]
    total: int
    next_offset: int | None
    facets: EvaluationRunFacets | None = None


class LeaderboardReq(NullIsAbsent):
    """A published leaderboard."""

    project_id: str
    object_id: str
    version: str = "latest"


class LeaderboardResColumn(Wire):
    """A column as it was published."""

    evaluation_object_ref: str
    evaluation_name: str | None
    scorer_name: str
    summary_metric_path: str
    should_minimize: bool


class LeaderboardCell(Wire):
    """A model's value in a column: of its newest finished run, one of `runs`. Rank 1 is best."""

    value: bool | float | str
    run_id: str
    started_at: datetime
    rank: int | None
    runs: int


class LeaderboardRow(Wire):
    """A model; cells stand as the columns do."""

    model_ref: str
    model_name: str | None
    cells: list[LeaderboardCell | None]


class LeaderboardWarning(Wire):
    """Why something is missing."""

    code: str
    message: str


class LeaderboardRes(Wire):
    """A leaderboard with its values, best models first."""

    object_id: str
    digest: str
    name: str | None
    description: str | None
    columns: list[LeaderboardResColumn]
    rows: list[LeaderboardRow]
    warnings: list[LeaderboardWarning]
