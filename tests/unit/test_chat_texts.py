"""Reading stored messages: texts of parts, media, tool requests, and whatever is no message."""

from __future__ import annotations

import json

import pytest

from tests.chat_spans import messages, said
from weft.domain.chat_texts import answer_text, last_words, read_messages, refs_in, tool_requests

REF = "weave-trace-internal:///p/object/photo:Abc123"


def test_plain_text_stays_text_even_when_it_is_a_json_list() -> None:
    texts = ["hello", "[1, 2]", '[{"name": "x", "text": "y"}]', "[broken", "[]"]
    assert [message.text for message in read_messages(messages(*(said("user", text) for text in texts)))] == texts


def test_of_parts_only_the_texts_are_text() -> None:
    parts = [
        {"type": "reasoning", "content": "hm"},
        {"type": "text", "content": "one"},
        {"type": "text", "text": "two"},
        {"type": "tool_call", "id": "c", "name": "f", "arguments": "{}"},
        {"type": "text", "content": 5},
    ]
    [message] = read_messages(messages(said("assistant", parts)))
    assert message.text == "one\ntwo"


@pytest.mark.parametrize("stored", ["", "null", "5", '"text"', "{", "[", "[1, null, []]", '["a"]', "[" * 5000])
def test_what_is_no_list_of_messages_holds_none(stored: str) -> None:
    assert read_messages(stored) == []


def test_a_message_may_lack_everything() -> None:
    assert [(m.role, m.text) for m in read_messages('[{}, {"role": 1, "content": {"a": 1}}]')] == [
        ("", ""),
        ("", '{"a":1}'),
    ]


def test_half_a_character_is_replaced() -> None:
    [message] = read_messages('[{"role":"user","content":"a\\ud800b \\ud83d\\ude42"}]')
    assert message.text == "a\ufffdb 🙂"


def test_last_words_are_the_run_of_user_messages_at_the_end() -> None:
    history = [said("user", "old"), said("assistant", "no"), said("user", "a"), said("user", "b")]
    assert [m.text for m in last_words([messages(*history)])] == ["a", "b"]
    assert [m.text for m in last_words([json.dumps(item) for item in history[2:]])] == ["a", "b"]
    assert last_words([messages(*history, said("tool", "5"))]) == []


def test_an_answer_is_what_no_user_said_with_blank_lines_between() -> None:
    found = read_messages(messages(said("assistant", "a"), said("user", "u"), said("assistant", ""), said("", "b")))
    assert answer_text(found) == "a\n\nb"


def test_tools_are_asked_for_in_the_words_of_several_providers() -> None:
    parts = [
        {"type": "tool_call", "id": "1", "name": "f", "arguments": '{"a":1}'},
        {"type": "tool_use", "id": "2", "name": "g", "input": {"b": 2}},
        {"type": "function", "id": "3", "function": {"name": "h", "arguments": "{}"}},
        {"type": "function_call", "call_id": "4", "name": "i"},
        {"type": "tool_call", "id": 5, "name": None},
    ]
    requests = tool_requests(read_messages(messages(said("assistant", parts), said("user", parts))))
    assert [(found.call_id, found.name, found.arguments) for found in requests] == [
        ("1", "f", '{"a":1}'),
        ("2", "g", '{"b":2}'),
        ("3", "h", "{}"),
        ("4", "i", ""),
        ("", "", ""),
    ]


def test_media_are_the_refs_in_a_message_and_those_of_the_span_whose_digest_is_in_it() -> None:
    by_digest = "weave-trace-internal:///p/object/sound:Xyz789"
    elsewhere = "weave-trace-internal:///p/object/other:Qqq000"
    parts = [{"type": "uri", "uri": REF}, {"type": "blob", "content": "digest Xyz789"}]
    found = read_messages(messages(said("user", parts)))
    assert refs_in(found, [by_digest, elsewhere]) == [by_digest, REF]


def test_a_ref_in_a_sentence_ends_before_the_full_stop() -> None:
    assert refs_in(read_messages(messages(said("user", f"see {REF}."))), []) == [REF]


def test_a_span_ref_that_no_message_names_belongs_to_none() -> None:
    assert refs_in(read_messages(messages(said("user", "nothing"))), ["odd", ""]) == []
