"""Routes of datasets."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from weft.api.deps import CurrentUser, ProjectRead, ProjectWrite, Svc
from weft.api.request import WeftRoute
from weft.api.streaming import json_lines, lines_of
from weft.api.v2.list_params import AskedDigests, AskedPage
from weft.api.v2.rendering import json_answer, json_line
from weft.domain import datasets
from weft.domain.object_resources import delete_versions
from weft.schemas.datasets import DatasetCreateBody, DatasetCreateRes, DatasetReadRes
from weft.schemas.ops import ObjectDeleteRes

router = APIRouter(prefix="/v2/{entity}/{project}", route_class=WeftRoute, tags=["Datasets"])


@router.post("/datasets")
def dataset_create(body: DatasetCreateBody, project: ProjectWrite, user: CurrentUser, svc: Svc) -> DatasetCreateRes:
    """Publish a dataset."""
    made = datasets.create_dataset(svc.stores, project, user, body)
    return DatasetCreateRes(digest=made.digest, object_id=made.object_id, version_index=made.version_index)


@router.get("/datasets", response_class=StreamingResponse, responses=lines_of(DatasetReadRes))
def dataset_list(request: Request, project: ProjectRead, svc: Svc, page: AskedPage) -> StreamingResponse:
    """All versions of all datasets as JSON Lines."""
    return json_lines(request, map(json_line, datasets.list_datasets(svc.stores, project, page)))


@router.get("/datasets/{object_id}/versions/{digest}", response_model=DatasetReadRes)
def dataset_read(object_id: str, digest: str, project: ProjectRead, svc: Svc) -> Response:
    """One version of a dataset, by digest, `vN`, `latest` or another alias."""
    return json_answer(datasets.read_dataset(svc.stores, project, object_id, digest))


@router.delete("/datasets/{object_id}")
def dataset_delete(object_id: str, project: ProjectWrite, svc: Svc, digests: AskedDigests) -> ObjectDeleteRes:
    """Delete versions of a dataset, or all of them."""
    count = delete_versions(svc.stores, project, "Dataset", object_id, digests)
    return ObjectDeleteRes(num_deleted=count)
