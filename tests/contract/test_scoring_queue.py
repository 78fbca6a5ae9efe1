"""The scoring queue of a project as people watch it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.clock import now
from weft.core.ids import new_id
from weft.services import Services
from weft.storage.entities.ledger_tables import Job, Task, Verdict, task_id


class Ground:
    """A project whose tasks are put into any state."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        self.ledger = services.stores.ledger
        self._id = services.stores.projects.ensure(*project.split("/")).id

    def asked(self, count: int, ago: timedelta = timedelta()) -> list[str]:
        """The ids of so many tasks, asked for so long ago."""
        moment = now() - ago
        tasks = [Task(self._id, new_id(), "scorer", "user", moment, 3) for _ in range(count)]
        self.ledger.add(Job(new_id(), self._id, "user", ["scorer"], moment), tasks)
        return [task_id(self._id, task.call_id, "scorer") for task in tasks]

    def ended(self, state: str, ids: list[str], ago: timedelta = timedelta()) -> None:
        """Claim the tasks and end them so long ago."""
        assert len(self.ledger.claim_named("test", ids, now(), now() + timedelta(minutes=5))) == len(ids)
        self.ledger.settle("test", [Verdict(one, state) for one in ids], now() - ago)

    def queue(self) -> Any:
        """The queue."""
        answer = self.client.get("/weft/v1/scoring/queue", params={"project_id": self.project})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def ground(app_client: TestClient, project: str) -> Ground:
    return Ground(app_client, project)


def test_nothing_was_ever_asked_for(ground: Ground) -> None:
    queue = ground.queue()
    assert set(queue["depth"].values()) == set(queue["ended"].values()) == {0}
    assert (queue["oldest_asked_at"], queue["oldest_age_seconds"], queue["eta_seconds"]) == (None, None, None)
    assert queue["per_minute"] == [0] * 30
    assert queue["throughput"]["per_minute"] == 0


def test_tasks_are_counted_by_state_and_their_age_told(ground: Ground) -> None:
    ids = [*ground.asked(3, ago=timedelta(hours=2)), *ground.asked(4)]
    assert len(ground.ledger.claim_named("test", ids[:1], now(), now() + timedelta(minutes=5))) == 1
    ground.ended("scored", ids[3:5])
    ground.ended("failed", ids[5:6])
    queue = ground.queue()
    assert queue["depth"] == {"queued": 3, "running": 1, "retrying": 0, "waiting": 0}
    assert queue["ended"] == {"scored": 2, "failed": 1, "done": 0}
    assert 7100 < queue["oldest_age_seconds"] < 9000
    assert queue["next_due_at"] is not None


def test_throughput_is_that_of_the_last_minutes(ground: Ground) -> None:
    ids = ground.asked(9)
    ground.ended("scored", ids[:4])
    ground.ended("scored", ids[4:6], ago=timedelta(minutes=10))
    ground.ended("failed", ids[6:7], ago=timedelta(hours=3))
    queue = ground.queue()
    recent = queue["throughput"]
    assert (recent["ended"], recent["scored"], recent["failed"]) == (4, 4, 0)
    assert recent["per_minute"] == pytest.approx(0.8)
    assert sum(queue["per_minute"]) == 6
    assert queue["eta_seconds"] == pytest.approx(2 / 4 * 300)


def test_a_task_tried_again_has_not_ended(ground: Ground) -> None:
    ground.ended("failed", ground.asked(1))
    assert ground.client.post("/weft/v1/scoring/retry", json={"project_id": ground.project}).json() == {"retried": 1}
    queue = ground.queue()
    assert (queue["depth"]["queued"], queue["ended"]["failed"]) == (1, 0)


def test_other_projects_do_not_count(ground: Ground, app_client: TestClient) -> None:
    Ground(app_client, f"{ground.project}-other").asked(5)
    ground.asked(1)
    assert ground.queue()["depth"]["queued"] == 1


def _ref(ground: Ground, name: str, version: str) -> str:
    return f"weave:///{ground.project}/object/{name}:{version}"


class Reasons:
    """Tasks of two scorers for two monitors whose names begin alike, some of them failed."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._inner = f"weave-trace-internal:///{ground._id}/object"
        self._put("judge:one", "watch:a", 3, "failed", "No key for 50% of it")
        self._put("judge:two", "watch:b", 2, "failed", "no KEY at all")
        self._put("other:one", "watch2:a", 1, "scored", "")
        self._put("other:one", "", 1, None, "")

    def _put(self, scorer: str, monitor: str, count: int, state: str | None, reason: str) -> None:
        ground, moment = self.ground, now()
        ref, trigger = f"{self._inner}/{scorer}", f"{self._inner}/{monitor}" if monitor else ""
        made = [Task(ground._id, new_id(), ref, "user", moment, 3, trigger) for _ in range(count)]
        ground.ledger.add(Job(new_id(), ground._id, "user", [ref], moment), made)
        ids = [task_id(ground._id, one.call_id, ref, trigger) for one in made]
        if state is not None:
            assert len(ground.ledger.claim_named("test", ids, now(), now() + timedelta(minutes=5))) == count
            ground.ledger.settle("test", [Verdict(one, state, reason) for one in ids], now())

    def get(self, path: str, **query: Any) -> Any:
        """A list of scoring tasks, or their counts."""
        asked = {"project_id": self.ground.project, **query}
        answer = self.ground.client.get(f"/weft/v1/scoring/{path}", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, **query: Any) -> int:
        """How many tasks a filter finds."""
        return len(self.get("tasks", **query)["tasks"])


def test_tasks_are_found_by_scorer_monitor_and_reason(ground: Ground) -> None:
    reasons = Reasons(ground)
    assert reasons.listed() == 7
    assert reasons.listed(scorer_ref=_ref(ground, "judge", "one")) == 3
    assert reasons.listed(scorer_ref=_ref(ground, "judge", "*")) == 5
    assert reasons.listed(scorer_ref=_ref(ground, "JUDGE", "*")) == 0
    assert reasons.listed(trigger_ref=_ref(ground, "watch", "*")) == 5
    assert reasons.listed(trigger_ref=_ref(ground, "watch", "b")) == 2
    assert reasons.listed(reason="no key") == 5
    assert reasons.listed(reason="50%") == 3
    assert reasons.listed(reason="5_%") == 0
    assert reasons.listed(reason="no key", state="scored") == 0


def test_tasks_are_counted_by_state_scorer_and_reason(ground: Ground) -> None:
    reasons = Reasons(ground)
    counts = reasons.get("task_counts")
    assert (counts["states"], counts["total"]) == ({"failed": 5, "scored": 1, "queued": 1}, 7)
    first = counts["groups"][0]
    assert (first["scorer_ref"], first["state"], first["count"]) == (_ref(ground, "judge", "one"), "failed", 3)
    assert first["reason"] == "No key for 50% of it"
    of_monitor = reasons.get("task_counts", trigger_ref=_ref(ground, "watch", "*"))
    assert of_monitor["states"] == {"failed": 5}
    later = (now() + timedelta(minutes=1)).isoformat()
    assert reasons.get("task_counts", since=later) == {"states": {}, "total": 0, "groups": []}
    job = next(job for job in reasons.get("jobs")["jobs"] if job["counts"]["scored"] == 1)
    assert reasons.get("task_counts", job_id=job["id"])["states"] == {"scored": 1}


def test_jobs_name_who_asked(ground: Ground) -> None:
    reference = f"weave:///{ground.project}/object/some:{'0' * 43}"
    body = {"project_id": ground.project, "call_ids": [new_id()], "scorer_refs": [reference]}
    assert ground.client.post("/calls/score", json=body).status_code == 200
    job = ground.client.get("/weft/v1/scoring/jobs", params={"project_id": ground.project}).json()["jobs"][0]
    assert job["wb_username"] == "local"
    ground.asked(1)
    strangers = ground.client.get("/weft/v1/scoring/jobs", params={"project_id": ground.project}).json()["jobs"]
    assert {job["wb_username"] for job in strangers} == {"local", None}


def test_what_failed_for_a_reason_is_tried_again(ground: Ground) -> None:
    reasons = Reasons(ground)

    def retried(**which: Any) -> int:
        answer = ground.client.post("/weft/v1/scoring/retry", json={"project_id": ground.project, **which})
        assert answer.status_code == 200, answer.text
        return int(answer.json()["retried"])

    assert retried(trigger_ref=_ref(ground, "watch2", "*")) == 0
    assert retried(reason="50%") == 3
    assert reasons.get("task_counts")["states"] == {"queued": 4, "failed": 2, "scored": 1}
    assert retried(scorer_ref=_ref(ground, "judge", "*"), reason=None) == 2
