"""Who may ask for scores, see jobs and tasks, and try them again; and the same on the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.scoring_objects import builtin_scorer
from weft.app import create_app
from weft.cli import main
from weft.core.identity import Role
from weft.core.ids import new_id
from weft.scoring.worker import ScoringWorker
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

Header = dict[str, str]


@pytest.fixture(scope="module")
def settings_of_module(
    tmp_path_factory: pytest.TempPathFactory, events_engine: EventsEngine, events_url: str
) -> Settings:
    data: Path = tmp_path_factory.mktemp("scoring-access") / "data"
    return Settings(data=data, events_url=events_url, auth="keys", scoring_worker=False, scoring_missing_seconds=0)


@pytest.fixture(scope="module")
def keyed(settings_of_module: Settings) -> Iterator[TestClient]:
    """A client without credentials of an application that asks for keys."""
    with TestClient(create_app(settings_of_module), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def services(keyed: TestClient) -> Services:
    """The stores behind it."""
    found: Services = keyed.app.state.services  # type: ignore[attr-defined]
    return found


@pytest.fixture
def bearer(services: Services) -> Callable[..., Header]:
    """Makes a key and gives the header that carries it."""

    def make(role: Role, scope: str) -> Header:
        return {"authorization": f"Bearer {services.stores.keys.create_key('ann', role, scope)}"}

    return make


def _publish(client: TestClient, project: str, headers: Header) -> str:
    obj = {"project_id": project, "object_id": "ValidJSONScorer", "val": builtin_scorer("ValidJSONScorer")}
    answer = client.post("/obj/create", json={"obj": obj}, headers=headers)
    assert answer.status_code == 200, answer.text
    return f"weave:///{project}/object/ValidJSONScorer:{answer.json()['digest']}"


def _ask(client: TestClient, project: str, scorer: str, headers: Header) -> int:
    body: dict[str, Any] = {"project_id": project, "call_ids": [new_id()], "scorer_refs": [scorer]}
    return client.post("/calls/score", json=body, headers=headers).status_code


def test_only_members_ask_and_only_readers_see(keyed: TestClient, bearer: Callable[..., Header], project: str) -> None:
    member, viewer, stranger = (
        bearer(Role.member, project), bearer(Role.viewer, project), bearer(Role.admin, f"{project}-other"),
    )  # fmt: skip
    scorer = _publish(keyed, project, member)
    assert _ask(keyed, project, scorer, viewer) == 403
    assert _ask(keyed, project, scorer, bearer(Role.annotator, project)) == 403
    assert _ask(keyed, project, scorer, stranger) == 403
    assert _ask(keyed, project, scorer, member) == 200

    (job,) = keyed.get("/weft/v1/scoring/jobs", headers=viewer).json()["jobs"]
    (task,) = keyed.get("/weft/v1/scoring/tasks", headers=viewer).json()["tasks"]
    assert job["project_id"] == task["project_id"] == project
    assert keyed.get("/weft/v1/scoring/jobs", headers=stranger).json() == {"jobs": []}
    assert keyed.get("/weft/v1/scoring/tasks", params={"call_id": task["call_id"]}, headers=stranger).json() == {
        "tasks": []
    }
    for path in (f"jobs/{job['id']}", f"tasks/{task['id']}"):
        assert keyed.get(f"/weft/v1/scoring/{path}", headers=viewer).status_code == 200
        assert keyed.get(f"/weft/v1/scoring/{path}", headers=stranger).status_code == 404
        assert keyed.post(f"/weft/v1/scoring/{path}/retry", headers=viewer).status_code == 403
        assert keyed.post(f"/weft/v1/scoring/{path}/retry", headers=stranger).status_code == 404
        assert keyed.post(f"/weft/v1/scoring/{path}/retry", headers=member).json() == {"retried": 0}
    listed = keyed.get("/weft/v1/scoring/tasks", params={"project_id": project}, headers=stranger)
    assert listed.status_code == 403


def test_a_scorer_of_a_project_that_may_not_be_read_is_refused(
    keyed: TestClient, bearer: Callable[..., Header], project: str
) -> None:
    secret = f"{project}-secret"
    scorer = _publish(keyed, secret, bearer(Role.member, secret))
    member = bearer(Role.member, project)
    _publish(keyed, project, member)
    assert _ask(keyed, project, scorer, member) == 400
    assert keyed.get("/weft/v1/scoring/tasks", headers=member).json() == {"tasks": []}


def test_only_administrators_are_told_why_the_worker_pauses(
    settings_of_module: Settings, project: str, tmp_path: Path
) -> None:
    settings = settings_of_module.model_copy(
        update={"data": tmp_path, "scoring_worker": True, "scoring_stop_after": 1, "scoring_pause_seconds": 60.0}
    )
    with TestClient(create_app(settings)) as client:
        keys = client.app.state.services.stores.keys  # type: ignore[attr-defined]
        admin = {"authorization": f"Bearer {keys.create_key('ann', Role.admin)}"}
        viewer = {"authorization": f"Bearer {keys.create_key('bob', Role.viewer, project)}"}
        model = {"_class_name": "LLMStructuredCompletionModel", "llm_model_id": "m"}
        judge = {"_class_name": "LLMAsAJudgeScorer", "model": model, "scoring_prompt": "{output}"}
        obj = {"project_id": project, "object_id": "judge", "val": judge}
        digest = client.post("/obj/create", json={"obj": obj}, headers=admin).json()["digest"]
        call = {
            "project_id": project, "id": new_id(), "trace_id": new_id(), "op_name": "predict", "attributes": {},
            "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:01Z", "inputs": {}, "summary": {},
        }  # fmt: skip
        assert client.post(f"/v2/{project}/calls/complete", json={"batch": [call]}, headers=admin).status_code == 200
        scorer = f"weave:///{project}/object/judge:{digest}"
        asked = {"project_id": project, "call_ids": [call["id"]], "scorer_refs": [scorer]}
        assert client.post("/calls/score", json=asked, headers=admin).status_code == 200
        deadline = time.monotonic() + 15
        while client.get("/weft/v1/scoring/worker", headers=admin).json()["state"] != "paused":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "WEFT_LLM_BASE_URL" in client.get("/weft/v1/scoring/worker", headers=admin).json()["reason"]
        told = client.get("/weft/v1/scoring/worker", headers=viewer).json()
        assert (told["state"], told["reason"]) == ("paused", None)
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "ready", "unavailable": [], "scoring": "paused"})


def test_the_command_line_lists_and_tries_again(
    keyed: TestClient,
    bearer: Callable[..., Header],
    services: Services,
    settings_of_module: Settings,
    project: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    member = bearer(Role.member, project)
    assert _ask(keyed, project, _publish(keyed, project, member), member) == 200
    worker = ScoringWorker(services.stores, services.settings)
    assert worker.drain(20)
    worker.stop()

    def weft(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["weft", "scoring", *arguments, "--data", str(settings_of_module.data)])
        with pytest.raises(SystemExit):
            main()
        said = capsys.readouterr()
        return said.out + said.err

    (line,) = weft("list", "--project", project, "--state", "failed").splitlines()
    _, _, scorer, state, tries, *_ = line.split("\t")
    assert (scorer.partition(":")[0], state, tries) == ("ValidJSONScorer", "failed", "1/6")
    assert line.endswith("call not found")
    assert "1 failed" in weft("jobs", "--project", project)
    assert weft("retry", "--project", project) == "1 queued again\n"
    assert "queued" in weft("list", "--project", project)
    assert "no state 'finished'" in weft("list", "--state", "finished")
    assert "Say which" in weft("retry")
    assert "not found" in weft("list", "--project", "nobody/nothing")
