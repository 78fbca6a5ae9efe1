"""The words of statistics over feedback: how far two sources of it agree, and how the values of one are distributed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import KeptMoment, Zone

FieldPath = Annotated[str, Field(max_length=1000)]
Label = Annotated[str, Field(max_length=300)]


class FeedbackSource(NullIsAbsent):
    """Whose word on a call counts: a type of feedback, a place in its payload, and perhaps one annotator.

    With a threshold numbers become `true` from it on, else `false`. `labels` renames what is said.
    """

    feedback_type: str = Field(min_length=1, max_length=500)
    field: FieldPath | None = None
    threshold: float | None = Field(None, allow_inf_nan=False)
    labels: dict[Label, Label] = Field(default_factory=dict, max_length=200)
    wb_user_id: str | None = Field(None, max_length=500)


class FeedbackAgreementReq(NullIsAbsent):
    """Two sources that speak of the same calls."""

    project_id: str
    left: FeedbackSource
    right: FeedbackSource
    start: KeptMoment | None = None
    end: KeptMoment | None = None
    weights: Literal["linear", "quadratic"] = "quadratic"
    confidence: float = Field(0.95, ge=0.5, le=0.999)
    disagreements: int = Field(20, ge=0, le=100)


class AgreementShare(Wire):
    """In how large a share of the calls both say the same."""

    value: float
    low: float
    high: float
    method: str


class KappaRes(Wire):
    """Agreement beyond chance, from -1 to 1; 0 is what chance gives."""

    value: float
    low: float
    high: float
    standard_error: float
    method: str


class AlphaRes(Wire):
    """Krippendorff's alpha, and whether it takes labels as names or as numbers."""

    value: float
    level: Literal["nominal", "interval"]


class Disagreement(Wire):
    """A call of which the sources say different things."""

    weave_ref: str
    call_id: str | None
    left: str
    right: str


class FeedbackWarning(Wire):
    """Something to know about the figures."""

    code: str
    message: str


class FeedbackAgreementRes(Wire):
    """Rows of `confusion` are what the left source says, columns what the right one does, as `categories` stand."""

    n: int
    only_left: int
    only_right: int
    scale: Literal["nominal", "ordinal", "continuous"]
    categories: list[str]
    confusion: list[list[int]]
    agreement: AgreementShare | None
    kappa: KappaRes | None
    weighted_kappa: KappaRes | None
    alpha: AlphaRes | None
    disagreements: list[Disagreement]
    warnings: list[FeedbackWarning]


class FeedbackDistributionsReq(NullIsAbsent):
    """Feedback of a span of time: of one type with its values, or only how much there is of each.

    With `trigger_ref` only what that monitor's version asked for, or all of its versions when that is `*`.
    """

    project_id: str
    start: KeptMoment
    end: KeptMoment | None = None
    granularity: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    timezone: Zone = "UTC"
    feedback_type: str | None = Field(None, min_length=1, max_length=500)
    trigger_ref: str | None = Field(None, max_length=1000)
    fields: list[FieldPath] | None = Field(None, max_length=12)
    bins: int = Field(20, ge=2, le=50)


class FeedbackTypeCount(Wire):
    """How much feedback of a type there is; `counts` stand as the buckets do."""

    feedback_type: str
    count: int
    newest: datetime
    counts: list[int]


class Histogram(Wire):
    """How many numbers lie between neighbouring edges; the last bin holds its upper edge too."""

    edges: list[float]
    counts: list[int]


class CategoryCount(Wire):
    """A value and how often it occurs."""

    value: str
    count: int


class ValuesOverTime(Wire):
    """Per bucket how many values there are, and their mean or the share of true."""

    counts: list[int]
    values: list[float | None]


class FieldDistribution(Wire):
    """The values at one place in payloads; `other` counts those beyond the categories listed."""

    field: str
    kind: Literal["number", "boolean", "category"]
    count: int
    missing: int
    mean: float | None
    min: float | None
    max: float | None
    median: float | None
    true_count: int | None
    histogram: Histogram | None
    categories: list[CategoryCount]
    other: int
    over_time: ValuesOverTime | None


class FeedbackDistributionsRes(Wire):
    """What was asked for as it was understood; `types` are the largest ones."""

    start: datetime
    end: datetime
    granularity: int
    timezone: str
    buckets: list[datetime]
    types: list[FeedbackTypeCount]
    types_total: int
    fields: list[FieldDistribution]
