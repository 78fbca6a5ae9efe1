"""What the tokens of a call cost: which price counts, the formulas, and the published list prices of `default_prices`.

A project's own prices are prices.py's, which makes the `PriceSource` of a project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from genai_prices.data_snapshot import get_snapshot

from weft.core.clock import iso

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a token of a model costs from a date on, in US dollars unless the units say otherwise."""

    prompt: float
    completion: float
    cache_read: float
    cache_creation: float
    effective_date: datetime
    provider_id: str
    level: Literal["default", "project"] = "default"
    level_id: str = "default"
    created_by: str = "system"
    created_at: datetime = _EARLIEST
    prompt_unit: str = "USD"
    completion_unit: str = "USD"


PriceSource = Callable[[str], Iterable[Price]]
"""All prices of a model, by its exact name."""


def costs_of(usage: object, started_at: datetime, prices: PriceSource) -> dict[str, dict[str, Any]]:
    """The costs of each model in a summary's usage that has a price."""
    costs: dict[str, dict[str, Any]] = {}
    for model, counts in usage.items() if isinstance(usage, Mapping) else ():
        price = choose(prices(model), started_at)
        if price is not None and isinstance(counts, Mapping):
            costs[model] = _cost(counts, price)
    return costs


def choose(prices: Iterable[Price], at: datetime) -> Price | None:
    """The price to use at a time: one in force before a later one, the project's before the default, the newest."""
    return max(prices, key=lambda p: (p.effective_date <= at, p.level == "project", p.effective_date), default=None)


def todays_price(prices: Iterable[Price]) -> Price | None:
    """The price for sums over many calls, at whatever time: the project's before the default, then the newest."""
    return max(prices, key=lambda p: (p.level == "project", p.effective_date), default=None)


@lru_cache(maxsize=4096)
def default_prices(model: str) -> tuple[Price, ...]:
    """The published list prices of a model, none when nobody lists it."""
    try:
        provider, info = get_snapshot().find_provider_model(model, None, None, None)
    except LookupError:
        return ()
    return listed_prices(provider.id, info)


def listed_prices(provider_id: str, info: Any) -> tuple[Price, ...]:
    """The prices of one entry of the published list, one for each date."""
    dated = info.prices if isinstance(info.prices, list) else [info.prices]
    return tuple(_listed(provider_id, entry) for entry in dated)


def _listed(provider_id: str, entry: Any) -> Price:
    prices = getattr(entry, "prices", entry)
    start = getattr(getattr(entry, "constraint", None), "start_date", None)
    since = datetime(start.year, start.month, start.day, tzinfo=UTC) if start else _EARLIEST
    prompt = _per_token(prices.input_mtok, 0.0)
    return Price(
        prompt=prompt,
        completion=_per_token(prices.output_mtok, 0.0),
        # Who lists no price for the cache charges its tokens as prompt tokens.
        cache_read=_per_token(prices.cache_read_mtok, prompt),
        cache_creation=_per_token(prices.cache_write_mtok, prompt),
        effective_date=since,
        provider_id=provider_id,
    )


def _per_token(price: Any, otherwise: float) -> float:
    if price is None:
        return otherwise
    # A price in tiers starts at its base; which tier a single request reached is not known from sums.
    return float(getattr(price, "base", price)) / _MILLION


def tokens_of(counts: Mapping[str, Any]) -> dict[str, int]:
    """The counters of a model's usage under one name each: both spellings added, a missing one 0."""
    return {
        "prompt_tokens": _count(counts, "prompt_tokens") + _count(counts, "input_tokens"),
        "completion_tokens": _count(counts, "completion_tokens") + _count(counts, "output_tokens"),
        "requests": _count(counts, "requests"),
        "total_tokens": _count(counts, "total_tokens"),
        "cache_read_input_tokens": _count(counts, "cache_read_input_tokens"),
        "cache_creation_input_tokens": _count(counts, "cache_creation_input_tokens"),
    }


def _cost(counts: Mapping[str, Any], price: Price) -> dict[str, Any]:
    tokens = tokens_of(counts)
    read, creation = tokens["cache_read_input_tokens"], tokens["cache_creation_input_tokens"]
    return {
        **tokens,
        "prompt_token_cost": price.prompt,
        "completion_token_cost": price.completion,
        "cache_read_input_token_cost": price.cache_read,
        "cache_creation_input_token_cost": price.cache_creation,
        "prompt_tokens_total_cost": (tokens["prompt_tokens"] - read - creation) * price.prompt,
        "completion_tokens_total_cost": tokens["completion_tokens"] * price.completion,
        "cache_read_input_tokens_total_cost": read * price.cache_read,
        "cache_creation_input_tokens_total_cost": creation * price.cache_creation,
        "prompt_token_cost_unit": price.prompt_unit,
        "completion_token_cost_unit": price.completion_unit,
        "effective_date": iso(price.effective_date),
        "provider_id": price.provider_id,
        "pricing_level": price.level,
        "pricing_level_id": price.level_id,
        "created_by": price.created_by,
        "created_at": iso(price.created_at),
    }


def _count(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    return int(value) if isinstance(value, int | float) else 0
