"""What a remote scorer is sent and may answer, without sending it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.scoring.retry import CannotWork
from weft.scoring.scorers.remote_wire import Told, idempotency_key, read_answer, request_of
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import Call

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REF = "weave-trace-internal:///p/object"
TASK = Task("p", "c", f"{REF}/far:s1", "u", AT, 3, trigger_ref=f"{REF}/watch:m1", id="t")
TOLD = Told("team/project", "watch", "m1", "far", f"{REF}/far:s1", external={"p": "team/project"}.get)
CALL = Call("p", "c", started_at=AT, ended_at=AT, inputs='{"x": 1}', output='"o"')


def _answer(result: Any, **more: Any) -> bytes:
    return json.dumps({"schema_version": 1, "result": result, **more}).encode()


def _body(call: Call, told: Told = TOLD) -> Any:
    return json.loads(request_of(TASK, call, told)[1])


def test_absent_values_are_left_out_and_those_of_the_call_itself_are_not() -> None:
    body = _body(replace(CALL, inputs='{"x": null}', output="null", ended_at=None))
    assert body["original_call"] == {
        "project_id": "team/project", "call_id": "c", "inputs": {"x": None}, "started_at": "2026-01-02T03:04:05.000000Z"
    }  # fmt: skip
    assert body["scorer"] == {"name": "far", "ref": "weave:///team/project/object/far:s1"}
    assert "config" in _body(CALL, replace(TOLD, config={}))["scorer"]


def test_refs_go_out_as_clients_write_them_and_those_of_other_projects_as_nothing() -> None:
    refs = f'{{"own": "{REF}/a:b", "other": "weave-trace-internal:///q/object/a:b"}}'
    assert _body(replace(CALL, inputs=refs))["original_call"]["inputs"] == {
        "own": "weave:///team/project/object/a:b",
        "other": "weave-private://///object/a:b",
    }


def test_the_key_is_of_the_call_the_monitor_version_and_the_scorer_version_and_of_nothing_else() -> None:
    again = replace(TASK, attempts=3, rounds=2, asked_at=datetime(2027, 1, 1, tzinfo=UTC), user_id="v")
    assert idempotency_key(again) == idempotency_key(TASK)
    others = [
        replace(TASK, call_id="d"),
        replace(TASK, trigger_ref=f"{REF}/watch:m2"),
        replace(TASK, scorer_ref=f"{REF}/far:s2"),
        replace(TASK, project_id="q"),
    ]
    assert len({idempotency_key(task) for task in [TASK, *others]}) == 5


@pytest.mark.parametrize(
    "result",
    [
        {"value": 0}, {"value": 1}, {"value": 0.25, "reason": None, "confidence": None}, {"value": "x" * 36}, [],
        {"scores": []}, [{"value": "a"}, {"value": 0.5}], {"scores": [{"value": "a", "confidence": 0, "more": 1}]},
    ],
)  # fmt: skip
def test_scores_are_kept_as_they_came(result: Any) -> None:
    assert read_answer(_answer(result, more=1), structured=True)[0] == result


@pytest.mark.parametrize(
    "result",
    [
        None, 1, "x", True, {}, {"value": None}, {"value": True}, {"value": 1.01}, {"value": -0.1}, {"value": ""},
        {"value": "x" * 37}, {"value": 1, "reason": 1}, {"value": 1, "confidence": 2}, {"value": 1, "confidence": True},
        {"value": float("nan")}, {"value": [1]}, [1], {"scores": {"value": 1}, "x": 1}, {"scores": None},
        [{"value": 1}, {}], [[{"value": 1}]],
    ],
)  # fmt: skip
def test_what_is_no_score_is_refused_or_kept_where_anything_is(result: Any) -> None:
    with pytest.raises(CannotWork):
        read_answer(_answer(result), structured=True)
    kept, typed = read_answer(_answer(result), structured=False)
    assert repr(kept) == repr(result)
    assert typed is None


@pytest.mark.parametrize("version", [None, 0, 2, "1", True, 1.5])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(CannotWork, match="schema_version"):
        read_answer(json.dumps({"schema_version": version, "result": {"value": 1}}).encode(), structured=False)


def test_several_numbers_have_no_names_and_are_no_rating() -> None:
    typed = read_answer(_answer([{"value": 0.1}, {"value": 0.9}, {"value": "t"}, {"value": "t"}]), structured=True)[1]
    assert typed is not None
    assert (list(typed.tags), typed.ratings) == (["t"], {})


@given(st.binary(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["value", "scores", "reason", "confidence", "x"]), inner, max_size=3
    ),
).map(_answer))  # fmt: skip
def test_no_answer_is_too_odd(content: bytes) -> None:
    for structured in (True, False):
        with suppress(CannotWork):
            read_answer(content, structured)
