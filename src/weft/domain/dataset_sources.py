"""What the rows of datasets were made from: linking rows to calls, spans and conversations, and finding the links.

Neither the dataset nor the row has to exist; a call or a span has to, when it is linked.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from weft.core import jsontext
from weft.core.clock import now
from weft.core.errors import InvalidRequest, TooLarge
from weft.core.identity import Project, User
from weft.domain.storable_text import storable
from weft.domain.summaries import trace_name
from weft.schemas.dataset_sources import (
    DatasetSourceLinkSchema,
    DatasetSourcesLinkDeleteReq,
    DatasetSourcesLinkDeleteResEntry,
    DatasetSourcesLinkReq,
    DatasetSourcesLinkResEntry,
    DatasetSourcesQueryReq,
    SourceDatasetMembership,
    SourceDatasetsQueryReq,
    SourceKind,
    SourceRef,
)
from weft.storage.entities.dataset_sources import Link, LinkSelection, Membership, Source
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.events.span_facts import span_facts
from weft.storage.stores import Stores

MOST_LINKS = 1000
"""How many pairs of a row and a source one request may link."""

# Fixed by the contract: a link has the same id wherever and however often it is made.
_NAMESPACE = uuid.UUID("9f2c1d3e-7b4a-5c6d-8e9f-0a1b2c3d4e5f")


@dataclass(frozen=True, slots=True)
class _Known:
    """A source that exists, with what a link keeps of it."""

    source: Source
    name: str
    started_at: datetime


def link_sources(
    stores: Stores, project: Project, user: User, body: DatasetSourcesLinkReq
) -> list[DatasetSourcesLinkResEntry]:
    """Link rows to their sources, all or none; a link made again is the same link, and lives again if it was deleted.

    Raises TooLarge for more than MOST_LINKS links, InvalidRequest for a source that does not exist or cannot.
    """
    if sum(len(row.sources) for row in body.links) > MOST_LINKS:
        raise TooLarge(f"links name more than {MOST_LINKS} sources: send them in several requests")
    dataset = storable(body.dataset_object_id, "dataset_object_id")
    known = _known_sources(stores, project, [source for row in body.links for source in row.sources])
    moment = now()
    links = []
    for row in body.links:
        digest, metadata = storable(row.row_digest, "row_digest"), _metadata(row.link_metadata)
        for found in (known[_key(ref)] for ref in row.sources):
            links.append(
                Link(
                    id=_link_id(project.id, dataset, digest, found.source),
                    project_id=project.id,
                    dataset_object_id=dataset,
                    row_digest=digest,
                    source_kind=found.source.kind,
                    source_id=found.source.id,
                    source_trace_id=found.source.trace_id,
                    source_started_at=found.started_at,
                    source_display_name=found.name,
                    link_metadata=metadata,
                    added_by=user.id,
                    created_at=moment,
                    updated_at=moment,
                )
            )
    created = stores.dataset_sources.link(links)
    if not body.include_created_status:
        return [DatasetSourcesLinkResEntry(link_id=link.id, created=None) for link in links]
    first = _first_times(link.id for link in links)
    return [
        DatasetSourcesLinkResEntry(link_id=link.id, created=is_first and link.id in created)
        for link, is_first in zip(links, first, strict=True)
    ]


def delete_links(
    stores: Stores, project: Project, body: DatasetSourcesLinkDeleteReq
) -> list[DatasetSourcesLinkDeleteResEntry]:
    """Delete links, all or none; which of them this request deleted. Raises InvalidRequest for an unknown one."""
    ids = [storable(link_id, "link_ids") for link_id in body.link_ids]
    deleted = stores.dataset_sources.delete(project.id, ids, now())
    first = _first_times(ids)
    return [
        DatasetSourcesLinkDeleteResEntry(link_id=link_id, deleted=is_first and link_id in deleted)
        for link_id, is_first in zip(ids, first, strict=True)
    ]


def query_links(stores: Stores, project: Project, body: DatasetSourcesQueryReq) -> list[DatasetSourceLinkSchema]:
    """The links of a dataset, of all its versions. Raises InvalidRequest for a negative limit or offset."""
    for name, value in (("limit", body.limit), ("offset", body.offset)):
        if value is not None and value < 0:
            raise InvalidRequest(f"{name} cannot be negative")
    selection = LinkSelection(
        project_id=project.id,
        dataset_object_id=storable(body.dataset_object_id, "dataset_object_id"),
        row_digests=[storable(digest, "row_digests") for digest in body.row_digests or ()],
        source_kinds=body.source_kinds or (),
        include_deleted=body.include_deleted,
        limit=body.limit,
        offset=body.offset or 0,
    )
    return [_shown(link) for link in stores.dataset_sources.select(selection)]


def query_datasets(stores: Stores, project: Project, body: SourceDatasetsQueryReq) -> list[SourceDatasetMembership]:
    """The datasets that have rows made from the sources, each source by kind, id and trace together."""
    for ref in body.sources:
        storable(ref.source_id + ref.source_trace_id, "sources")
    sources = [Source(*_key(ref)) for ref in body.sources]
    found = stores.dataset_sources.memberships(project.id, sources, include_deleted=body.include_deleted)
    return [_membership(item) for item in found]


def _known_sources(
    stores: Stores, project: Project, refs: Sequence[SourceRef]
) -> dict[tuple[SourceKind, str, str], _Known]:
    """What is stored of each source, by how the request names it. Raises InvalidRequest for the first missing one."""
    moment = now()
    for ref in refs:
        storable(ref.source_id + ref.source_trace_id, "sources")
    calls = _calls(stores, project, {ref.source_id for ref in refs if ref.source_kind == "call"})
    spans = _spans(stores, project, {(_trace_of(ref), ref.source_id) for ref in refs if ref.source_kind == "span"})
    known: dict[tuple[SourceKind, str, str], _Known] = {}
    for ref in refs:
        if ref.source_kind == "call":
            found = calls.get(ref.source_id)
        elif ref.source_kind == "span":
            found = spans.get((ref.source_trace_id, ref.source_id))
        else:
            found = _Known(_conversation(ref), "", moment)
        if found is None:
            raise InvalidRequest(f"The {ref.source_kind} {ref.source_id[:200]!r} does not exist; nothing was linked")
        known[_key(ref)] = found
    return known


def _calls(stores: Stores, project: Project, call_ids: Iterable[str]) -> dict[str, _Known]:
    wanted = sorted(call_ids)
    if not wanted:
        return {}
    columns = ("trace_id", "display_name", "op_name")
    found = stores.call_queries.select(CallSelection(project.id, CallFilter(call_ids=wanted), columns=columns))
    return {
        call.id: _Known(
            Source("call", call.id, call.trace_id), call.display_name or trace_name(call.op_name), call.started_at
        )
        for call in found
    }


def _spans(stores: Stores, project: Project, keys: set[tuple[str, str]]) -> dict[tuple[str, str], _Known]:
    found = span_facts(stores.spans.engine, project.id, sorted(keys))
    return {
        (trace_id, span_id): _Known(Source("span", span_id, trace_id), facts.name, facts.started_at)
        for (trace_id, span_id), facts in found.items()
    }


def _trace_of(ref: SourceRef) -> str:
    if not ref.source_trace_id:
        raise InvalidRequest(f"The span {ref.source_id[:200]!r} needs its source_trace_id")
    return ref.source_trace_id


def _conversation(ref: SourceRef) -> Source:
    if ref.source_trace_id:
        raise InvalidRequest("source_trace_id must be empty for a conversation, which is in no single trace")
    if not ref.source_id:
        raise InvalidRequest("source_id must not be empty")
    return Source("conversation", ref.source_id, "")


def _key(ref: SourceRef) -> tuple[SourceKind, str, str]:
    return ref.source_kind, ref.source_id, ref.source_trace_id


def _link_id(project_id: str, dataset: str, digest: str, source: Source) -> str:
    parts = (project_id, dataset, digest, source.kind, source.id, source.trace_id)
    return str(uuid.uuid5(_NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts)))


def _metadata(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    kept = cast(dict[str, Any], jsontext.finite(given))
    storable(json.dumps(kept, ensure_ascii=False), "link_metadata")
    return kept


def _first_times(ids: Iterable[str]) -> Iterator[bool]:
    """For each id whether it has not come up before."""
    seen: set[str] = set()
    for link_id in ids:
        yield link_id not in seen
        seen.add(link_id)


def _shown(link: Link) -> DatasetSourceLinkSchema:
    return DatasetSourceLinkSchema(
        id=link.id,
        row_digest=link.row_digest,
        source_kind=cast(SourceKind, link.source_kind),
        source_id=link.source_id,
        source_trace_id=link.source_trace_id,
        source_started_at=link.source_started_at,
        source_display_name=link.source_display_name,
        link_metadata=link.link_metadata,
        added_by=link.added_by,
        created_at=link.created_at,
        updated_at=link.updated_at,
        deleted_at=link.deleted_at,
    )


def _membership(item: Membership) -> SourceDatasetMembership:
    return SourceDatasetMembership(
        source_kind=cast(SourceKind, item.source.kind),
        source_id=item.source.id,
        source_trace_id=item.source.trace_id,
        dataset_object_id=item.dataset_object_id,
        row_digests=item.row_digests,
        row_digests_truncated=item.row_count > len(item.row_digests),
        row_digests_total_count=item.row_count,
        first_seen_at=item.first_seen_at,
    )
