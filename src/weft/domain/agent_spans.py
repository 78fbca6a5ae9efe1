"""Reading agents' spans: lists, groups of them with what they add up to, and their custom attributes.

Statistics over time are agent_span_stats.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from weft.core import jsontext
from weft.core.identity import Project
from weft.domain.agent_span_previews import first_message, last_message
from weft.domain.costs import todays_price
from weft.domain.prices import price_source
from weft.schemas.agent_spans import (
    GROUP_TIMES,
    AgentCustomAttrSchemaItem,
    AgentCustomAttrsSchemaReq,
    AgentCustomAttrsSchemaRes,
    AgentSpansQueryReq,
)
from weft.schemas.span_measures import AgentGroupByRef, AgentSpanGroupDistributionSpec
from weft.storage.events.span_query.attributes import count_attributes
from weft.storage.events.span_query.distributions import NUMERIC, Distribution, distributions
from weft.storage.events.span_query.groups import GroupRequest, SpanGroup, span_groups
from weft.storage.events.span_query.messages import conversation_words
from weft.storage.events.span_query.page import PageRequest, span_page
from weft.storage.events.span_query.prices import PriceOf, TokenPrice
from weft.storage.events.span_query.scope import SpanScope
from weft.storage.stores import Stores


def query_spans(stores: Stores, project: Project, req: AgentSpansQueryReq) -> bytes:
    """The spans or groups asked for, as the JSON of the answer. Raises the errors of a bad query."""
    scope = SpanScope(
        project_id=project.id,
        started_after=req.started_after,
        started_before=req.started_before,
        query=req.query.tree() if req.query else None,
        signals=req.signal_filters,
        insights=req.insight_filters,
        price_of=price_of(stores, project.id),
    )
    sort = [(key.field, key.direction) for key in req.sort_by or ()]
    if req.group_by:
        groups, total = _groups(stores, scope, req, req.group_by, sort)
        return jsontext.dumps({"spans": [], "groups": groups, "total_count": total}).encode()
    page = PageRequest(
        scope=scope,
        project=project.external,
        sort=sort,
        limit=req.limit,
        offset=req.offset,
        attributes=req.custom_attr_columns,
        details=req.include_details,
        costs=req.include_costs,
    )
    lines, total = span_page(stores.spans.engine, page)
    return b'{"spans":[%b],"groups":[],"total_count":%d}' % (b",".join(lines), total)


def custom_attributes(stores: Stores, project: Project, req: AgentCustomAttrsSchemaReq) -> AgentCustomAttrsSchemaRes:
    """A page of the custom attributes of spans. Raises the errors of a bad query."""
    query = req.query.tree() if req.query else None
    scope = SpanScope(project.id, req.started_after, req.started_before, query)
    found = count_attributes(stores.spans.engine, scope, req.limit + 1, req.offset)
    items = [
        AgentCustomAttrSchemaItem.model_validate(
            {"source": item.source, "key": item.key, "value_type": _map_type(item.source), "span_count": item.spans}
        )
        for item in found[: req.limit]
    ]
    return AgentCustomAttrsSchemaRes(
        attributes=items, limit=req.limit, offset=req.offset, has_more=len(found) > req.limit
    )


def price_of(stores: Stores, project_id: str) -> PriceOf:
    """What a token of a model costs in a project today, whenever a span ran."""
    prices = price_source(stores, project_id)

    def of_model(model: str) -> TokenPrice | None:
        price = todays_price(prices(model))
        if price is None:
            return None
        return TokenPrice(price.prompt, price.completion, price.cache_read, price.cache_creation)

    return of_model


def naive_utc(moment: str) -> str:
    """A time of the event store as answers about agents have it: UTC, and without saying so."""
    return moment.removesuffix("Z")


def _groups(
    stores: Stores,
    scope: SpanScope,
    req: AgentSpansQueryReq,
    group_by: Sequence[AgentGroupByRef],
    sort: Sequence[tuple[str, str]],
) -> tuple[list[dict[str, Any]], int]:
    request = GroupRequest(
        scope=scope,
        group_by=group_by,
        measures=req.measures,
        filters=req.group_filters,
        sort=sort,
        limit=req.limit,
        offset=req.offset,
        costs=req.include_costs,
    )
    groups, total = span_groups(stores.spans.engine, request)
    rows = [_row(group, group_by) for group in groups]
    if groups and _are_conversations(group_by):
        _add_messages(stores, scope, groups, rows)
    for spec in req.group_distributions if groups else ():
        _add_distribution(stores, scope, group_by[0], spec, groups, rows)
    return rows, total


def _row(group: SpanGroup, group_by: Sequence[AgentGroupByRef]) -> dict[str, Any]:
    return {
        "group_keys": dict(zip([ref.name for ref in group_by], group.keys, strict=True)),
        **group.sums,
        **{name: naive_utc(group.sums[name]) for name in GROUP_TIMES},
        "first_message": None,
        "last_message": None,
        "metrics": {alias: _shown(value) for alias, value in group.measures.items()},
        "distributions": {},
    }


def _shown(value: Any) -> Any:
    """A measure as answers have it. Measures are numbers and times, so a text is a time."""
    return naive_utc(value) if isinstance(value, str) else value


def _are_conversations(group_by: Sequence[AgentGroupByRef]) -> bool:
    return len(group_by) == 1 and group_by[0].source == "column" and group_by[0].key == "conversation_id"


def _add_messages(
    stores: Stores, scope: SpanScope, groups: Sequence[SpanGroup], rows: Sequence[dict[str, Any]]
) -> None:
    words = conversation_words(stores.spans.engine, scope, [group.texts[0] for group in groups])
    for group, row in zip(groups, rows, strict=True):
        if group.texts[0] in words:
            row["first_message"] = first_message(words[group.texts[0]].first)
            row["last_message"] = last_message(words[group.texts[0]].last)


def _add_distribution(
    stores: Stores,
    scope: SpanScope,
    group_by: AgentGroupByRef,
    spec: AgentSpanGroupDistributionSpec,
    groups: Sequence[SpanGroup],
    rows: Sequence[dict[str, Any]],
) -> None:
    texts = [group.texts[0] for group in groups]
    found = distributions(stores.spans.engine, scope, group_by, spec, texts)
    for text, row in zip(texts, rows, strict=True):
        row["distributions"][spec.alias] = _distribution(spec, row["span_count"], found.get(text, Distribution()))


def _distribution(spec: AgentSpanGroupDistributionSpec, total: int, found: Distribution) -> dict[str, Any]:
    numeric = spec.value.source in NUMERIC
    return {
        "alias": spec.alias,
        "source": spec.value.source,
        "key": spec.value.key,
        "value_type": _map_type(spec.value.source),
        "total_count": total,
        "present_count": found.present,
        "missing_count": max(total - found.present, 0),
        "other_count": 0 if numeric else found.present - sum(count for _, count in found.values),
        "bins": equal_bins(found.low, found.high, spec.bins, found.bins) if found.present and numeric else [],
        "values": [{"value": value, "count": count} for value, count in found.values],
    }


def equal_bins(low: float, high: float, bins: int, counts: dict[int, int]) -> list[dict[str, Any]]:
    """Bins of equal width with their bounds and counts; a single one when the bounds are one number."""
    return [
        {"index": index, "min": least, "max": most, "count": counts.get(index, 0)}
        for index, (least, most) in enumerate(bin_bounds(low, high, bins))
    ]


def bin_bounds(low: float, high: float, bins: int) -> list[tuple[float, float]]:
    """The bounds of bins of equal width; a single bin when low and high are one number."""
    if high <= low:
        return [(low, high)]
    # Weighing the bounds, for the distance of the largest numbers is no number.
    edges = [low * (1 - index / bins) + high * (index / bins) for index in range(bins)] + [high]
    return list(pairwise(edges))


def _map_type(source: str) -> str:
    return source.removeprefix("custom_attrs_")
