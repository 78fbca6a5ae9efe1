"""What the tokens of agents' spans cost, by today's prices; sums over many spans and single spans by the same rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from weft.domain.costs import Price, PriceSource, todays_price


class Tokens(Protocol):
    """Tokens of one model; those of the cache are among the input tokens."""

    @property
    def model(self) -> str:
        """The exact name of the model."""

    @property
    def input_tokens(self) -> int:
        """All tokens sent."""

    @property
    def output_tokens(self) -> int:
        """All tokens received."""

    @property
    def cache_read_input_tokens(self) -> int:
        """Sent tokens that the provider had kept."""

    @property
    def cache_creation_input_tokens(self) -> int:
        """Sent tokens that the provider was to keep."""


@dataclass(frozen=True, slots=True)
class SpanCosts:
    """US dollars; `total` is all, `input` leaves the tokens of the cache out."""

    input: float
    output: float
    total: float

    def __add__(self, other: SpanCosts) -> SpanCosts:
        return SpanCosts(self.input + other.input, self.output + other.output, self.total + other.total)


class SpanPrices:
    """Prices of the models of one request, each looked up once."""

    def __init__(self, prices: PriceSource) -> None:
        self._source = prices
        self._known: dict[str, Price | None] = {}

    def costs(self, tokens: Tokens) -> SpanCosts | None:
        """What the tokens cost, None when nobody knows a price of the model."""
        model = tokens.model
        price = self._price(model) if model else None
        if price is None:
            return None
        read, creation = tokens.cache_read_input_tokens, tokens.cache_creation_input_tokens
        sent = (tokens.input_tokens - read - creation) * price.prompt
        received = tokens.output_tokens * price.completion
        cached = read * price.cache_read + creation * price.cache_creation
        return SpanCosts(sent, received, sent + received + cached)

    def total(self, usages: Iterable[Tokens]) -> float | None:
        """What all of it costs together, None when none of the models has a price."""
        known = [costs.total for usage in usages if (costs := self.costs(usage)) is not None]
        return sum(known) if known else None

    def _price(self, model: str) -> Price | None:
        if model not in self._known:
            self._known[model] = todays_price(self._source(model))
        return self._known[model]
