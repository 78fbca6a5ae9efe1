"""The routes of a project's own prices, which the API calls costs: create, query, purge; and of the published ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from weft.api.deps import Access, Svc
from weft.api.request import WeftRoute
from weft.core.identity import Role
from weft.domain import prices
from weft.domain.list_prices import list_prices
from weft.schemas.prices import (
    CostCreateReq,
    CostCreateRes,
    CostPurgeReq,
    CostPurgeRes,
    CostQueryReq,
    CostQueryRes,
    ListPricesQuery,
    ListPricesRes,
)

router = APIRouter(route_class=WeftRoute, tags=["Costs"])


@router.post("/cost/create")
def cost_create(body: CostCreateReq, access: Access, svc: Svc) -> CostCreateRes:
    """Set prices of models; earlier prices stay, and the calls of their time keep them."""
    project = access.project(body.project_id, Role.member)
    return CostCreateRes(ids=prices.create_prices(svc.stores, project, access.user, body))


@router.post("/cost/query")
def cost_query(body: CostQueryReq, access: Access, svc: Svc) -> CostQueryRes:
    """The prices that the project set for itself."""
    project = access.project(body.project_id, Role.viewer)
    return CostQueryRes(results=prices.query_prices(svc.stores, project, body))


@router.post("/cost/purge")
def cost_purge(body: CostPurgeReq, access: Access, svc: Svc) -> CostPurgeRes:
    """Remove prices by their ids."""
    project = access.project(body.project_id, Role.member)
    prices.purge_prices(svc.stores, project, body)
    return CostPurgeRes()


@router.get("/weft/v1/prices/defaults")
def prices_defaults(query: Annotated[ListPricesQuery, Query()]) -> ListPricesRes:
    """The published prices that hold where a project has none of its own."""
    return list_prices(query)
