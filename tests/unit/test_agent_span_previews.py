"""The first and the last words of a conversation, from the messages of its spans."""

from __future__ import annotations

import json

from weft.domain.agent_span_previews import LONGEST, first_message, last_message
from weft.storage.events.span_query.messages import SpanMessages


def messages(*said: tuple[str, str]) -> str:
    return json.dumps([{"role": role, "content": content, "finish_reason": ""} for role, content in said])


def span(asked: str = "", answered: str = "") -> SpanMessages:
    return SpanMessages(asked, answered)


def test_the_first_words_are_the_users_first() -> None:
    history = messages(("system", "be kind"), ("user", "one"), ("assistant", "two"), ("user", "three"))
    assert first_message([span(history, messages(("assistant", "four")))]) == {"role": "user_message", "text": "one"}


def test_the_last_words_are_the_models_or_of_a_user_without_an_answer() -> None:
    asked = messages(("assistant", "two"), ("user", "three"), ("user", "four"))
    answered = messages(("assistant", "five"))
    assert last_message([span(asked, answered)]) == {"role": "assistant_message", "text": "five"}
    assert last_message([span(asked)]) == {"role": "user_message", "text": "four"}


def test_a_span_without_words_gives_way_to_the_next() -> None:
    call = json.dumps([{"type": "tool_call", "name": "search", "arguments": {}}])
    silent = span(messages(("tool", "42")), messages(("assistant", call)))
    speaking = span(messages(("user", "hello")), messages(("assistant", "bye")))
    assert last_message([silent, speaking]) == {"role": "assistant_message", "text": "bye"}
    assert first_message([span(), speaking]) == {"role": "user_message", "text": "hello"}
    assert (first_message([]), last_message([span()])) == (None, None)


def test_long_words_are_cut() -> None:
    for length in (LONGEST, LONGEST + 1):
        preview = first_message([span(messages(("user", "é" * length)))])
        assert preview is not None
        assert preview["text"] == "é" * LONGEST + "…" * (length - LONGEST)


def test_the_text_of_parts_is_shown() -> None:
    parts = json.dumps([{"type": "text", "content": "look"}, {"type": "blob", "content": "x"}])
    assert first_message([span(messages(("user", parts)))]) == {"role": "user_message", "text": "look"}
