from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.core.ids import new_id
from weft.domain.monitors import Monitor, OpPatterns, monitor_of, sampling_place, triggered_by, watches_turns
from weft.domain.published_classes import without_class_keys
from weft.storage.entities.objects import ObjectVersion
from weft.storage.events.call_queries import CallFilter
from weft.storage.events.query.filters import filter_conditions
from weft.storage.events.query.parameters import Parameters

PROJECT = "p1"
OWN = f"weave-trace-internal:///{PROJECT}"
SCORER = f"{OWN}/object/judge:{'a' * 43}"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def stored(val: Any, name: str = "watch", digest: str = "d" * 43) -> ObjectVersion:
    return ObjectVersion(
        PROJECT, name, digest, "object", 0, True, "Monitor", "Monitor", "user", MOMENT, None, 1, json.dumps(val)
    )


def monitor(**fields: Any) -> Monitor:
    return monitor_of(stored({"active": True, "scorers": [SCORER], **fields}))


def with_classes(value: Any) -> Any:
    """The value as an SDK publishes it."""
    if isinstance(value, dict):
        return {
            **{key: with_classes(item) for key, item in value.items()},
            "_type": "X",
            "_class_name": "X",
            "_bases": [],
        }
    return [with_classes(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(st.text(), st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_rate_only_adds_calls(name: str, call_id: str, one: float, other: float) -> None:
    place = sampling_place(name, call_id)
    assert 0 <= place < 1
    assert place == sampling_place(name, call_id)
    low, high = sorted((one, other))
    assert not place < low or place < high


# Always the same draws: a share is a matter of chance, this test is not.
@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.5, 0.9, 1.0]), st.text(min_size=1, max_size=20))
def test_the_share_is_the_rate(rate: float, name: str) -> None:
    watch = monitor_of(stored({"active": True, "scorers": [SCORER], "sampling_rate": rate}, name))
    taken = sum(watch.samples(f"call {number}") for number in range(4000))
    # Five standard deviations of a fair draw.
    assert abs(taken - 4000 * rate) <= 5 * (4000 * rate * (1 - rate)) ** 0.5


def test_a_new_version_with_the_same_rate_decides_the_same_and_another_monitor_does_not() -> None:
    ids = [new_id() for _ in range(500)]
    val = {"active": True, "scorers": [SCORER], "sampling_rate": 0.5}
    old = monitor_of(stored(val))
    new = monitor_of(stored({**val, "description": "newer", "query": None}, digest="e" * 43))
    other = monitor_of(stored(val, name="other"))
    assert [old.samples(call_id) for call_id in ids] == [new.samples(call_id) for call_id in ids]
    assert [old.samples(call_id) for call_id in ids] != [other.samples(call_id) for call_id in ids]


names = st.from_regex(r"[a-z][a-z_.-]{0,6}", fullmatch=True)
digests = st.from_regex(r"[a-z0-9]{3,6}", fullmatch=True)


@settings(deadline=None)
@given(names, names, digests)
def test_an_op_is_matched_by_every_spelling_of_it_and_no_other_op_is(name: str, other: str, digest: str) -> None:
    recorded = f"{OWN}/op/{name}:{digest}"
    for spelling in (name, f"{name}:*", f"{name}:{digest}", f"{OWN}/op/{name}:*", recorded):
        ops = monitor(op_names=[spelling]).ops
        assert ops.match(recorded), spelling
        assert ops.match(f"{OWN}/op/{other}:{digest}") is (other == name), spelling
        assert not ops.match(f"{OWN}/op/{name}x:{digest}"), spelling
    assert monitor(op_names=[name]).ops.match(name)
    assert not monitor(op_names=[f"{OWN}/op/{name}:zz"]).ops.match(recorded)
    assert not monitor(op_names=[f"{OWN}/op/{name}:*"]).ops.match(f"weave-trace-internal:///p2/op/{name}:{digest}")
    assert monitor(op_names=[]).ops.match(recorded)
    assert monitor().ops.match("anything")


@settings(deadline=None)
@given(st.lists(names, max_size=5), names)
def test_ops_are_matched_as_a_filter_of_calls_would(patterns: list[str], name: str) -> None:
    ops = monitor(op_names=patterns).ops
    as_filter = ops.as_filter()
    if not patterns:
        assert as_filter is None
        return
    exact = {item for item in as_filter or () if not item.endswith(":*")}
    prefixes = tuple(item.removesuffix("*") for item in as_filter or () if item.endswith(":*"))
    for op_name in (name, f"{OWN}/op/{name}:abc"):
        assert ops.match(op_name) is (op_name in exact or op_name.startswith(prefixes))
    assert filter_conditions(CallFilter(op_names=as_filter), Parameters())


def test_class_keys_are_stripped_at_every_level() -> None:
    query = {"$expr": {"$and": [{"$eq": [{"$getField": "inputs.a"}, {"$literal": 1}]}, {"$not": [{"$literal": True}]}]}}
    published = with_classes(query)
    assert without_class_keys(published) == query
    assert monitor(query=published).query == query


def test_what_cannot_be_used_is_said_in_a_sentence() -> None:
    def says(**fields: Any) -> str:
        found = monitor(**fields)
        assert not found.usable
        return " ".join(found.problems)

    assert "sampling_rate" in says(sampling_rate="half")
    assert "sampling_rate" in says(sampling_rate=1.5)
    assert "sampling_rate" in says(sampling_rate=True)
    assert "op_names" in says(op_names="talk")
    assert "op_names" in says(op_names=[1])
    assert "not on this server" in says(op_names=["weave:///a/b/op/talk:*"])
    assert "query" in says(query={"$expr": {"$eq": [{"$getField": "nonsense"}, {"$literal": 1}]}})
    assert "query" in says(query="text")
    assert "no scorer" in says(scorers=[])
    assert "no scorer" in says(scorers=[{"_class_name": "ValidJSONScorer"}])
    assert "turns of agents" in says(op_names=["weave.genai.turn_ended"])
    assert "debounce" in says(scorer_debounce_config={"aggregation_field": "trace_id", "timeout_seconds": 1})
    assert "Its scorers" not in says(scorers=None)
    assert not monitor_of(stored([1])).usable
    assert not monitor_of(stored({"active": "yes"})).active


def test_scorers_of_other_projects_are_refused_and_the_others_asked() -> None:
    found = monitor(scorers=[SCORER, f"weave-trace-internal:///p2/object/judge:{'a' * 43}", 7])
    assert found.usable
    assert found.scorer_refs == (SCORER,)
    assert len(found.refused) == 2
    assert "another project" in found.refused[0]


def test_any_version_of_a_monitor_is_the_monitor() -> None:
    watch = monitor()
    assert triggered_by(watch, f"{OWN}/object/watch:{'z' * 43}")
    assert not triggered_by(watch, f"{OWN}/object/watch2:{'d' * 43}")
    assert not triggered_by(watch, "")


def test_only_turns_means_no_calls() -> None:
    assert watches_turns(["weave.genai.turn_ended"])
    assert not watches_turns(["weave.genai.turn_ended", "talk"])
    assert not watches_turns([])


def test_no_patterns_are_every_op() -> None:
    assert OpPatterns().any
    assert OpPatterns().match("x")
