"""Selecting, counting, sorting and walking calls on the real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from weft.core.errors import InvalidField, InvalidRequest, TooLarge
from weft.core.ids import new_id
from weft.core.refs import CallRef
from weft.storage.events.call_changes import Call, DeleteCall, EndCall, PutCall
from weft.storage.events.call_queries import CallFilter, CallQueries, CallSelection
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback import Feedback, FeedbackStore

START = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """One project with a writer and a reader."""

    def __init__(self, engine: EventsEngine) -> None:
        self.project_id = new_id()
        self.calls = CallStore(engine)
        self.feedback = FeedbackStore(engine)
        self.queries = CallQueries(engine)

    def put(self, call_id: str, second: int = 0, **columns: Any) -> None:
        for name in ("inputs", "output", "summary"):
            if name in columns:
                columns[name] = json.dumps(columns[name])
        started_at = START + timedelta(seconds=second)
        defaults: dict[str, Any] = {"trace_id": f"trace-{call_id}", "op_name": "op", "started_at": started_at}
        self.calls.apply([PutCall(Call(project_id=self.project_id, id=call_id, **{**defaults, **columns}))])

    def say(self, call_id: str, kind: str, payload: dict[str, Any]) -> None:
        ref = CallRef(self.project_id, call_id).uri()
        self.feedback.put([Feedback(self.project_id, new_id(), ref, kind, payload, created_at=START)])

    def ids(self, expression: dict[str, Any] | None = None, **selection: Any) -> list[str]:
        query = {"$expr": expression} if expression else None
        return [call.id for call in self.queries.select(CallSelection(self.project_id, query=query, **selection))]


@pytest.fixture
def world(events_engine: EventsEngine) -> Iterator[World]:
    built = World(events_engine)
    yield built
    built.calls.close()
    built.feedback.close()


def get(path: str) -> dict[str, Any]:
    return {"$getField": path}


def eq(path: str, value: Any) -> dict[str, Any]:
    return {"$eq": [get(path), {"$literal": value}]}


def test_only_the_newest_version_of_visible_calls_is_selected(world: World) -> None:
    world.put("a", inputs={"v": 1})
    world.put("a", inputs={"v": 2})
    world.put("b")
    world.calls.apply([DeleteCall(world.project_id, "b")])
    world.calls.apply([EndCall(world.project_id, "orphan", START)])
    assert world.ids() == ["a"]
    assert world.ids(eq("inputs.v", 1)) == []
    assert world.ids(eq("inputs.v", 2)) == ["a"]
    assert world.queries.count(CallSelection(world.project_id)) == 1


def test_an_older_version_with_a_long_text_is_not_found(world: World) -> None:
    world.put("a", inputs={"v": "x" * 400})
    world.put("a", inputs={"v": "y" * 400})
    assert world.ids(eq("inputs.v", "x" * 400)) == []
    assert world.ids(eq("inputs.v", "y" * 400)) == ["a"]


def test_a_call_that_moved_in_time_shows_once(world: World) -> None:
    world.put("a", second=0)
    world.put("b", second=1)
    world.put("a", second=2)
    assert world.ids() == ["b", "a"]
    assert world.ids(filter=CallFilter(call_ids=["a"])) == ["a"]


def test_filter_fields_are_anded_and_values_ored(world: World) -> None:
    world.put("a", 0, op_name="weave-trace-internal:///p/op/na_me:v1", thread_id="t", input_refs=["r/object/x:1"])
    world.put("b", 1, op_name="weave-trace-internal:///p/op/nagme:v1", parent_id="a", wb_run_id="e/p/r")
    world.put("c", 2, op_name="plain", trace_id="trace-a", output_refs=["r/object/x:2"], turn_id="u")
    assert world.ids(filter=CallFilter(op_names=["weave-trace-internal:///p/op/na_me:*", "plain"])) == ["a", "c"]
    assert world.ids(filter=CallFilter(op_names=["plain"], trace_ids=["trace-a"])) == ["c"]
    assert world.ids(filter=CallFilter(input_refs=["r/object/x:*"])) == ["a"]
    assert world.ids(filter=CallFilter(output_refs=["r/object/x:2", "other"])) == ["c"]
    assert world.ids(filter=CallFilter(output_refs=["r/object/x:1"])) == []
    assert world.ids(filter=CallFilter(parent_ids=["a"])) == ["b"]
    assert world.ids(filter=CallFilter(wb_run_ids=["e/p/r"])) == ["b"]
    assert world.ids(filter=CallFilter(trace_roots_only=True)) == ["a", "c"]
    assert world.ids(filter=CallFilter(thread_ids=["t"])) == ["a"]
    assert world.ids(filter=CallFilter(turn_ids=["u"])) == ["c"]


def test_empty_lists_filter_nothing_except_for_threads_and_turns(world: World) -> None:
    world.put("a")
    assert world.ids(filter=CallFilter(op_names=[], call_ids=[])) == ["a"]
    assert world.ids(filter=CallFilter(turn_ids=[])) == ["a"]
    assert world.ids(filter=CallFilter(turn_ids=[], op_names=["op"])) == []
    assert world.ids(filter=CallFilter(thread_ids=[])) == []


def test_more_than_a_thousand_values_are_refused_except_for_users(world: World) -> None:
    world.put("a", wb_user_id="7")
    many = [str(number) for number in range(1001)]
    assert world.ids(filter=CallFilter(wb_user_ids=many)) == ["a"]
    with pytest.raises(InvalidRequest):
        world.ids(filter=CallFilter(call_ids=many))


def test_sort_puts_numbers_before_texts_and_missing_values_last(world: World) -> None:
    for second, (call_id, value) in enumerate(
        {"none": None, "ten": 10, "two": "2", "word": "b", "long": "a" * 300}.items()
    ):
        world.put(call_id, second, inputs={"v": value})
    assert world.ids(sort=[("inputs.v", "asc")]) == ["two", "ten", "long", "word", "none"]
    assert world.ids(sort=[("inputs.v", "desc")]) == ["ten", "two", "word", "long", "none"]
    assert world.ids(sort=[("inputs.v", "asc")], limit=2, offset=1) == ["ten", "long"]
    assert world.ids(sort=[("started_at", "desc")])[0] == "long"


def test_pages_are_stable_when_the_sort_key_ties(world: World) -> None:
    for number in range(30):
        world.put(f"{number:02}", 0)
    pages = [world.ids(sort=[("op_name", "asc")], limit=7, offset=offset) for offset in range(0, 35, 7)]
    assert sorted(call_id for page in pages for call_id in page) == [f"{number:02}" for number in range(30)]


@pytest.mark.parametrize("field", ["nope", "storage_size_bytes", "inputs.-1", "summary.weave.x", "feedback.x.payload"])
def test_unknown_fields_are_refused(world: World, field: str) -> None:
    with pytest.raises(InvalidField):
        world.ids(eq(field, 1))
    with pytest.raises(InvalidField):
        world.ids(sort=[(field, "asc")])


def test_bounds(world: World) -> None:
    world.put("a")
    assert world.ids(limit=0) == []
    assert world.ids(limit=10**30) == ["a"]
    assert world.ids(offset=10**30) == []
    for bad in ({"limit": -1}, {"offset": -1}):
        with pytest.raises(InvalidRequest):
            world.ids(**bad)


def test_a_query_that_is_too_deep_or_too_long_is_refused(world: World) -> None:
    deep = eq("id", "a")
    for _ in range(5000):
        deep = {"$not": [deep]}
    with pytest.raises(TooLarge):
        world.ids(deep)
    with pytest.raises(TooLarge):
        world.ids({"$or": [eq("id", "a")] * 10_000})


def test_a_hundred_levels_and_a_thousand_conditions_are_answered(world: World) -> None:
    world.put("a", inputs={"v": 999})
    deep = eq("id", "a")
    for _ in range(100):
        deep = {"$not": [deep]}
    assert world.ids(deep) == ["a"]
    assert world.ids({"$or": [eq("inputs.v", number) for number in range(1000)]}) == ["a"]
    assert world.ids({"$in": [get("inputs.v"), [{"$literal": number} for number in range(4000)]]}) == ["a"]


def test_running_calls_never_match_a_bound_on_ended_at(world: World) -> None:
    world.put("running")
    world.put("ended", 1, ended_at=START)
    assert world.ids({"$lt": [get("ended_at"), {"$literal": "2027-01-01"}]}) == ["ended"]
    assert world.ids(eq("ended_at", None)) == ["running"]


def test_feedback_conditions_are_judged_per_call(world: World) -> None:
    for second, call_id in enumerate("abc"):
        world.put(call_id, second)
    world.say("a", "wandb.runnable.x", {"output": {"score": 0.9}})
    world.say("a", "wandb.runnable.y", {"output": 1})
    world.say("a", "wandb.reaction.1", {"emoji": "👍"})
    world.say("a", "wandb.reaction.1", {"emoji": "👎"})
    world.say("b", "wandb.runnable.x", {"output": {"score": 0.1}})
    score, other = "feedback.[wandb.runnable.x].payload.output.score", "feedback.[wandb.runnable.y].payload.output"
    high = {"$gt": [get(score), {"$literal": 0.5}]}
    assert world.ids(high) == ["a"]
    assert world.ids({"$not": [high]}) == ["b"]
    assert world.ids({"$and": [high, eq(other, 1)]}) == ["a"]
    assert world.ids({"$not": [eq(score, "")]}) == ["a", "b"]
    assert world.ids(eq(score, "")) == ["c"]
    assert world.ids(eq("feedback.[wandb.reaction.1].payload.emoji", "👍")) == ["a"]
    assert world.ids({"$not": [eq("feedback.[wandb.reaction.1].payload.emoji", "👍")]}) == ["b", "c"]
    assert world.ids(eq("feedback.[wandb.reaction.1].payload.emoji", None)) == ["b", "c"]
    assert world.ids(eq("feedback.[*].payload.emoji", "👎")) == ["a"]
    assert world.ids(sort=[(score, "asc")]) == ["b", "a", "c"]
    assert world.ids(eq("inputs.q", ""), sort=[(score, "desc")]) == ["a", "b", "c"]


def test_queue_membership_counts_only_where_it_is_honoured(world: World) -> None:
    world.put("a")
    world.put("b", 1)
    member = eq("annotation_queue_items.queue_id", "q")
    queues = {"q": ["b"]}
    assert world.ids(member, queue_members=queues) == ["b"]
    assert world.ids({"$and": [member, eq("id", "b")]}, queue_members=queues) == ["b"]
    assert world.ids({"$or": [member, member]}, queue_members=queues) == []
    assert world.ids(member) == []


def test_descendants_are_found_at_any_depth_and_number(world: World) -> None:
    world.put("root", trace_id="t")
    for number in range(30):
        world.put(f"level-{number}", number, trace_id="t", parent_id=f"level-{number - 1}" if number else "root")
    world.put("other", trace_id="t")
    assert world.queries.descendants(world.project_id, ["root"]) == {f"level-{number}" for number in range(30)}
    assert world.queries.descendants(world.project_id, ["level-28", "unknown"]) == {"level-29"}


def test_sizes_count_payload_bytes(world: World) -> None:
    world.put("root", trace_id="t", inputs={"a": "é"})
    world.put("child", 1, trace_id="t", parent_id="root")
    rows = next(world.queries.rows(CallSelection(world.project_id), size=True))
    own = len('{"a": "\\u00e9"}') + len("null") + len("{}") * 2
    assert rows[0]["size"] == own
    whole = own + len("null") + len("{}") * 3
    assert world.queries.trace_sizes(world.project_id, ["t"]) == {"t": whole}
    assert world.queries.total_size(CallSelection(world.project_id)) == whole


@pytest.mark.parametrize(("count", "size", "longest"), [(4100, 10, 2000), (900, 20_000, 250), (24, 1_000_000, 5)])
def test_a_long_list_is_read_in_chunks_of_few_megabytes(world: World, count: int, size: int, longest: int) -> None:
    text = f'{{"x":"{"y" * size}"}}'
    calls = [
        Call(world.project_id, f"{number:04}", started_at=START + timedelta(seconds=number), inputs=text)
        for number in range(count)
    ]
    world.calls.apply([PutCall(call) for call in calls])
    chunks = list(world.queries.rows(CallSelection(world.project_id, columns=["op_name"])))
    assert len(chunks) > 2
    assert max(map(len, chunks)) <= longest
    assert [row["id"] for chunk in chunks for row in chunk] == [call.id for call in calls]


def test_short_pages_are_right_among_many_outdated_versions(world: World) -> None:
    for _ in range(4):
        for number in range(12):
            world.put(f"{number:02}", number, inputs={"n": number % 2})
    world.calls.apply([DeleteCall(world.project_id, f"{number:02}") for number in range(3)])
    world.put("05", 100, inputs={"n": 0})
    alive = ["03", "04", "06", "07", "08", "09", "10", "11", "05"]
    for limit in range(1, 11):
        assert world.ids(limit=limit) == alive[:limit]
        assert world.ids(limit=limit, sort=[("started_at", "desc")]) == alive[::-1][:limit]
        assert world.ids(eq("inputs.n", 0), limit=limit) == ["04", "06", "08", "10", "05"][:limit]
        assert world.ids(eq("inputs.n", 1), limit=limit) == ["03", "07", "09", "11"][:limit]
        assert world.ids(filter=CallFilter(op_names=["op"]), limit=limit) == alive[:limit]


def test_few_columns_can_be_selected_in_every_way_of_reading(world: World) -> None:
    world.put("a", inputs={"v": 1}, thread_id="t")
    for selection in ({}, {"limit": 5}, {"limit": 5, "offset": 0, "sort": [("inputs.v", "asc")]}):
        chosen = CallSelection(world.project_id, columns=["thread_id"], **selection)
        (call,) = world.queries.select(chosen)
        assert (call.id, call.thread_id, call.inputs) == ("a", "t", "{}")
