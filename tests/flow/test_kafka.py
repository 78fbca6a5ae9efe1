"""Scores asked for over HTTP and by other producers, carried by a real Kafka broker to a worker."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.kafka_peer import KafkaPeer, until
from tests.live import LiveServer
from tests.scoring_objects import ScoringClient, builtin_scorer
from tests.services.kafka_broker import KafkaBroker
from weft.core.ids import new_id

GROUP = "call_scoring_worker"
PREFIX = "flow."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, kafka: KafkaBroker) -> Iterator[LiveServer]:
    live = LiveServer(
        tmp_path_factory.mktemp("kafka-flow") / "data",
        WEFT_KAFKA_BROKERS=kafka.bootstrap,
        WEFT_KAFKA_TOPIC_PREFIX=PREFIX,
        WEFT_KAFKA_PARTITIONS="4",
        WEFT_KAFKA_REPUBLISH_SECONDS="5",
    )
    live.start(120)
    yield live
    live.stop()


@pytest.fixture
def client(server: LiveServer) -> Iterator[ScoringClient]:
    with httpx.Client(base_url=server.url, auth=("api", "k" * 40), timeout=60) as http:
        yield ScoringClient(http, f"team/{new_id()[-12:]}")  # type: ignore[arg-type]


@pytest.fixture
def peer(kafka: KafkaBroker) -> KafkaPeer:
    return KafkaPeer(kafka.bootstrap, PREFIX)


def _scorer(client: ScoringClient) -> str:
    return client.publish("ValidJSONScorer", builtin_scorer("ValidJSONScorer"))


def _metric(client: ScoringClient, name: str) -> dict[str, float]:
    """The values of a metric by their labels."""
    lines = client.client.get("/metrics").text.splitlines()
    samples = (line.rpartition(" ") for line in lines if line.startswith(f"{name}{{"))
    return {labels[len(name) + 1 : -1]: float(value) for labels, _, value in samples}


def _all_scored(client: ScoringClient, count: int) -> bool:
    tasks = client.tasks(limit=10_000)
    return len(tasks) == count and all(task["state"] == "scored" for task in tasks)


def _internal(client: ScoringClient, ref: str = "") -> str:
    (info,) = client.post("/service/projects_info", {"project_ids": [client.project]})
    inside = str(info["internal_project_id"])
    return ref.replace(f"weave:///{client.project}", f"weave-trace-internal:///{inside}") if ref else inside


def test_asked_scores_travel_in_the_contract_s_messages(client: ScoringClient, peer: KafkaPeer) -> None:
    scorers = [_scorer(client), client.publish("xml", builtin_scorer("ValidXMLScorer"))]
    calls = client.complete([client.ended_call({"n": number}, "{}") for number in range(250)])
    client.score(calls, scorers)
    until(lambda: _all_scored(client, 500))
    assert len(client.feedback()) == 500

    inside = _internal(client)
    ours = peer.read("weave.score_calls", lambda found: sum(_about(inside, message) for message in found) >= 250)
    bodies = [json.loads(message.value() or b"") for message in ours if _about(inside, message)]
    assert {call_id for body in bodies for call_id in body["call_ids"]} == set(calls)
    assert all(len(body["call_ids"]) <= 100 for body in bodies)
    assert all(set(body) == {"project_id", "call_ids", "scorer_refs", "wb_user_id"} for body in bodies)
    assert {frozenset(body["scorer_refs"]) for body in bodies} == {frozenset(_internal(client, ref) for ref in scorers)}
    keys = {(message.key() or b"").decode() for message in ours if _about(inside, message)}
    assert all(key.rpartition(":")[0] == inside for key in keys)


def _about(project_id: str, message: object) -> int:
    body = json.loads(message.value())  # type: ignore[attr-defined]
    return len(body["call_ids"]) if isinstance(body, dict) and body.get("project_id") == project_id else 0


def test_another_producer_s_request_is_done_once_however_often_it_is_read(
    client: ScoringClient, peer: KafkaPeer
) -> None:
    scorer, calls = _scorer(client), [client.call({}, "{}"), client.call({}, "no json")]
    body = {
        "project_id": _internal(client),
        "call_ids": calls,
        "scorer_refs": [_internal(client, scorer)],
        "wb_user_id": "somebody",
    }
    peer.send("weave.score_calls", json.dumps(body).encode(), _internal(client))
    until(lambda: _all_scored(client, 2))
    assert {task["wb_user_id"] for task in client.tasks()} == {"somebody"}
    assert len(client.feedback()) == 2
    # The same request again is a request of its own: the same tasks, done anew, and still one score each.
    peer.send("weave.score_calls", json.dumps(body).encode(), _internal(client))
    until(lambda: [task["rounds"] for task in client.tasks()] == [2, 2] and _all_scored(client, 2))
    assert len(client.feedback()) == 2


def test_what_cannot_be_understood_is_put_aside_with_its_reason(client: ScoringClient, peer: KafkaPeer) -> None:
    scorer, call = _scorer(client), client.call({}, "{}")
    marker = new_id()
    refs = [_internal(client, scorer)]
    poison = {
        "not json": f"{marker} not json".encode(),
        "wrong shape": json.dumps({"project_id": marker, "call_ids": "x"}).encode(),
        "unknown project": json.dumps({"project_id": marker, "call_ids": [call], "scorer_refs": refs}).encode(),
        "bad ref": json.dumps(
            {"project_id": _internal(client), "call_ids": [marker], "scorer_refs": ["weave:///nowhere"]}
        ).encode(),
    }
    for value in poison.values():
        peer.send("weave.score_calls", value)
    peer.send("weave.call_ended", f"{marker} no json".encode())
    client.score([call], [scorer])
    until(lambda: _all_scored(client, 1))

    def mine(found: list[object]) -> list[object]:
        return [message for message in found if marker.encode() in message.value()]  # type: ignore[attr-defined]

    aside = mine(peer.read("weave.score_calls.dead_letter", lambda found: len(mine(list(found))) >= 4))  # type: ignore[arg-type]
    assert {message.value() for message in aside} == set(poison.values())  # type: ignore[attr-defined]
    for message in aside:
        headers = dict(message.headers())  # type: ignore[attr-defined]
        assert headers["origin-topic"] == b"weave.score_calls"
        assert headers["reason"]
        assert int(headers["origin-offset"]) >= 0
    reasons = {message.value(): dict(message.headers())["reason"].decode() for message in aside}  # type: ignore[attr-defined]
    assert "project" in reasons[poison["unknown project"]]
    assert reasons[poison["wrong shape"]].startswith("call_ids")
    ended = mine(peer.read("weave.call_ended.dead_letter", lambda found: len(mine(list(found))) >= 1))  # type: ignore[arg-type]
    assert len(ended) == 1
    counted = _metric(client, "weft_kafka_dead_letters_total")
    assert counted['topic="weave.score_calls"'] >= 4
    assert counted['topic="weave.call_ended"'] >= 1


def test_a_scrape_tells_what_waits_in_the_outbox_and_in_the_topics(client: ScoringClient) -> None:
    client.score([client.call({}, "{}")], [_scorer(client)])
    until(lambda: _all_scored(client, 1))
    # Scraped values may be some seconds old.
    until(lambda: _metric(client, "weft_outbox_pending") == {'outbox="tasks"': 0.0, 'outbox="ended_calls"': 0.0})
    until(lambda: set(_metric(client, "weft_kafka_consumer_lag").values()) == {0.0})
    topics = {"weave.score_calls", "weft.tasks", "weave.call_ended"}
    assert {f'topic="{topic}"' for topic in topics} == set(_metric(client, "weft_kafka_consumer_lag"))


def test_offsets_are_committed_when_the_work_is_done(client: ScoringClient, peer: KafkaPeer) -> None:
    client.score(client.complete([client.ended_call({}, "{}") for _ in range(20)]), [_scorer(client)])
    until(lambda: _all_scored(client, 20))
    until(lambda: all(reached == end for reached, end in peer.committed("weave.score_calls", GROUP).values()))


def test_a_monitored_call_s_end_travels_in_the_contract_s_message(client: ScoringClient, peer: KafkaPeer) -> None:
    scorer = _scorer(client)
    before = client.call({}, "{}")
    monitor = {
        "_type": "Monitor", "_class_name": "Monitor", "_bases": ["Object", "BaseModel"], "name": "m",
        "description": None, "sampling_rate": 1.0, "scorers": [scorer], "op_names": [], "query": None, "active": True,
        "is_traced": True, "scorer_debounce_config": None,
    }  # fmt: skip
    client.publish("m", monitor)
    after = client.call({}, "{}")
    (task,) = until(lambda: [task for task in client.tasks() if task["state"] == "scored"])
    assert (task["call_id"], "/object/m:" in task["trigger_ref"]) == (after, True)
    inside = _internal(client)

    def mine(found: list[object]) -> list[dict[str, object]]:
        values = [message.value() for message in found]  # type: ignore[attr-defined]
        bodies = [json.loads(value) for value in values if value.startswith(b"{")]
        return [body for body in bodies if body["project_id"] == inside]

    (body,) = mine(list(peer.read("weave.call_ended", lambda found: bool(mine(list(found))))))
    assert body["id"] == after != before
    nothing = ("output", "exception", "trace_id", "started_at", "is_eval", "wb_run_step_end")
    assert (body["summary"], [body[name] for name in nothing]) == ({}, [None] * 6)
    assert str(body["ended_at"]).startswith("2026-01-01T00:00:00")


def test_a_task_whose_message_was_lost_is_done_all_the_same(client: ScoringClient, server: LiveServer) -> None:
    scorer = _scorer(client)
    calls = client.complete([client.ended_call({}, "{}") for _ in range(40)])
    ledger = sqlite3.connect(server.data / "entities.db", timeout=60)
    until(lambda: client.client.get("/ready").json()["scoring"] == "working")
    # As if a broker had taken the messages and lost them: nobody publishes the tasks again for an hour.
    at, hour = datetime.now(UTC), timedelta(hours=1)
    ledger.execute("CREATE TRIGGER lost AFTER INSERT ON scoring_tasks BEGIN UPDATE scoring_tasks SET published_until = "
                   f"'{(at + hour).replace(tzinfo=None).isoformat(' ')}' WHERE id = NEW.id; END")  # fmt: skip
    try:
        client.score(calls, [scorer])
        until(lambda: _all_scored(client, 40))
    finally:
        ledger.execute("DROP TRIGGER lost")
        ledger.close()
