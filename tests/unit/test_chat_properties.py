"""Whatever the spans of a trace say of each other: no error, every word once, the same chat for every order of rows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chat_spans import T0, answer, no_prices, price_of_m, said
from weft.domain.chat_timeline import Timeline, build_timeline
from weft.domain.chat_tree import build_tree
from weft.domain.span_costs import SpanPrices
from weft.storage.events.chat_spans import ChatSpan

IDS = [f"{number:x}" for number in range(9)]
OPERATIONS = ("chat", "invoke_agent", "execute_tool", "assistant_text", "retrieval", "")
TIMES = st.one_of(st.none(), st.integers(0, 4).map(lambda seconds: T0 + timedelta(seconds=seconds)))
JUNK = st.sampled_from(["", "null", "[", '["a"]', '[{"content": [1]}]', '[{"role": "assistant", "content": "[{"}]'])


def _requests(call_ids: list[str]) -> str:
    parts = [{"type": "tool_call", "id": call_id, "name": "f", "arguments": "{}"} for call_id in call_ids]
    return json.dumps([said("assistant", [{"type": "text", "content": "wait"}, *parts])])


@st.composite
def traces(draw: st.DrawFn) -> list[ChatSpan]:
    """Spans whose parents are anything: missing, themselves, below them; some rows come twice."""
    spans = []
    for span_id in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=9)):
        operation = draw(st.sampled_from(OPERATIONS))
        # Every word is unique, so that it can be counted.
        words = [f"word {span_id}.{number}" for number in range(draw(st.integers(0, 2)))]
        spans.append(
            ChatSpan(
                span_id,
                draw(TIMES),
                draw(TIMES),
                trace_id="t",
                parent_span_id=draw(st.sampled_from(["", "gone", *IDS])),
                operation_name=operation,
                agent_name=draw(st.sampled_from(["", "A", "B"])),
                status_code=draw(st.sampled_from(["UNSET", "OK", "ERROR", "odd"])),
                response_model=draw(st.sampled_from(["", "m"])),
                input_tokens=draw(st.integers(0, 3)),
                tool_call_id=draw(st.sampled_from(["", "x", "y"])),
                instructions_hash=draw(st.integers(0, 2)),
                user_messages=[json.dumps(said("user", word)) for word in words],
                output_messages=draw(
                    st.one_of(
                        JUNK, st.just(answer("same")), st.just(answer(span_id)), st.just(_requests(["x", "y", ""]))
                    )
                ),
            )
        )
    again = draw(st.lists(st.sampled_from(spans), max_size=3)) if spans else []
    return [*spans, *again]


def _chat(spans: list[ChatSpan], with_requests: bool) -> Timeline:
    return build_timeline(build_tree(spans), SpanPrices(price_of_m), with_requests=with_requests)


def _words(timeline: Timeline) -> list[str]:
    return [message.user_message.text for message in timeline.messages if message.user_message]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spans=traces(), with_requests=st.booleans())
def test_every_word_that_a_model_was_told_is_shown_once(spans: list[ChatSpan], with_requests: bool) -> None:
    told = {
        json.loads(text)["content"]
        for span in spans
        if span.operation_name not in ("invoke_agent", "execute_tool")
        for text in span.user_messages
    }
    shown = _words(_chat(spans, with_requests))
    if told:
        assert sorted(shown) == sorted(told)
    else:
        assert len(shown) <= 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spans=traces(), with_requests=st.booleans(), data=st.data())
def test_the_order_of_rows_changes_nothing(spans: list[ChatSpan], with_requests: bool, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(spans))
    assert _chat(spans, with_requests).messages == _chat(list(shuffled), with_requests).messages


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spans=traces(), with_requests=st.booleans())
def test_every_tool_that_ran_is_shown_once_with_or_without_requests(spans: list[ChatSpan], with_requests: bool) -> None:
    ran = {span.span_id for span in spans if span.operation_name == "execute_tool"}
    calls = [message for message in _chat(spans, with_requests).messages if message.tool_call]
    executed = [message.span_id for message in calls if message.span_id in ran]
    assert sorted(filter(None, executed)) == sorted(ran)


@pytest.mark.parametrize("with_requests", [False, True])
def test_a_chain_of_ten_thousand_spans_is_told_whole(with_requests: bool) -> None:
    spans = [
        ChatSpan(
            f"{number:05}",
            T0 + timedelta(seconds=number),
            T0 + timedelta(days=1),
            parent_span_id=f"{number - 1:05}" if number else "",
            operation_name="invoke_agent" if number % 2 else "chat",
            tool_call_id=str(number),
            output_messages=_requests([str(number + 1)]),
            user_messages=[json.dumps(said("user", str(number)))],
        )
        for number in range(10_000)
    ]
    told = build_timeline(build_tree(spans), SpanPrices(no_prices), with_requests=with_requests)
    assert _words(told) == [str(number) for number in range(0, 10_000, 2)]
