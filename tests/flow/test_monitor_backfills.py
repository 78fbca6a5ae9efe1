"""Back-fills: past calls are scored as if the monitor had been there, once each, also when it is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.monitor_objects import Watched, equals
from tests.scoring_fixtures import client, drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, builtin_scorer
from weft.core.ids import new_id
from weft.domain import monitor_backfills
from weft.domain.monitors import sampling_place
from weft.scoring import monitor_backfill
from weft.scoring.monitor_backfill import BackfillAttempt
from weft.scoring.retry import HasToWait
from weft.services import Services
from weft.storage.entities.ledger_tables import TaskFilter

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
JSON = "ValidJSONScorer"


@pytest.fixture
def watched(client: ScoringClient, scoring_services: Services) -> Watched:
    return Watched(client, scoring_services)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor_backfills, "PAGE", 7)


def _past(client: ScoringClient, count: int, **fields: Any) -> list[str]:
    """Calls, many of which started at the same moment."""
    calls = [
        {**client.ended_call({"n": number % 3}, "{}"), "started_at": f"2026-01-01T00:00:{number // 5:02}Z", **fields}
        for number in range(count)
    ]
    return client.complete([{**call, "ended_at": "2026-01-01T01:00:00Z"} for call in calls])


def _backfill(client: ScoringClient, **body: Any) -> dict[str, Any]:
    asked = {"project_id": client.project, "monitor_ref": "watch", **body}
    return dict(client.post("/weft/v1/monitors/backfill", asked))


def _now(client: ScoringClient, made: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/weft/v1/monitors/backfills/{made['id']}"))


@pytest.mark.usefixtures("small_pages")
def test_every_past_call_is_scored_once(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    past = _past(client, 33)
    scorer = client.publish(JSON, builtin_scorer(JSON))
    monitor = watched.publish("watch", [scorer])
    watched.end(past[0], past[20])
    made = _backfill(client)
    drain()
    assert watched.asked() - {("", "", monitor)} == {(call, scorer, monitor) for call in past}
    assert len(client.feedback()) == 33
    done = _now(client, made)
    assert (done["state"], done["done"], done["total"], done["walked"]) == ("done", True, 33, 33)
    assert (done["chosen"], done["queued"], done["scores"]) == (33, 31, {"scored": 33})
    again = _backfill(client)
    drain()
    assert _now(client, again)["queued"] == 0
    # The scores of before are calls as well, and none of the monitor's business.
    assert _now(client, again)["excluded"] == 33
    assert len(client.feedback()) == 33


@pytest.mark.usefixtures("small_pages")
def test_what_is_chosen_is_what_would_have_been_chosen_then(
    watched: Watched, client: ScoringClient, drain: Drain
) -> None:
    past = _past(client, 30, op_name="talk")
    _past(client, 10, op_name="walk")
    scorer = client.publish(JSON, builtin_scorer(JSON))
    query = {"$expr": equals("inputs.n", 1)}
    watched.publish("watch", [scorer], op_names=["talk"], sampling_rate=0.5, query=query)
    expected = {call for number, call in enumerate(past) if number % 3 == 1 and sampling_place("watch", call) < 0.5}
    made = _backfill(client, dry_run=True)
    drain()
    dry = _now(client, made)
    assert (dry["total"], dry["walked"], dry["chosen"], dry["queued"]) == (10, 10, len(expected), 0)
    assert dry["not_sampled"] == 10 - len(expected)
    assert [task["kind"] for task in client.tasks()] == ["monitor_backfill"]
    _backfill(client)
    drain()
    assert {row["weave_ref"].rpartition("/")[2] for row in client.feedback()} == expected


@pytest.mark.usefixtures("small_pages")
def test_only_calls_of_the_time_asked_for(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    past = _past(client, 30)
    watched.publish("watch", [client.publish(JSON, builtin_scorer(JSON))])
    start = {"project_id": client.project, "id": new_id(), "trace_id": new_id(), "op_name": "predict", "inputs": {}}
    client.post("/call/start", {"start": {**start, "started_at": "2026-01-01T00:00:01Z", "attributes": {}}})
    _backfill(client, start="2026-01-01T00:00:01Z", end="2026-01-01T00:00:03+00:00")
    drain()
    assert {row["weave_ref"].rpartition("/")[2] for row in client.feedback()} == set(past[5:15])


@pytest.mark.usefixtures("small_pages")
def test_it_goes_on_where_it_was_when_it_is_interrupted_anywhere(
    watched: Watched, client: ScoringClient, drain: Drain, scoring_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = _past(client, 40)
    scorer = client.publish(JSON, builtin_scorer(JSON))
    monitor = watched.publish("watch", [scorer])
    made = _backfill(client)
    stores = scoring_services.stores
    (walk,) = stores.ledger.tasks(TaskFilter(job_id=made["id"]), 1)
    # Pages end in the middle of calls that started together; one is done twice, as after a kill between two writes.
    monkeypatch.setattr(monitor_backfill, "_SECONDS_AT_ONCE", -1.0)
    for _ in range(3):
        with pytest.raises(HasToWait, match="walked"):
            BackfillAttempt(stores, scoring_services.settings, walk).run()
    before = stores.monitor_backfills.by_ids([made["id"]])[made["id"]]
    assert before.counts["walked"] == 21
    monkeypatch.setattr(stores.monitor_backfills, "advance", lambda *_: _cut_off())
    with pytest.raises(_CutOffError):
        BackfillAttempt(stores, scoring_services.settings, walk).run()
    monkeypatch.undo()
    drain()
    assert watched.asked() - {("", "", monitor)} == {(call, scorer, monitor) for call in past}
    done = _now(client, made)
    assert (done["state"], done["walked"], done["chosen"]) == ("done", 40, 40)
    assert len(client.feedback()) == 40


def test_it_holds_back_while_many_of_its_scores_are_open(
    watched: Watched, client: ScoringClient, scoring_services: Services, monkeypatch: pytest.MonkeyPatch, drain: Drain
) -> None:
    monkeypatch.setattr(monitor_backfills, "PAGE", 5)
    monkeypatch.setattr(monitor_backfill, "MOST_OPEN", 11)
    _past(client, 40)
    watched.publish("watch", [client.publish(JSON, builtin_scorer(JSON))])
    made = _backfill(client)
    stores = scoring_services.stores
    (walk,) = stores.ledger.tasks(TaskFilter(job_id=made["id"]), 1)
    with pytest.raises(HasToWait, match="under way"):
        BackfillAttempt(stores, scoring_services.settings, walk).run()
    assert len(client.tasks(kind="score")) == 10
    drain()
    assert len(client.feedback()) == 40


def test_a_cancelled_one_walks_no_further(watched: Watched, client: ScoringClient, drain: Drain) -> None:
    _past(client, 5)
    watched.publish("watch", [client.publish(JSON, builtin_scorer(JSON))])
    made = _backfill(client)
    client.post(f"/weft/v1/monitors/backfills/{made['id']}/cancel", {})
    drain()
    ended = _now(client, made)
    assert (ended["state"], ended["done"], ended["walked"]) == ("cancelled", True, 0)
    assert client.feedback() == []


def test_one_that_cannot_be_done_says_why(
    watched: Watched, client: ScoringClient, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = None
    scorer = client.publish(JSON, builtin_scorer(JSON))
    watched.publish("watch", [scorer])
    made = _backfill(client)
    monkeypatch.setattr(monitor_backfill, "triggering_monitor", lambda *_: None)
    drain()
    failed = _now(client, made)
    assert (failed["state"], failed["done"]) == ("failed", True)
    assert "does not exist" in failed["reason"]
    monkeypatch.undo()
    assert client.post(f"/weft/v1/scoring/jobs/{made['id']}/retry", {})["retried"] == 1
    drain()
    assert _now(client, made)["state"] == "done"


class _CutOffError(Exception):
    """The process ends here."""


def _cut_off() -> bool:
    raise _CutOffError
