"""Personal data in texts and JSON: what is replaced, what is left alone, and that doing it twice changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.core import jsontext
from weft.core.errors import TooLarge
from weft.domain import pii
from weft.domain.pii_text import CARD, EMAIL, PHONE, SSN, is_card_number, mask

CARDS = ["4111111111111111", "5500 0000 0000 0004", "3400-000000-00009", "6011000000000004", "4222222222222"]
PHONES = [
    "(555) 123-4567",
    "555-123-4567",
    "555.123.4567",
    "555 123 4567",
    "1-800-555-0199",
    "+1 415 555 2671",
    "+14155552671",
    "4155552671",
    "+44 20 7946 0958",
    "+49 30 901820",
    "415-555-2671 ext. 42",
]
EMAILS = ["a@example.com", "first.last+tag@mail.example.co.uk", "o'neil@example.org", "jörg@example.de"]
SSNS = ["123-45-6789", "078 05 1120"]
LEFT = [
    "weave-trace-internal:///UHJvamVjdDo0MTU1NTUyNjcx/call/01900000-0000-7000-8000-415555267100",
    "weave:///team/a@b.com/object/card:4111111111111111",
    "wandb-artifact:///team/4155552671/artifact:v0",
    "01900000-4155-7552-8671-415555267100",
    "data:image/png;base64,4111111111111111+4155552671/AAAA==",
    "QUJD" * 40,
    "1704067200",
    "1704067200123",
    "2024-01-01T12:34:56.123456Z",
    "0.4111111111111111",
    "4111 1111 1111 1112",
    "000-12-3456",
    "912-34-5678",
    "sha 5f4dcc3b5aa765d61d8327deb882cf99",
    "@weave.op",
    "version 1.2.3.4",
    "10.0.0.1:8080",
    "",
]

FRAGMENTS = st.sampled_from([*CARDS, *PHONES, *EMAILS, *SSNS, *LEFT, " ", "-", ".", "+", "(", '"', "\\", "{", "[", "@"])
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(FRAGMENTS, st.text("0123456789 -.+()@ab", max_size=12)), max_size=8).map("".join),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(TEXTS, inner, max_size=4),
        inner.map(lambda value: json.dumps(value)),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("texts", "marker"),
    [(CARDS, CARD), (PHONES, PHONE), (EMAILS, EMAIL), (SSNS, SSN)],
    ids=["cards", "phones", "emails", "ssns"],
)
def test_each_kind_has_its_marker(texts: list[str], marker: str) -> None:
    for text in texts:
        assert mask(text) == marker, text
        assert mask(f"so: {text}, he said.") == f"so: {marker}, he said.", text
        assert pii.redact({"deep": [{"in": text}]}) == {"deep": [{"in": marker}]}, text


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    value = {"k": [text, f"see {text} here"]}
    assert pii.redact(value) is value


def test_neighbours_do_not_hide_each_other() -> None:
    text = "4111 1111 1111 1111 555-123-4567 a@example.com 123-45-6789"
    assert mask(text) == f"{CARD} {PHONE} {EMAIL} {SSN}"


def test_a_ref_survives_beside_personal_data() -> None:
    ref = "weave-trace-internal:///p/object/o:v"
    assert mask(f"{ref} from a@example.com to {ref}") == f"{ref} from {EMAIL} to {ref}"


def test_json_inside_texts_is_looked_through_at_any_depth() -> None:
    inner = json.dumps({"arguments": json.dumps({"to": "a\u0040example.com", "card": 4111111111111111})})
    inner = inner.replace("@", "\\\\u0040")
    redacted = json.loads(json.loads(pii.redact(inner))["arguments"])
    assert redacted == {"to": EMAIL, "card": CARD}


def test_json_inside_texts_without_personal_data_keeps_its_spelling() -> None:
    text = '{ "a" : 1.50, "phone":  "none" , "long": 123456789012 }'
    assert pii.redact(text) is text


def test_names_of_fields_are_looked_at_too_and_stay_apart() -> None:
    redacted = pii.redact({"a@example.com": 1, "b@example.com": 2, EMAIL: 3})
    assert sorted(redacted.values()) == [1, 2, 3]
    assert all(name.startswith(EMAIL) for name in redacted)


def test_card_numbers_sent_as_numbers_are_found_and_other_numbers_stay() -> None:
    assert pii.redact([4111111111111111, 378282246310005]) == [CARD, CARD]
    numbers = [1704067200123456, 12345678901234567890, 4111111111111112, 4155552671, -4111111111111111]
    assert pii.redact(numbers) is numbers


def test_deeper_nesting_than_can_be_promised_is_refused() -> None:
    def nested(levels: int) -> Any:
        value: Any = "a@example.com"
        for _ in range(levels):
            value = [value]
        return value

    assert pii.redact(nested(200)) != nested(200)
    with pytest.raises(TooLarge):
        pii.redact(nested(201))
    with pytest.raises(TooLarge):
        pii.redact_json("[" * 201 + "1" + "]" * 201)
    # A text is no nesting of the request; it is read as it stands.
    assert EMAIL in pii.redact(jsontext.dumps(nested(500)))


@settings(max_examples=600, deadline=None)
@given(VALUES)
def test_redacting_twice_changes_nothing_more(value: Any) -> None:
    once = pii.redact(value)
    assert pii.redact(once) == once


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_a_value_kept_as_text_is_redacted_alike(value: Any) -> None:
    text = jsontext.dumps_finite(value)
    assert jsontext.loads(pii.redact_json(text)) == pii.redact(jsontext.loads(text))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(mask(text), str)
    assert isinstance(pii.redact_text(text), str)


@given(
    st.from_regex(r"weave-trace-internal:///[A-Za-z0-9=]{1,20}/(call|object|op)/[A-Za-z0-9_.@+-]{1,40}", fullmatch=True)
)
def test_refs_are_never_touched(ref: str) -> None:
    assert pii.redact({"ref": ref, "list": [ref]}) == {"ref": ref, "list": [ref]}
    assert ref in mask(f"a@example.com {ref} 555-123-4567")


@given(st.integers(1, 10**18 - 1))
def test_the_check_digit_tells_one_card_number_in_ten(number: int) -> None:
    candidates = [f"{number:018d}{digit}" for digit in range(10)]
    assert sum(is_card_number(candidate) for candidate in candidates) == 1
