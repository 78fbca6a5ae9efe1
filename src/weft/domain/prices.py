"""The prices a project works with: its own, and the published list prices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from weft.domain.costs import Price, PriceSource, default_prices
from weft.storage.entities.prices import StoredPrice
from weft.storage.stores import Stores


def price_source(stores: Stores, project_id: str) -> PriceSource:
    """All prices of a model that hold in a project. Reads the project's own once, when first asked: one per request."""

    @cache
    def own() -> dict[str, list[Price]]:
        found: dict[str, list[Price]] = {}
        for row in stores.prices.of_project(project_id):
            found.setdefault(row.llm_id, []).append(_price(row))
        return found

    def prices_of(model: str) -> Sequence[Price]:
        return [*own().get(model, ()), *default_prices(model)]

    return prices_of


def _price(row: StoredPrice) -> Price:
    return Price(
        prompt=row.prompt_token_cost,
        completion=row.completion_token_cost,
        cache_read=row.cache_read_input_token_cost,
        cache_creation=row.cache_creation_input_token_cost,
        effective_date=row.effective_date,
        provider_id=row.provider_id,
        level="project",
        level_id=row.project_id,
        created_by=row.created_by,
        created_at=row.created_at,
        prompt_unit=row.prompt_token_cost_unit,
        completion_unit=row.completion_token_cost_unit,
    )
