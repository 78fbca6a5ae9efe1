"""The query language over feedback, its fields and its orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from weft.core.errors import InvalidField, InvalidRequest
from weft.core.ids import new_id
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback import Feedback, FeedbackStore
from weft.storage.events.feedback_queries import FeedbackSelection, count_feedback, ids_in_query, select_feedback

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
PROJECT = new_id()


def _row(feedback_id: str, number: int, payload: dict[str, Any], **fields: Any) -> Feedback:
    row = Feedback(PROJECT, feedback_id, f"ref{number}", "custom", payload, created_at=MOMENT + timedelta(days=number))
    return replace(row, **fields)


ROWS = [
    _row("reaction", 0, {"emoji": "👍"}, feedback_type="wandb.reaction.1"),
    _row("note", 1, {"note": "hello World"}, creator="bob"),
    _row("half", 2, {"n": 1.5, "b": True, "s": "x", "l": [1, {"k": "v"}], "o": {"a.b": 3, "z": None}}),
    _row("two", 3, {"n": 2, "b": False, "s": "10", "o": {"a.b": "q"}}),
    _row("text", 4, {"n": "2", "b": 1, "big": 12345678901234567890}),
    _row(
        "scored",
        5,
        {"output": {"score": 0.5}},
        scorer_tags=["Alpha", "beta"],
        scorer_ratings={"q": 0.25, "x.y": 1.0},
        scorer_tag_reasons={"Alpha": "why"},
    ),
]
ALL = {row.id for row in ROWS}


@pytest.fixture(scope="module")
def engine(events_engine: EventsEngine) -> Iterator[EventsEngine]:
    store = FeedbackStore(events_engine)
    store.put(ROWS)
    store.put([_row("gone", 9, {"n": 2})])
    store.purge(PROJECT, ["gone"])
    yield events_engine
    store.close()


def F(path: str) -> dict[str, Any]:
    return {"$getField": path}


def L(value: Any) -> dict[str, Any]:
    return {"$literal": value}


def eq(path: str, value: Any) -> dict[str, Any]:
    return {"$eq": [F(path), L(value)]}


def contains(path: str, text: str, folded: bool = False) -> dict[str, Any]:
    return {"$contains": {"input": F(path), "substr": L(text), "case_insensitive": folded}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"$eq": [L("1"), L("1")]}, ALL),
        ({"$eq": [L("1"), L("2")]}, set()),
        (eq("id", "note"), {"note"}),
        (eq("weave_ref", "ref3"), {"two"}),
        ({"$and": [eq("feedback_type", "wandb.reaction.1"), eq("payload.emoji", "👍")]}, {"reaction"}),
        ({"$or": [eq("id", "note"), eq("id", "two")]}, {"note", "two"}),
        ({"$gte": [F("payload.n"), L(1)]}, {"half", "two", "text"}),
        ({"$gt": [F("payload.n"), L(1.5)]}, {"two", "text"}),
        ({"$lt": [L(1), F("payload.n")]}, {"half", "two", "text"}),
        (eq("payload.n", 2), {"two", "text"}),
        (eq("payload.n", 1.5), {"half"}),
        (eq("payload.big", 12345678901234567890), {"text"}),
        (eq("payload.b", True), {"half", "text"}),
        (eq("payload.b", False), {"two"}),
        (eq("payload.s", "10"), {"two"}),
        ({"$in": [F("payload.n"), [L(1.5), L(2)]]}, {"half", "two", "text"}),
        ({"$in": [F("payload.n"), [L(1), L(2)]]}, {"two", "text"}),
        ({"$in": [F("id"), [L("note"), L("nobody")]]}, {"note"}),
        ({"$not": [eq("payload.n", 2)]}, {"half"}),
        (contains("payload.note", "World"), {"note"}),
        (contains("payload.note", "world"), set()),
        (contains("payload.note", "world", folded=True), {"note"}),
        (contains("scorer_tags", "Alpha"), {"scored"}),
        (contains("scorer_tags", "Alph"), set()),
        (contains("scorer_tags", "ALPHA", folded=True), {"scored"}),
        ({"$eq": [{"$size": F("scorer_tags")}, L(2)]}, {"scored"}),
        ({"$eq": [{"$size": F("creator")}, L(3)]}, {"note"}),
        ({"$gte": [F("scorer_ratings.q"), L(0)]}, {"scored"}),
        (eq("scorer_ratings.x.y", 1), {"scored"}),
        (eq("scorer_tag_reasons.Alpha", "why"), {"scored"}),
        (eq("creator", None), ALL - {"note"}),
        (eq("payload.l.1.k", "v"), {"half"}),
        (eq("payload.o.a\\.b", 3), {"half"}),
        ({"$gt": [F("created_at"), L("2026-01-06")]}, {"text", "scored"}),
        ({"$lte": [F("created_at"), L("2026-01-02T03:04:05.678901Z")]}, {"reaction"}),
        ({"$lt": [F("created_at"), L(int(MOMENT.timestamp()) + 86_000)]}, {"reaction"}),
        ({"$gt": [{"$convert": {"input": F("payload.n"), "to": "double"}}, L(1.7)]}, {"two", "text"}),
    ],
    ids=str,
)
def test_conditions(engine: EventsEngine, expression: dict[str, Any], expected: set[str]) -> None:
    selection = FeedbackSelection(PROJECT, query={"$expr": expression})
    assert {row["id"] for row in select_feedback(engine, selection)} == expected
    assert count_feedback(engine, selection) == len(expected)


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (eq("nothing", 1), InvalidRequest),
        (eq("creator.x", 1), InvalidRequest),
        (eq("scorer_tags.0", 1), InvalidRequest),
        (eq("inputs.x", 1), InvalidRequest),
        (eq("feedback.[x].payload", 1), InvalidRequest),
        (eq("payload.l.-1", 1), InvalidField),
        ({"$and": []}, InvalidRequest),
    ],
    ids=str,
)
def test_fields_that_feedback_lacks_are_refused(
    engine: EventsEngine, expression: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        count_feedback(engine, FeedbackSelection(PROJECT, query={"$expr": expression}))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("payload.n", ["", "", "1.5", "2", "2", ""]),
        ("payload.b", ["", "", "true", "false", "1", ""]),
        ("payload.l", ["", "", '[1,{"k":"v"}]', "", "", ""]),
        ("payload.l.0", ["", "", "1", "", "", ""]),
        ("payload.o.a\\.b", ["", "", "3", "q", "", ""]),
        ("payload.o.z", [""] * 6),
        ("payload.big", ["", "", "", "", "12345678901234567890", ""]),
        ("payload.output", ["", "", "", "", "", '{"score":0.5}']),
        ("scorer_ratings.x.y", [None, None, None, None, None, 1.0]),
        ("scorer_tags", [[], [], [], [], [], ["Alpha", "beta"]]),
        ("creator", ["", "bob", "", "", "", ""]),
        ("created_at", [row.created_at for row in ROWS]),
    ],
)
def test_fields_come_under_the_names_they_were_asked_by(engine: EventsEngine, field: str, expected: list[Any]) -> None:
    rows = select_feedback(engine, FeedbackSelection(PROJECT, fields=[field]))
    assert rows == [{field: value} for value in expected]


def test_without_fields_whole_rows_come_oldest_first(engine: EventsEngine) -> None:
    rows = select_feedback(engine, FeedbackSelection(PROJECT))
    assert [Feedback(**row) for row in rows] == ROWS


@pytest.mark.parametrize(
    ("field", "direction", "expected"),
    [
        ("created_at", "desc", ["scored", "text", "two", "half", "note", "reaction"]),
        ("payload.n", "asc", ["half", "text", "two", "note", "reaction", "scored"]),
        ("payload.n", "desc", ["text", "two", "half", "note", "reaction", "scored"]),
        ("payload.s", "asc", ["two", "half", "note", "reaction", "scored", "text"]),
        ("scorer_ratings.q", "desc", ["scored", "half", "note", "reaction", "text", "two"]),
        ("creator", "asc", ["note", "half", "reaction", "scored", "text", "two"]),
    ],
)
def test_orders_put_missing_values_last(engine: EventsEngine, field: str, direction: str, expected: list[str]) -> None:
    rows = select_feedback(engine, FeedbackSelection(PROJECT, fields=["id"], sort=[(field, direction)]))
    assert [row["id"] for row in rows] == expected


def test_pages_and_counts(engine: EventsEngine) -> None:
    page = FeedbackSelection(PROJECT, fields=["id"], limit=2, offset=1)
    assert [row["id"] for row in select_feedback(engine, page)] == ["note", "half"]
    assert count_feedback(engine, page) == 6
    assert select_feedback(engine, replace(page, limit=0)) == []
    assert len(select_feedback(engine, replace(page, limit=10**30, offset=0))) == 6
    assert select_feedback(engine, replace(page, offset=10**30)) == []


@pytest.mark.parametrize(
    "selection",
    [
        FeedbackSelection(PROJECT, limit=-1),
        FeedbackSelection(PROJECT, offset=-1),
        FeedbackSelection(PROJECT, fields=["id", "count(*)"]),
        FeedbackSelection(PROJECT, fields=["nothing"], limit=0),
        FeedbackSelection(PROJECT, sort=[("nothing", "asc")]),
        FeedbackSelection(PROJECT, fields=["id; DROP TABLE feedback"]),
    ],
    ids=str,
)
def test_impossible_selections_are_refused(engine: EventsEngine, selection: FeedbackSelection) -> None:
    with pytest.raises(InvalidRequest):
        select_feedback(engine, selection)


def test_only_ids_can_be_purged() -> None:
    one = eq("id", "a")
    assert ids_in_query({"$expr": one}) == ["a"]
    assert ids_in_query({"$expr": {"$or": [one, eq("id", "b")]}}) == ["a", "b"]
    others = [
        {"$in": [F("id"), [L("a")]]},
        {"$eq": [L("a"), F("id")]},
        {"$and": [one]},
        {"$or": [one, eq("weave_ref", "b")]},
        {"$or": [{"$or": [one]}]},
        {"$or": []},
        {"$not": [one]},
        {"$gt": [F("id"), L("a")]},
        eq("id", 3),
        eq("id", None),
        {"$eq": [F("id"), F("id")]},
    ]
    for expression in others:
        with pytest.raises(InvalidRequest):
            ids_in_query({"$expr": expression})
