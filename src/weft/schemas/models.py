"""The words of the v2 model routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import field_validator

from weft.schemas.base import Wire

RESERVED_KEYS = frozenset({"_type", "_class_name", "_bases", "name", "description", "files"})
"""Keys of a stored model that are not its attributes."""


class ModelCreateBody(Wire):
    """A model, its source and its attributes."""

    name: str
    description: str | None = None
    source_code: str
    attributes: dict[str, Any] | None = None

    @field_validator("attributes")
    @classmethod
    def _no_reserved_keys(cls, attributes: dict[str, Any] | None) -> dict[str, Any] | None:
        taken = sorted(RESERVED_KEYS & (attributes or {}).keys())
        if taken:
            raise ValueError(f"reserved keys cannot be attributes: {', '.join(taken)}")
        return attributes


class ModelCreateRes(Wire):
    """The version that now holds the model, and its ref."""

    digest: str
    object_id: str
    version_index: int
    model_ref: str


class ModelReadRes(Wire):
    """A version of a model; `source_code` is empty for a model published without one."""

    object_id: str
    digest: str
    version_index: int
    created_at: datetime
    name: str
    description: str | None = None
    source_code: str
    attributes: dict[str, Any] | None = None
