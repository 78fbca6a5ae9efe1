"""The words of the v2 prediction routes."""

from __future__ import annotations

from typing import Any

from weft.schemas.base import Wire


class GenAISpanRef(Wire):
    """An agent span that belongs to a prediction."""

    trace_id: str
    span_id: str


class PredictionCreateBody(Wire):
    """What a model answered. `output` may be null but not missing."""

    model: str
    inputs: dict[str, Any]
    output: Any
    evaluation_run_id: str | None = None
    genai_span_ref: list[GenAISpanRef] | None = None


class PredictionCreateRes(Wire):
    """The id of the prediction, which is also its call id."""

    prediction_id: str


class PredictionReadRes(Wire):
    """A prediction as stored."""

    prediction_id: str
    model: str
    inputs: dict[str, Any]
    output: Any
    evaluation_run_id: str | None = None
    wb_user_id: str | None = None


class PredictionFinishRes(Wire):
    """The prediction is finished."""

    success: bool


class PredictionDeleteRes(Wire):
    """How many of the named predictions existed."""

    num_deleted: int
