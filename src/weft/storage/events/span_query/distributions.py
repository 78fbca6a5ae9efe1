"""How custom attributes are spread within groups of spans: bins of equal width, or the most frequent values.

The groups are those of a page, named by the texts of their one key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from weft.schemas.span_measures import AgentGroupByRef, AgentSpanGroupDistributionSpec
from weft.storage.events.engine import EventsEngine
from weft.storage.events.span_query.groups import key_text
from weft.storage.events.span_query.scope import SpanScope, SpanSource

NUMERIC = frozenset({"custom_attrs_int", "custom_attrs_float"})


@dataclass(slots=True)
class Distribution:
    """The values of an attribute in one group: counts by bin between `low` and `high`, or by value."""

    present: int = 0
    low: float = 0.0
    high: float = 0.0
    bins: dict[int, int] = field(default_factory=dict)
    values: list[tuple[str, int]] = field(default_factory=list)


def distributions(
    engine: EventsEngine,
    scope: SpanScope,
    group_by: AgentGroupByRef,
    spec: AgentSpanGroupDistributionSpec,
    groups: Sequence[str],
) -> dict[str, Distribution]:
    """The distribution in each of the groups that has the attribute, by the text of the group's key."""
    source = SpanSource(engine, scope)
    key = key_text(source.fields.group(group_by))
    value = source.fields.value(spec.value).sql
    rows = f"""SELECT {key} AS group_key, assumeNotNull({value}) AS value FROM {source.from_sql()}
        WHERE {source.where} AND isNotNull({value}) AND {key} IN {source.parameters.texts(groups)}"""
    numeric = spec.value.source in NUMERIC
    return _bins(source, rows, spec.bins) if numeric else _top_values(source, rows, spec.top_n)


def _bins(source: SpanSource, rows: str, bins: int) -> dict[str, Distribution]:
    bounded = f"""SELECT group_key, toFloat64(value) AS number,
        min(number) OVER (PARTITION BY group_key) AS low, max(number) OVER (PARTITION BY group_key) AS high
        FROM ({rows}) WHERE isFinite(number)"""
    sql = f"""SELECT group_key, {bin_index("number", "low", "high", bins)} AS bin, any(low) AS bin_low,
        any(high) AS bin_high, count() AS n FROM ({bounded}) GROUP BY group_key, bin"""
    found: dict[str, Distribution] = {}
    for row in source.query(sql):
        item = found.setdefault(row["group_key"], Distribution(low=row["bin_low"], high=row["bin_high"]))
        item.bins[row["bin"]] = row["n"]
        item.present += row["n"]
    return found


def bin_index(value: str, low: str, high: str, bins: int) -> str:
    """The SQL of the number of the bin, from 0, that a value between two bounds lies in; the last includes `high`."""
    # Halves, so that the distance of the largest numbers is still a number.
    position = f"({value} / 2 - {low} / 2) / ({high} / 2 - {low} / 2) * {bins:d}"
    return f"if({high} > {low}, least(toInt64(floor({position})), {bins - 1:d}), 0)"


def _top_values(source: SpanSource, rows: str, top_n: int) -> dict[str, Distribution]:
    counted = f"SELECT group_key, toString(value) AS value, count() AS n FROM ({rows}) GROUP BY group_key, value"
    sql = f"""SELECT group_key, value, n, sum(n) OVER (PARTITION BY group_key) AS present FROM ({counted})
        ORDER BY n DESC, value LIMIT {top_n:d} BY group_key"""
    found: dict[str, Distribution] = {}
    for row in source.query(sql):
        item = found.setdefault(row["group_key"], Distribution(present=row["present"]))
        item.values.append((row["value"], row["n"]))
    return found
