"""What spans cost, computed in the engine: a small table of the prices of the models that occur, sent as parameters.

Which price counts is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from weft.schemas.span_fields import COSTS
from weft.storage.events.query.parameters import Parameters

MODEL = "if(s.response_model != '', s.response_model, s.request_model)"
"""The model that a span is charged for."""

_UNPRICED = "CAST(NULL, 'Nullable(Float64)')"


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars per token."""

    prompt: float
    completion: float
    cache_read: float
    cache_creation: float


PriceOf = Callable[[str], TokenPrice | None]
"""The price of a model by its exact name."""


class CostTable:
    """Writes the SQL of costs. The models are asked for once, and only when a cost is."""

    def __init__(self, parameters: Parameters, models: Callable[[], Iterable[str]], price_of: PriceOf) -> None:
        self._parameters = parameters
        self._models = models
        self._price_of = price_of

    def sql(self, name: str) -> str:
        """The SQL of a cost of COSTS, NULL for models without a price."""
        parts = {
            "input_cost_usd": (
                "prompt",
                "(s.input_tokens - s.cache_read_input_tokens - s.cache_creation_input_tokens)",
            ),
            "output_cost_usd": ("completion", "s.output_tokens"),
            "cache_read_cost_usd": ("cache_read", "s.cache_read_input_tokens"),
            "cache_creation_cost_usd": ("cache_creation", "s.cache_creation_input_tokens"),
        }
        if not self._prices:
            return _UNPRICED
        if name == "total_cost_usd":
            return "(" + " + ".join(self.sql(part) for part in COSTS if part != name) + ")"
        kind, tokens = parts[name]
        models = self._parameters.texts(list(self._prices))
        prices = self._parameters.reals([getattr(price, kind) for price in self._prices.values()])
        return f"({tokens} * transform({MODEL}, {models}, {prices}, NULL))"

    @cached_property
    def _prices(self) -> dict[str, TokenPrice]:
        found = {model: self._price_of(model) for model in self._models() if model}
        return {model: price for model, price in found.items() if price is not None}
