"""The words of the v2 dataset routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from weft.schemas.base import Wire


class DatasetCreateBody(Wire):
    """A dataset with all its rows."""

    name: str | None = None
    description: str | None = None
    rows: list[dict[str, Any]]


class DatasetCreateRes(Wire):
    """The version that now holds the dataset."""

    digest: str
    object_id: str
    version_index: int


class DatasetReadRes(Wire):
    """A version of a dataset; `rows` is a table ref."""

    object_id: str
    digest: str
    version_index: int
    created_at: datetime
    name: str
    description: str | None = None
    rows: str
