"""Pages of spans on the real engine: large pages, replaced spans, own identities."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from weft.core.ids import new_id
from weft.services import Services
from weft.storage.events.span_query.page import PageRequest, SpanPage, span_page
from weft.storage.events.span_query.scope import SpanScope
from weft.storage.events.spans import Span

START = datetime(2026, 2, 1, tzinfo=UTC)


def spans_of(project_id: str, count: int) -> list[Span]:
    return [Span(project_id, "t", f"{index:05}", START + timedelta(seconds=index // 2)) for index in range(count)]


def test_a_page_of_many_spans_is_the_same_as_many_pages(services: Services) -> None:
    project_id = new_id()
    services.stores.spans.put(spans_of(project_id, 2500))
    engine = services.stores.spans.engine
    scope = SpanScope(project_id)
    whole, total = span_page(engine, PageRequest(scope, "a/b", limit=2400, offset=50))
    pages = [span_page(engine, PageRequest(scope, "a/b", limit=800, offset=50 + at))[0] for at in (0, 800, 1600)]
    assert total == 2500
    assert whole == [line for page in pages for line in page]
    assert [orjson.loads(line)["span_id"] for line in whole[:2]] == ["02449", "02448"]


def test_a_span_replaced_between_finding_and_reading_is_shown_anew(services: Services) -> None:
    project_id = new_id()
    [span] = spans_of(project_id, 1)
    services.stores.spans.put([replace(span, span_name="new")])
    page = SpanPage(services.stores.spans.engine, PageRequest(SpanScope(project_id), "a/b"))
    [line] = page.spans_of([{"trace_id": "t", "version": 1}])
    assert orjson.loads(line)["span_name"] == "new"


def test_own_identities_stay_own(services: Services) -> None:
    project_id = new_id()
    first, second = spans_of(project_id, 2)
    services.stores.spans.put([replace(first, agent_name="anna", conversation_id="c"), second])
    query = {"$expr": {"$eq": [{"$getField": "conversation_id"}, {"$literal": "c"}]}}
    for attributed, expected in ((True, ["anna", "anna"]), (False, ["anna"])):
        scope = SpanScope(project_id, query=query, attributed=attributed)
        lines, total = span_page(services.stores.spans.engine, PageRequest(scope, "a/b"))
        assert [orjson.loads(line)["agent_name"] for line in lines] == expected
        assert total == len(expected)
