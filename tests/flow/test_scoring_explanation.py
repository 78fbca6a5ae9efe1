"""Why a call was scored or was not: for each reason there is, the sentence that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.monitor_objects import Watched, equals
from tests.scoring_fixtures import client, drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, builtin_scorer
from weft.core.clock import iso, now
from weft.core.ids import new_id
from weft.domain.monitors import sampling_place
from weft.services import Services

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
JSON = "ValidJSONScorer"


@pytest.fixture
def watched(client: ScoringClient, scoring_services: Services) -> Watched:
    return Watched(client, scoring_services)


@pytest.fixture
def scorer(client: ScoringClient) -> str:
    return client.publish(JSON, builtin_scorer(JSON))


def _explained(client: ScoringClient, call_id: str, **query: Any) -> dict[str, Any]:
    return dict(client.get("/weft/v1/scoring/explain", project_id=client.project, call_id=call_id, **query))


def _only(client: ScoringClient, call_id: str) -> dict[str, Any]:
    (monitor,) = _explained(client, call_id)["monitors"]
    return dict(monitor)


def _fails(monitor: dict[str, Any]) -> list[str]:
    return [check["check"] for check in monitor["checks"] if check["passed"] is False]


def _call(client: ScoringClient, inputs: dict[str, Any] | None = None, **fields: Any) -> str:
    return client.complete([{**client.ended_call(inputs or {}, "{}"), "ended_at": iso(now()), **fields}])[0]


def test_a_scored_call_names_its_feedback(watched: Watched, client: ScoringClient, scorer: str, drain: Drain) -> None:
    monitor = watched.publish("watch", [scorer], op_names=["predict"])
    call = _call(client)
    waiting = _only(client, call)
    assert "waits to be looked at" in waiting["says"]
    assert _fails(waiting) == []
    watched.end(call)
    assert "has not begun yet" in _only(client, call)["says"]
    drain()
    told = _explained(client, call)
    (feedback,) = client.feedback()
    (explained,) = told["monitors"]
    assert (explained["asked"], explained["ref"]) == (True, monitor)
    assert feedback["id"] in explained["says"]
    (score,) = explained["scores"]
    assert (score["task"]["state"], score["task"]["feedback_id"]) == ("scored", feedback["id"])
    assert "1 score given" in told["says"]
    assert all(check["passed"] for check in explained["checks"])


def test_a_failed_score_tells_its_reason(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    broken = client.publish("broken", builtin_scorer(JSON, column_map={"nope": "x"}))
    watched.publish("watch", [broken])
    call = _call(client)
    watched.end(call)
    drain()
    assert "broken failed after 1 of 3 tries: column_map names 'nope'" in _only(client, call)["says"]


def test_each_question_that_fails_is_told(watched: Watched, client: ScoringClient, scorer: str) -> None:
    query = {"$expr": {"$and": [equals("inputs.a", 1), {"$and": [equals("inputs.b", 2), equals("inputs.c", 3)]}]}}
    watched.publish("off", [scorer], active=False)
    watched.publish("ops", [scorer], op_names=["talk"])
    watched.publish("queries", [scorer], query=query)
    watched.publish("rates", [scorer], sampling_rate=0)
    watched.publish("broken", [])
    watched.publish("turns", [scorer], op_names=["weave.genai.turn_ended"])
    watched.publish("debounced", [scorer], scorer_debounce_config={"timeout_seconds": 3})
    call = _call(client, {"a": 1, "b": 0, "c": 3})
    watched.end(call)
    told = _explained(client, call)
    monitors = {monitor["name"]: monitor for monitor in told["monitors"]}
    assert "none of 7 monitors" in told["says"]
    assert _fails(monitors["off"]) == ["active"]
    assert _fails(monitors["ops"]) == ["op"]
    assert '"predict"; it wants "talk"' in monitors["ops"]["says"]
    assert _fails(monitors["queries"]) == ["query"]
    assert "inputs.b" in monitors["queries"]["says"]
    assert "inputs.a" not in monitors["queries"]["says"]
    assert "inputs.c" not in monitors["queries"]["says"]
    assert _fails(monitors["rates"]) == ["sample"]
    assert f"{sampling_place('rates', call):.6f}" in monitors["rates"]["says"]
    assert monitors["rates"]["place"] == sampling_place("rates", call)
    assert "no scorer" in monitors["broken"]["says"]
    assert "turns of agents" in monitors["turns"]["says"]
    assert "debounce" in monitors["debounced"]["says"]


def test_refs_are_told_as_clients_know_them(watched: Watched, client: ScoringClient, scorer: str) -> None:
    op = f"weave:///{client.project}/op/talk"
    query = {"$expr": equals("inputs.ref", f"{op}:abc")}
    watched.publish("ops", [scorer], op_names=[f"{op}:*"])
    watched.publish("queries", [scorer], query=query)
    call = _call(client, {"ref": "x"}, op_name=f"weave:///{client.project}/op/walk:abc")
    answer = client.client.get("/weft/v1/scoring/explain", params={"project_id": client.project, "call_id": call})
    assert "weave-trace-internal" not in answer.text
    ops, queries = answer.json()["monitors"]
    assert f'"weave:///{client.project}/op/walk:abc"; it wants "{op}:*"' in ops["says"]
    assert f"{op}:abc" in queries["says"]


def test_calls_that_are_open_deleted_or_a_scorer_s_are_told(
    watched: Watched, client: ScoringClient, scorer: str, drain: Drain
) -> None:
    watched.publish("watch", [scorer])
    opened = new_id()
    start = {"project_id": client.project, "id": opened, "trace_id": new_id(), "op_name": "predict", "inputs": {}}
    client.post("/call/start", {"start": {**start, "started_at": iso(now()), "attributes": {}}})
    assert "has not ended" in _only(client, opened)["says"]
    deleted = _call(client)
    client.post("/calls/delete", {"project_id": client.project, "call_ids": [deleted]})
    assert "was deleted" in _only(client, deleted)["says"]
    call = _call(client)
    watched.end(call)
    drain()
    (task,) = client.tasks(kind="score")
    told = _explained(client, task["score_call_id"])
    assert "scorer" in told["call"]["excluded"]
    assert "Never scored" in told["monitors"][0]["says"]
    inner = _call(client, parent_id=task["score_call_id"])
    assert task["score_call_id"] in _explained(client, inner)["call"]["excluded"]


def test_a_call_from_before_the_monitor_is_a_matter_of_a_backfill(
    watched: Watched, client: ScoringClient, scorer: str
) -> None:
    call = client.call({}, "{}")
    watched.publish("watch", [scorer])
    explained = _only(client, call)
    assert _fails(explained) == ["time"]
    assert "back-fill" in explained["says"]


def test_a_call_nobody_looked_at_is_a_matter_of_a_backfill_too(
    watched: Watched, client: ScoringClient, scorer: str, scoring_services: Services
) -> None:
    watched.publish("watch", [scorer])
    call = _call(client)
    feed = scoring_services.stores.ended_calls
    feed.done([row.id for row in feed.take(10_000, now(), now())])
    assert "a back-fill scores it" in _only(client, call)["says"]


def test_scores_asked_for_by_name_and_by_monitors_that_are_gone_are_told(
    watched: Watched, client: ScoringClient, scorer: str, drain: Drain
) -> None:
    watched.publish("gone", [scorer])
    call = _call(client)
    watched.end(call)
    client.score([call], [scorer])
    client.post("/obj/delete", {"project_id": client.project, "object_id": "gone", "digests": None})
    drain()
    told = _explained(client, call)
    assert told["monitors"] == []
    assert len(told["requested"]) == 2
    assert "2 scores asked for: 2 scores given" in told["says"]
    assert len(_explained(client, call, monitor="gone")["requested"]) == 1


def test_one_monitor_or_scorer_can_be_asked_about(
    watched: Watched, client: ScoringClient, scorer: str, drain: Drain
) -> None:
    xml = client.publish("ValidXMLScorer", builtin_scorer("ValidXMLScorer"))
    one, two = watched.publish("one", [scorer]), watched.publish("two", [xml])
    call = _call(client)
    watched.end(call)
    drain()

    def names(**query: Any) -> list[str]:
        return [monitor["name"] for monitor in _explained(client, call, **query)["monitors"]]

    assert names() == ["one", "two"]
    assert names(monitor="two") == names(monitor=two) == ["two"]
    assert names(scorer_ref=scorer) == names(scorer_ref=JSON) == ["one"]
    assert names(monitor=one, scorer_ref=xml) == []


def test_an_older_version_that_asked_is_told(watched: Watched, client: ScoringClient, scorer: str) -> None:
    watched.publish("watch", [scorer])
    call = _call(client)
    watched.end(call)
    watched.publish("watch", [scorer], description="newer")
    assert "in an older version" in _only(client, call)["says"]
