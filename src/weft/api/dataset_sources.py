"""What the rows of datasets were made from: links made, deleted, listed and looked up."""

from __future__ import annotations

from fastapi import APIRouter

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import dataset_sources
from weft.schemas.dataset_sources import (
    DatasetSourcesLinkDeleteReq,
    DatasetSourcesLinkDeleteRes,
    DatasetSourcesLinkReq,
    DatasetSourcesLinkRes,
    DatasetSourcesQueryReq,
    DatasetSourcesQueryRes,
    SourceDatasetsQueryReq,
    SourceDatasetsQueryRes,
)

router = APIRouter(route_class=WeftRoute, prefix="/dataset_sources", tags=["Dataset sources"])


@router.post("/link")
def dataset_sources_link(body: DatasetSourcesLinkReq, access: Access, svc: Svc) -> DatasetSourcesLinkRes:
    """Link rows of a dataset to the calls, spans and conversations they were made from."""
    project = access.project(body.project_id, Role.member)
    return DatasetSourcesLinkRes(entries=dataset_sources.link_sources(svc.stores, project, access.user, body))


@router.post("/link_delete")
def dataset_sources_link_delete(
    body: DatasetSourcesLinkDeleteReq, access: Access, svc: Svc
) -> DatasetSourcesLinkDeleteRes:
    """Delete links, all of them or none."""
    project = access.project(body.project_id, Role.member)
    return DatasetSourcesLinkDeleteRes(entries=dataset_sources.delete_links(svc.stores, project, body))


@router.post("/query")
def dataset_sources_query(body: DatasetSourcesQueryReq, access: Access, svc: Svc) -> DatasetSourcesQueryRes:
    """List the links of a dataset."""
    project = access.project(body.project_id, Role.viewer)
    return DatasetSourcesQueryRes(links=dataset_sources.query_links(svc.stores, project, body))


@router.post("/source_datasets_query")
def source_datasets_query(body: SourceDatasetsQueryReq, access: Access, svc: Svc) -> SourceDatasetsQueryRes:
    """Find the datasets that sources went into."""
    project = access.project(body.project_id, Role.viewer)
    return SourceDatasetsQueryRes(memberships=dataset_sources.query_datasets(svc.stores, project, body))
