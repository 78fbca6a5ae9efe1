"""Refs parse into their parts and back, whatever the parts hold; anything else is refused, never misread."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import InvalidRequest
from weft.core.refs import (
    INTERNAL,
    AgentRef,
    CallRef,
    Edge,
    ObjectRef,
    OpRef,
    Ref,
    TableRef,
    find_refs,
    parse_ref,
    try_parse_ref,
)

encodable = st.characters(exclude_categories=["Cs"])
segments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/:"), min_size=1)
edges = st.builds(Edge, st.sampled_from(["attr", "key", "index", "id"]), st.text(encodable, min_size=1))
objects = st.builds(ObjectRef, segments, names, names, st.lists(edges, max_size=4).map(tuple))
ops = st.builds(OpRef, segments, names, names, st.lists(edges, max_size=4).map(tuple))
agents = st.builds(
    AgentRef,
    segments,
    st.sampled_from(["agent_turn", "agent_span", "agent_conversation"]),
    st.text(encodable, min_size=1),
)
refs = objects | ops | agents | st.builds(TableRef, segments, segments) | st.builds(CallRef, segments, segments)
documents = st.recursive(
    st.none() | st.integers() | st.text() | refs.map(lambda ref: ref.uri()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(refs)
def test_a_ref_survives_its_uri(ref: Ref) -> None:
    assert parse_ref(ref.uri()) == ref
    assert type(parse_ref(ref.uri())) is type(ref)
    assert parse_ref(ref.uri() + "/") == ref


@given(refs)
def test_a_ref_is_found_wherever_it_is(ref: Ref) -> None:
    uri = ref.uri()
    assert find_refs({"a": [uri, {"b": uri}], "c": f"see {uri}"}) == [uri]


@given(st.text())
def test_any_text_is_either_refused_or_parsed_completely(text: str) -> None:
    for candidate in (text, INTERNAL + text, f"{INTERNAL}p/object/{text}", f"{INTERNAL}p/{text}/x"):
        ref = try_parse_ref(candidate)
        if ref is None:
            with pytest.raises(InvalidRequest):
                parse_ref(candidate)


@given(documents)
def test_found_refs_are_refs_without_repeats(document: Any) -> None:
    found = find_refs(document)
    assert len(found) == len(set(found))
    assert all(parse_ref(uri).uri() == uri for uri in found)


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "p",
        "p/",
        "p/object",
        "p/object/",
        "p/object/name",
        "p/object/name:",
        "p/object/:v",
        "p/object/a:b:c",
        "p/object/n:v/attr",
        "p/object/n:v/nonsense/x",
        "p/table/a/b",
        "p/agent_turn/a/b",
        "p/other/x",
        "/object/n:v",
    ],
)
def test_half_refs_are_refused(tail: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_ref(INTERNAL + tail)
