"""Prices of models: those a project works with, and making, listing and removing the ones it set for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from weft.core import ids
from weft.core.clock import now
from weft.core.errors import InvalidRequest
from weft.core.identity import Project, User
from weft.domain.costs import Price, PriceSource, default_prices
from weft.schemas.prices import CostCreateInput, CostCreateReq, CostPurgeReq, CostQueryOutput, CostQueryReq
from weft.storage.entities.prices import StoredPrice
from weft.storage.events.price_queries import check_field, matching_prices
from weft.storage.events.query.expressions import Among, Compare, Constant, FieldPath, Logic, Node, parse_query
from weft.storage.stores import Stores

# The same for every price of a project.
_LEVEL_FIELDS = ("pricing_level", "pricing_level_id")
_SHOWN = tuple(CostQueryOutput.model_fields)
_PURGE_FORM = "Costs can only be purged by id: id = <literal>, $or of these, or id $in a list of literals"


def price_source(stores: Stores, project_id: str) -> PriceSource:
    """All prices of a model that hold in a project. Reads the project's own once, when first asked: one per request."""

    @cache
    def own() -> dict[str, list[Price]]:
        project = stores.projects.by_id(project_id)
        level_id = project.external if project else project_id
        found: dict[str, list[Price]] = {}
        for row in stores.prices.of_project(project_id):
            found.setdefault(row.llm_id, []).append(_price(row, level_id))
        return found

    def prices_of(model: str) -> Sequence[Price]:
        return [*own().get(model, ()), *default_prices(model)]

    return prices_of


def create_prices(stores: Stores, project: Project, user: User, body: CostCreateReq) -> list[tuple[str, str]]:
    """Store a new price for each model beside those it has; answers (id, model) of each."""
    rows = [_row(project, user, model, given) for model, given in body.costs.items()]
    stores.prices.add(rows)
    return [(row.id, row.llm_id) for row in rows]


def query_prices(stores: Stores, project: Project, body: CostQueryReq) -> list[CostQueryOutput]:
    """The project's own prices that a query asks for; without an order, the oldest come first.

    Raises InvalidField for unknown fields, InvalidRequest for negative numbers and for what cannot be compared.
    """
    for name, value in (("limit", body.limit), ("offset", body.offset)):
        if value is not None and value < 0:
            raise InvalidRequest(f"{name} cannot be negative")
    asked = [check_field(name) for name in body.fields or _SHOWN]
    order = [(check_field(key.field), key.direction == "desc") for key in body.sort_by or ()]
    rows = stores.prices.of_project(project.id)
    if body.query is not None:
        rows = matching_prices(stores.calls.engine, rows, project.external, body.query.tree())
    for name, descending in reversed(order):
        if name not in _LEVEL_FIELDS:
            rows.sort(key=lambda row: getattr(row, name), reverse=descending)
    start = body.offset or 0
    page = rows[start : None if body.limit is None else start + body.limit]
    shown = [name for name in _SHOWN if name in asked]
    return [CostQueryOutput(**{name: getattr(row, name) for name in shown}) for row in page]


def purge_prices(stores: Stores, project: Project, body: CostPurgeReq) -> None:
    """Remove the prices whose ids the query lists; unknown ids are no error. Raises InvalidRequest."""
    stores.prices.remove(project.id, ids_to_purge(body.query.tree()))


def ids_to_purge(query: Mapping[str, Any]) -> list[str]:
    """The ids that a purging query lists. Raises InvalidRequest for a query of another form."""
    node = parse_query(query)
    if isinstance(node, Among):
        literals = [_id(option) for option in node.options] if node.needle == FieldPath("id") else None
    else:
        terms: Sequence[Node] = node.parts if isinstance(node, Logic) and node.operator == "$or" else (node,)
        equal = [term for term in terms if isinstance(term, Compare) and term.operator == "$eq"]
        plain = len(equal) == len(terms) and all(term.left == FieldPath("id") for term in equal)
        literals = [_id(term.right) for term in equal] if plain else None
    if literals is None:
        raise InvalidRequest(_PURGE_FORM)
    return literals


def _id(node: Node) -> str:
    if isinstance(node, Constant) and isinstance(node.value, str):
        return node.value
    raise InvalidRequest("Costs can only be purged by ids that are string literals")


def _row(project: Project, user: User, model: str, given: CostCreateInput) -> StoredPrice:
    moment = now()
    return StoredPrice(
        id=ids.new_id(),
        project_id=project.id,
        llm_id=model,
        provider_id=given.provider_id,
        effective_date=given.effective_date or moment,
        prompt_token_cost=given.prompt_token_cost,
        completion_token_cost=given.completion_token_cost,
        cache_read_input_token_cost=given.cache_read_input_token_cost,
        cache_creation_input_token_cost=given.cache_creation_input_token_cost,
        prompt_token_cost_unit=given.prompt_token_cost_unit,
        completion_token_cost_unit=given.completion_token_cost_unit,
        created_by=user.id,
        created_at=moment,
    )


def _price(row: StoredPrice, level_id: str) -> Price:
    return Price(
        prompt=row.prompt_token_cost,
        completion=row.completion_token_cost,
        cache_read=row.cache_read_input_token_cost,
        cache_creation=row.cache_creation_input_token_cost,
        effective_date=row.effective_date,
        provider_id=row.provider_id,
        level="project",
        level_id=level_id,
        created_by=row.created_by,
        created_at=row.created_at,
        prompt_unit=row.prompt_token_cost_unit,
        completion_unit=row.completion_token_cost_unit,
    )
