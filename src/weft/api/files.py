"""Routes of files, under the paths of both generations of clients."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile

from weft.api.deps import Access, Svc
from weft.api.openapi import DIGEST_MISMATCH
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import files
from weft.schemas.files import FileContentReadReq, FileCreateRes, FilesStatsReq, FilesStatsRes

router = APIRouter(route_class=WeftRoute, tags=["Files"])


@router.post("/file/create", responses=DIGEST_MISMATCH)
@router.post("/files/create", responses=DIGEST_MISMATCH)
def file_create(
    project_id: Annotated[str, Form()],
    file: Annotated[UploadFile, File()],
    access: Access,
    svc: Svc,
    expected_digest: Annotated[str | None, Form()] = None,
) -> FileCreateRes:
    """Store a file; sending the same content again changes nothing."""
    project = access.project(project_id, Role.member)
    digest = files.store_file(svc.stores, project, file.filename or "", file.file.read(), expected_digest)
    return FileCreateRes(digest=digest)


@router.post("/file/content", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
@router.post("/files/content", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
def file_content(body: FileContentReadReq, access: Access, svc: Svc) -> Response:
    """The bytes of a file."""
    project = access.project(body.project_id, Role.viewer)
    return Response(files.read_file(svc.stores, project, body.digest), media_type="application/octet-stream")


@router.post("/files/query_stats")
@router.post("/files/stats")
def files_stats(body: FilesStatsReq, access: Access, svc: Svc) -> FilesStatsRes:
    """The bytes of all files of a project."""
    project = access.project(body.project_id, Role.viewer)
    return FilesStatsRes(total_size_bytes=files.total_file_size(svc.stores, project))
