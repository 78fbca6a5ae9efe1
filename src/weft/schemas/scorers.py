"""The words of the v2 scorer routes."""

from __future__ import annotations

from datetime import datetime

from weft.schemas.base import Wire


class ScorerCreateBody(Wire):
    """A scorer and the source of its score op."""

    name: str
    description: str | None = None
    op_source_code: str


class ScorerCreateRes(Wire):
    """The version that now holds the scorer; `scorer` is its ref."""

    digest: str
    object_id: str
    version_index: int
    scorer: str


class ScorerReadRes(Wire):
    """A version of a scorer; `score_op` is an op ref."""

    object_id: str
    digest: str
    version_index: int
    created_at: datetime
    name: str
    description: str | None = None
    score_op: str
