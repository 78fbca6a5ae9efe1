"""Objects for people: lists of them, of their versions and rows, and what differs between two versions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain import object_lists
from weft.domain.object_diffs import diff_versions
from weft.schemas.object_diffs import ObjectDiffQuery, ObjectDiffRes
from weft.schemas.object_lists import (
    ObjectListQuery,
    ObjectListRes,
    TableRowsQuery,
    TableRowsRes,
    VersionListQuery,
    VersionListRes,
)

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1", tags=["Objects"])


@router.get("/objects/diff", response_model=ObjectDiffRes)
def objects_diff(query: Annotated[ObjectDiffQuery, Query()], access: Access, svc: Svc) -> Response:
    """Where two versions of an object differ; of datasets, which rows are new, gone or changed."""
    return json_answer(diff_versions(svc.stores, access.project(query.project_id, Role.viewer), query))


@router.get("/objects", response_model=ObjectListRes)
def objects_list(query: Annotated[ObjectListQuery, Query()], access: Access, svc: Svc) -> Response:
    """The objects and ops of a project by their newest versions, without values."""
    project = access.project(query.project_id, Role.viewer)
    return json_answer(object_lists.list_objects(svc.stores, project, query))


@router.get("/objects/versions", response_model=VersionListRes)
def objects_versions(query: Annotated[VersionListQuery, Query()], access: Access, svc: Svc) -> Response:
    """The live versions of an object, newest first, without values."""
    project = access.project(query.project_id, Role.viewer)
    return json_answer(object_lists.list_versions(svc.stores, project, query))


@router.get("/tables/rows", response_model=TableRowsRes)
def tables_rows(query: Annotated[TableRowsQuery, Query()], access: Access, svc: Svc) -> Response:
    """Rows of a table with long values shortened."""
    project = access.project(query.project_id, Role.viewer)
    return json_answer(object_lists.list_rows(svc.stores, project, query))
