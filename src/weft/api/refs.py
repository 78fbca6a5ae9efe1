"""The route that reads what refs stand for."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from weft.api.auth import Access as AccessValue
from weft.api.deps import Access, Svc
from weft.api.json_text import json_response
from weft.api.request import WeftRoute
from weft.core import jsontext
from weft.core.identity import Role
from weft.core.refs import EXTERNAL
from weft.domain import refs
from weft.schemas.refs import RefsReadBatchReq, RefsReadBatchRes

router = APIRouter(route_class=WeftRoute, tags=["Refs"])


@router.post("/refs/read_batch", response_model=RefsReadBatchRes)
def refs_read_batch(body: RefsReadBatchReq, access: Access, svc: Svc) -> Response:
    """The values of up to 1000 object refs, followed through the refs on their way."""
    _check_projects(access, body.refs)
    values = refs.resolve_refs(svc.stores, body.refs, access.may_use)
    return json_response(jsontext.dumps({"vals": values}))


def _check_projects(access: AccessValue, uris: Sequence[str]) -> None:
    # What still has its outside form names a project that does not exist: say so, or that the caller may not know.
    for uri in uris:
        parts = uri.removeprefix(EXTERNAL).split("/", 2)
        if uri.startswith(EXTERNAL) and len(parts) == 3:
            access.project(f"{parts[0]}/{parts[1]}", Role.viewer)
