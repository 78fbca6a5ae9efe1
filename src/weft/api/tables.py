"""Routes of tables."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import Access, Svc
from weft.api.json_text import json_array, json_response, with_stored_text
from weft.api.openapi import DIGEST_MISMATCH
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.core.identity import Project, Role
from weft.domain import tables
from weft.schemas.tables import (
    TableAppendSpec,
    TableCreateFromDigestsReq,
    TableCreateFromDigestsRes,
    TableCreateReq,
    TableCreateRes,
    TableInsertSpec,
    TablePopSpec,
    TableQueryReq,
    TableQueryRes,
    TableQueryStatsBatchReq,
    TableQueryStatsBatchRes,
    TableQueryStatsReq,
    TableQueryStatsRes,
    TableRowSchema,
    TableStatsRow,
    TableUpdateReq,
    TableUpdateRes,
)
from weft.services import Services

router = APIRouter(route_class=WeftRoute, tags=["Tables"])


@router.post("/table/create", responses=DIGEST_MISMATCH)
def table_create(body: TableCreateReq, access: Access, svc: Svc) -> TableCreateRes:
    """Store rows as a table."""
    table = body.table
    project = access.project(table.project_id, Role.member)
    digest, row_digests = tables.create_table(svc.stores, project, table.rows, table.expected_digest)
    return TableCreateRes(digest=digest, row_digests=row_digests)


@router.post("/table/create_from_digests", responses=DIGEST_MISMATCH)
def table_create_from_digests(body: TableCreateFromDigestsReq, access: Access, svc: Svc) -> TableCreateFromDigestsRes:
    """Store a table of rows that are sent in other requests."""
    project = access.project(body.project_id, Role.member)
    digest = tables.create_table_from_digests(svc.stores, project, body.row_digests, body.expected_digest)
    return TableCreateFromDigestsRes(digest=digest)


@router.post("/table/update")
def table_update(body: TableUpdateReq, access: Access, svc: Svc) -> TableUpdateRes:
    """Make another table out of one, by changes in order."""
    project = access.project(body.project_id, Role.member)
    changes = [_change(update) for update in body.updates]
    digest, touched = tables.update_table(svc.stores, project, body.base_digest, changes)
    return TableUpdateRes(digest=digest, updated_row_digests=touched)


@router.post("/table/query", response_model=TableQueryRes)
def table_query(body: TableQueryReq, access: Access, svc: Svc) -> Response:
    """The rows of a table, or a page of them."""
    project = access.project(body.project_id, Role.viewer)
    return json_response(f'{{"rows":{json_array(_rows(svc, project, body))}}}')


@router.post("/table/query_stream", response_class=StreamingResponse, responses=lines_of(TableRowSchema))
def table_query_stream(body: TableQueryReq, request: Request, access: Access, svc: Svc) -> StreamingResponse:
    """The rows of a table as JSON Lines."""
    project = access.project(body.project_id, Role.viewer)
    return json_lines(request, [row.encode() for row in _rows(svc, project, body)])


@router.post("/table/query_stats")
def table_query_stats(body: TableQueryStatsReq, access: Access, svc: Svc) -> TableQueryStatsRes:
    """How many rows a table has."""
    project = access.project(body.project_id, Role.viewer)
    return TableQueryStatsRes(count=tables.count_rows(svc.stores, project.id, body.digest))


@router.post("/table/query_stats_batch")
def table_query_stats_batch(body: TableQueryStatsBatchReq, access: Access, svc: Svc) -> TableQueryStatsBatchRes:
    """The sizes of several tables; unknown ones are left out."""
    project = access.project(body.project_id, Role.viewer)
    found = tables.table_stats(svc.stores, project.id, body.digests or [], body.include_storage_size is True)
    return TableQueryStatsBatchRes(tables=[_stats(table) for table in found])


def _change(update: TableAppendSpec | TablePopSpec | TableInsertSpec) -> tables.TableChange:
    if isinstance(update, TableAppendSpec):
        return tables.Append(update.append.row)
    if isinstance(update, TablePopSpec):
        return tables.Pop(update.pop.index)
    return tables.Insert(update.insert.index, update.insert.row)


def _rows(svc: Services, project: Project, body: TableQueryReq) -> list[str]:
    found = tables.table_rows(
        svc.stores,
        project.id,
        body.digest,
        row_digests=body.filter.row_digests if body.filter else None,
        limit=body.limit,
        offset=body.offset,
        sort_by=[(key.field, key.direction) for key in body.sort_by or []],
    )
    return [
        with_stored_text(
            TableRowSchema(digest=row.digest, val=None, original_index=row.original_index), "val", row.text
        )
        for row in found
    ]


def _stats(table: tables.TableStats) -> TableStatsRow:
    return TableStatsRow(count=table.count, digest=table.digest, storage_size_bytes=table.storage_size_bytes)
