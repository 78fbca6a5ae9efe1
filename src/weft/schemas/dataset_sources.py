"""The words of dataset sources: what the rows of datasets were made from, linked, listed and looked up."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from weft.schemas.base import NullIsAbsent, Wire

SourceKind = Literal["call", "span", "conversation"]


class SourceRef(Wire):
    """A source by kind, id and trace; calls are found by their id alone."""

    source_kind: SourceKind
    source_id: str
    source_trace_id: str


class DatasetSourceLinkPayload(Wire):
    """A row and its sources."""

    row_digest: str
    sources: list[SourceRef]
    link_metadata: dict[str, Any] | None = None


class DatasetSourcesLinkReq(NullIsAbsent):
    """Rows of a dataset to be linked; with the status asked for, each answer says whether the link is new."""

    project_id: str
    dataset_object_id: str
    dataset_digest: str
    links: list[DatasetSourceLinkPayload]
    include_created_status: bool = False
    wb_user_id: str | None = None


class DatasetSourcesLinkResEntry(Wire):
    """The id of a link; `created` is null unless asked for."""

    link_id: str
    created: bool | None


class DatasetSourcesLinkRes(Wire):
    """One entry per row and source, in the order sent."""

    entries: list[DatasetSourcesLinkResEntry]


class DatasetSourcesLinkDeleteReq(Wire):
    """Links to be deleted."""

    project_id: str
    link_ids: list[str]
    wb_user_id: str | None = None


class DatasetSourcesLinkDeleteResEntry(Wire):
    """Whether this request deleted the link; false when that had been done before."""

    link_id: str
    deleted: bool


class DatasetSourcesLinkDeleteRes(Wire):
    """One entry per id, in the order sent."""

    entries: list[DatasetSourcesLinkDeleteResEntry]


class DatasetSourcesQueryReq(NullIsAbsent):
    """Which links of a dataset; empty lists are no condition."""

    project_id: str
    dataset_object_id: str
    row_digests: list[str] | None = None
    source_kinds: list[SourceKind] | None = None
    include_deleted: bool = False
    limit: int | None = None
    offset: int | None = None
    wb_user_id: str | None = None


class DatasetSourceLinkSchema(Wire):
    """A link as readers see it; name and start of the source are those when it was linked."""

    id: str
    row_digest: str
    source_kind: SourceKind
    source_id: str
    source_trace_id: str
    source_started_at: datetime
    source_display_name: str
    link_metadata: dict[str, Any] | None
    added_by: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class DatasetSourcesQueryRes(Wire):
    """The links of a page."""

    links: list[DatasetSourceLinkSchema]


class SourceDatasetsQueryReq(NullIsAbsent):
    """Sources whose datasets are looked for; each must name its real trace."""

    project_id: str
    sources: list[SourceRef]
    include_deleted: bool = False
    wb_user_id: str | None = None


class SourceDatasetMembership(Wire):
    """A dataset with rows made from a source."""

    source_kind: SourceKind
    source_id: str
    source_trace_id: str
    dataset_object_id: str
    row_digests: list[str]
    row_digests_truncated: bool
    row_digests_total_count: int
    first_seen_at: datetime


class SourceDatasetsQueryRes(Wire):
    """Every dataset of every source that is in one."""

    memberships: list[SourceDatasetMembership]
