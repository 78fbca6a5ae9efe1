"""The words of comparing two versions of an object."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from weft.schemas.base import Wire

ChangeKind = Literal["added", "removed", "changed"]


class ObjectDiffQuery(Wire):
    """Two versions, each a digest, `latest`, `vN` or an alias; limit and offset page through rows of datasets."""

    project_id: str
    object_id: str
    from_version: str = Field(alias="from")
    to_version: str = Field(alias="to")
    limit: int = Field(50, ge=0, le=200)
    offset: int = Field(0, ge=0, le=2**31)


class DiffedVersion(Wire):
    """One of the two versions."""

    digest: str
    version_index: int
    created_at: datetime


class ValueChange(Wire):
    """A place whose value differs, in previews; long texts have the lines that differ."""

    path: str
    change: ChangeKind
    before: str | None
    after: str | None
    text_diff: str | None = None


class RowChange(Wire):
    """A row that is new, gone, or stands in the place of another; an index is null where the row is not there."""

    change: ChangeKind
    index_before: int | None
    index_after: int | None
    digest_before: str | None
    digest_after: str | None
    before: str | None
    after: str | None
    changes: list[ValueChange]


class RowsDiff(Wire):
    """What became of the rows of a dataset; `reordered` says that rows of both stand in another order."""

    count_before: int
    count_after: int
    added: int
    removed: int
    changed: int
    unchanged: int
    reordered: bool
    items: list[RowChange]
    next_offset: int | None


class ObjectDiffRes(Wire):
    """Two versions of an object, and where they differ."""

    model_config = ConfigDict(serialize_by_alias=True)

    object_id: str
    from_version: DiffedVersion = Field(alias="from")
    to_version: DiffedVersion = Field(alias="to")
    identical: bool
    changes: list[ValueChange]
    changes_total: int
    changes_truncated: bool
    rows: RowsDiff | None
