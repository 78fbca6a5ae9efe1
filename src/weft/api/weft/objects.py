"""What differs between two versions of an object."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.api.v2.rendering import json_answer
from weft.core.identity import Role
from weft.domain.object_diffs import diff_versions
from weft.schemas.object_diffs import ObjectDiffQuery, ObjectDiffRes

router = APIRouter(route_class=WeftRoute, prefix="/weft/v1/objects", tags=["Objects"])


@router.get("/diff", response_model=ObjectDiffRes)
def objects_diff(query: Annotated[ObjectDiffQuery, Query()], access: Access, svc: Svc) -> Response:
    """Where two versions of an object differ; of datasets, which rows are new, gone or changed."""
    return json_answer(diff_versions(svc.stores, access.project(query.project_id, Role.viewer), query))
