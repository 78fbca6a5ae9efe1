"""Usage of a project over time, with costs at today's prices and names for whoever used it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from weft.core.clock import as_utc, now
from weft.core.errors import InvalidField
from weft.core.identity import Project
from weft.domain.call_stats import input_cost, output_cost
from weft.domain.costs import Price, PriceSource, todays_price
from weft.domain.feedback_stats import YEARS
from weft.domain.previews import preview
from weft.domain.prices import price_source
from weft.domain.time_buckets import bucket_starts, few_buckets
from weft.schemas.usage_over_time import (
    LatencyPercentiles,
    UsageFigures,
    UsageGroup,
    UsageOverTimeRes,
    UsageQuery,
    UsageSeries,
)
from weft.storage.entities.keys import user_named
from weft.storage.events.usage_over_time import (
    CallFigures,
    TokenSums,
    UsageSelection,
    figures_over_time,
    largest_groups,
    tokens_over_time,
)
from weft.storage.stores import Stores

LONGEST = timedelta(days=400)
MOST_BUCKETS = 120
_MOST_UNPRICED = 20
# Who everybody is on a server that asks for no keys; nobody is stored there.
_NOBODY = user_named("local")


def usage_over_time(stores: Stores, project: Project, query: UsageQuery) -> UsageOverTimeRes:
    """The figures of all calls, of the groups with most of them, and of the rest.

    Raises InvalidField for spans that are too long or backwards.
    """
    end = query.end or now()
    since, until = _span(query, end)
    granularity = few_buckets(since, until, query.granularity, MOST_BUCKETS)
    edges = bucket_starts(since, until, granularity, query.timezone)
    answer = UsageOverTimeRes(
        start=query.start,
        end=end,
        granularity=granularity,
        timezone=query.timezone,
        by=query.by,
        buckets=[datetime.fromtimestamp(edge, UTC) for edge in edges],
        total=UsageFigures(),
        groups=[],
        other=None,
        groups_total=0,
        unpriced_models=[],
    )
    if edges:
        _fill(stores, project, answer, UsageSelection(project.id, since, until, edges, query.by), query.groups)
    return answer


def _span(query: UsageQuery, end: datetime) -> tuple[datetime, datetime]:
    since, until = as_utc(query.start), as_utc(end)
    if until < since:
        raise InvalidField("end must not be before start")
    if until - since > LONGEST:
        raise InvalidField(f"start and end may be at most {LONGEST.days} days apart")
    if since.year not in YEARS or until.year not in YEARS:
        raise InvalidField(f"start and end must be in the years {YEARS.start} to {YEARS.stop - 1}")
    return since, until


def _fill(stores: Stores, project: Project, answer: UsageOverTimeRes, selection: UsageSelection, groups: int) -> None:
    engine = stores.calls.engine
    largest, answer.groups_total = largest_groups(engine, selection, groups)
    keys = [one.key for one in largest if one.key is not None and one.calls]
    figures = figures_over_time(engine, selection, keys)
    costs = _Costs(price_source(stores, project.id), tokens_over_time(engine, selection, keys))
    whole = next((one for one in largest if one.key is None), None)
    answer.total = UsageFigures(**_shown(whole, costs.of(costs.sums)))
    names = {_NOBODY.id: _NOBODY.username, **stores.keys.usernames(keys)} if selection.by == "user" else {}
    for key in keys:
        answer.groups.append(_group(selection.edges, figures, costs, key, names.get(key, key)))
    if answer.groups_total > len(keys) or any(sums.key is None for sums in costs.sums):
        answer.other = _group(selection.edges, figures, costs, None, "other")
    answer.unpriced_models = costs.unpriced()


def _group(
    edges: Sequence[int], figures: Sequence[CallFigures], costs: _Costs, key: str | None, name: str
) -> UsageGroup:
    by_bucket = {one.bucket: one for one in figures if one.key == key}
    own = [sums for sums in costs.sums if sums.key == key]
    tokens = {edge: costs.of([sums for sums in own if sums.bucket == edge]) for edge in {s.bucket for s in own}}
    calls = [by_bucket.get(edge) for edge in edges]
    none = _Amounts()
    series = UsageSeries(
        calls=[one.calls if one else 0 for one in calls],
        errors=[one.errors if one else 0 for one in calls],
        total_tokens=[tokens.get(edge, none).total for edge in edges],
        cost=[tokens.get(edge, none).cost for edge in edges],
        latency_p50=[_rounded(one.latencies[0]) if one else None for one in calls],
        latency_p95=[_rounded(one.latencies[1]) if one else None for one in calls],
    )
    shown = _shown(by_bucket.get(None), costs.of(own))
    return UsageGroup(**shown, key=preview(key or ""), name=preview(name), series=series)


def _shown(calls: CallFigures | None, amounts: _Amounts) -> dict[str, int | float | LatencyPercentiles | None]:
    p50, p95, p99 = map(_rounded, calls.latencies) if calls else (None, None, None)
    return {
        "calls": calls.calls if calls else 0,
        "errors": calls.errors if calls else 0,
        "input_tokens": amounts.input,
        "output_tokens": amounts.output,
        "total_tokens": amounts.total,
        "cost": amounts.cost,
        "latency_ms": LatencyPercentiles(p50=p50, p95=p95, p99=p99) if p50 is not None else None,
    }


def _rounded(latency: float | None) -> float | None:
    """To the microsecond, which is what is stored."""
    return None if latency is None else round(float(latency), 3)


@dataclass(slots=True)
class _Amounts:
    input: int = 0
    output: int = 0
    total: int = 0
    cost: float = 0.0


@dataclass(slots=True)
class _Costs:
    """Prices sums of tokens, model by model."""

    source: PriceSource
    sums: Sequence[TokenSums]
    _prices: dict[str, Price | None] = field(default_factory=dict)

    def of(self, sums: Iterable[TokenSums]) -> _Amounts:
        """The tokens and cost of some sums."""
        found = _Amounts()
        for one in sums:
            found.input += one.tokens["input"]
            found.output += one.tokens["output"]
            found.total += one.tokens["total"]
            found.cost += self._cost(one.model, one.tokens)
        return found

    def unpriced(self) -> list[str]:
        """The models whose tokens cost nothing here because nobody knows a price."""
        models = sorted({one.model for one in self.sums if one.tokens["total"] and self._price(one.model) is None})
        return [preview(model) for model in models[:_MOST_UNPRICED]]

    def _cost(self, model: str, tokens: Mapping[str, int]) -> float:
        price = self._price(model)
        if price is None:
            return 0.0
        row = {
            "sum_input_tokens": tokens["input"],
            "sum_output_tokens": tokens["output"],
            "sum_cache_read_input_tokens": tokens["cache_read"],
            "sum_cache_creation_input_tokens": tokens["cache_creation"],
        }
        return input_cost(row, price) + output_cost(row, price)

    def _price(self, model: str) -> Price | None:
        if model not in self._prices:
            self._prices[model] = todays_price(self.source(model))
        return self._prices[model]
