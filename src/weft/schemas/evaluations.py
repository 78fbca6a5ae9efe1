"""The words of the v2 evaluation routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import field_validator

from weft.schemas.base import NullIsAbsent, Wire

RESERVED_KEYS = frozenset(
    {
        "_type",
        "_class_name",
        "_bases",
        "name",
        "description",
        "dataset",
        "scorers",
        "trials",
        "evaluation_name",
        "metadata",
        "preprocess_model_input",
        "evaluate",
        "predict_and_score",
        "summarize",
    }
)
"""Keys of a stored evaluation that attributes may not overwrite."""


class EvaluationCreateBody(NullIsAbsent):
    """An evaluation over a dataset ref with scorer refs."""

    name: str
    description: str | None = None
    dataset: str
    scorers: list[str] | None = None
    trials: int = 1
    evaluation_name: str | None = None
    eval_attributes: dict[str, Any] | None = None

    @field_validator("eval_attributes")
    @classmethod
    def _no_reserved_keys(cls, attributes: dict[str, Any] | None) -> dict[str, Any] | None:
        taken = sorted(RESERVED_KEYS & (attributes or {}).keys())
        if taken:
            raise ValueError(f"reserved keys cannot be attributes: {', '.join(taken)}")
        return attributes


class EvaluationCreateRes(Wire):
    """The version that now holds the evaluation, and its ref."""

    digest: str
    object_id: str
    version_index: int
    evaluation_ref: str


class EvaluationReadRes(Wire):
    """A version of an evaluation; the ops are refs."""

    object_id: str
    digest: str
    version_index: int
    created_at: datetime
    name: str
    description: str | None = None
    dataset: str
    scorers: list[str]
    trials: int
    evaluation_name: str | None = None
    evaluate_op: str | None = None
    predict_and_score_op: str | None = None
    summarize_op: str | None = None
