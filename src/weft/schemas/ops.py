"""The words of the v2 op routes."""

from __future__ import annotations

from datetime import datetime

from weft.schemas.base import Wire


class OpCreateBody(Wire):
    """An op to publish; without source the text of the generic placeholder is taken."""

    name: str | None = None
    source_code: str | None = None


class OpCreateRes(Wire):
    """The version that now holds the op."""

    digest: str
    object_id: str
    version_index: int


class OpReadRes(Wire):
    """A version of an op; `code` is empty when the source cannot be read."""

    object_id: str
    digest: str
    version_index: int
    created_at: datetime
    code: str


class ObjectDeleteBody(Wire):
    """Which versions to delete, by digest, `vN` or alias; none means all of them."""

    digests: list[str] | None = None


class ObjectDeleteRes(Wire):
    """How many versions were deleted; the answer of every v2 object resource."""

    num_deleted: int
