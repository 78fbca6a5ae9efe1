"""Spans on the real engine: every field comes back, a span sent again replaces the older one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from weft.core.ids import new_id
from weft.services import Services
from weft.storage.events.spans import EPOCH, Span

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def full_span(project_id: str) -> Span:
    """A span with something in every kind of field."""
    return Span(
        project_id,
        "a" * 32,
        "b" * 16,
        STARTED,
        ended_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        parent_span_id="c" * 16,
        agent_name="Reisebüro 🧳",
        input_tokens=12,
        request_temperature=0.25,
        request_stop_sequences=["\n", '"'],
        input_messages='[{"role":"user","content":"hé\\u0000","finish_reason":""}]',
        system_instructions=["be brief"],
        eval_trial_index=2,
        custom_attrs_string={"team": "a\tb"},
        custom_attrs_int={"n": -(2**63)},
        custom_attrs_float={"x": 0.1},
        custom_attrs_bool={"ok": True},
        expire_at=datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_every_field_comes_back(services: Services) -> None:
    span = full_span(new_id())
    services.stores.spans.put([span])
    assert services.stores.spans.get(span.project_id, span.trace_id, [span.span_id]) == [span]


def test_a_span_sent_again_replaces_the_older_one(services: Services) -> None:
    span = full_span(new_id())
    open_span = replace(span, ended_at=EPOCH, started_at=datetime(2026, 1, 1, tzinfo=UTC))
    services.stores.spans.put([open_span])
    services.stores.spans.put([span])
    assert services.stores.spans.get(span.project_id, span.trace_id, [span.span_id]) == [span]


def test_of_one_span_twice_in_a_batch_the_later_stays(services: Services) -> None:
    span = full_span(new_id())
    services.stores.spans.put([span, replace(span, span_name="later")])
    [found] = services.stores.spans.get(span.project_id, span.trace_id, [span.span_id])
    assert found.span_name == "later"
