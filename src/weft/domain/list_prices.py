"""The published list prices that hold where a project sets none of its own, to look at. Using them is costs.py's."""

from __future__ import annotations

from functools import cache

from genai_prices.data_snapshot import get_snapshot

from weft.domain.costs import listed_prices, todays_price
from weft.schemas.prices import ListPrice, ListPricesQuery, ListPricesRes


def list_prices(query: ListPricesQuery) -> ListPricesRes:
    """A page of the models in whose name, or provider, the text occurs, whatever its case."""
    wanted = query.search.strip().lower()
    found = [price for price in _all() if wanted in f"{price.provider}/{price.model}".lower()]
    page = found[query.offset : query.offset + query.limit]
    end = query.offset + len(page)
    return ListPricesRes(prices=page, total=len(found), next_offset=end if page and end < len(found) else None)


@cache
def _all() -> list[ListPrice]:
    found = []
    for provider in get_snapshot().providers:
        for model in provider.models:
            price = todays_price(listed_prices(provider.id, model))
            if price is not None and (price.prompt or price.completion):
                found.append(
                    ListPrice(
                        provider=provider.id,
                        model=model.id,
                        prompt_token_cost=price.prompt,
                        completion_token_cost=price.completion,
                        cache_read_input_token_cost=price.cache_read,
                        cache_creation_input_token_cost=price.cache_creation,
                    )
                )
    return sorted(found, key=lambda one: (one.provider, one.model))
