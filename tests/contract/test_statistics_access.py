"""Who may ask for statistics: viewers of the project for all, members for deciding about metrics, nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.app import create_app
from weft.core.identity import Role
from weft.core.ids import new_id
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

SPAN = {"start": "2026-05-04T10:00:00Z", "end": "2026-05-04T14:00:00Z"}
SOURCES = {"left": {"feedback_type": "a"}, "right": {"feedback_type": "b"}}
POSTS: dict[str, dict[str, Any]] = {
    "evaluations/compare": {"run_ids": ["a", "b"]},
    "evaluations/run": {"run_id": "a"},
    "evaluations/runs": {},
    "leaderboard": {"object_id": "board"},
    "feedback/agreement": SOURCES,
    "feedback/distributions": SPAN,
    "feedback/previews": {},
}
GETS: dict[str, dict[str, Any]] = {
    "usage": SPAN,
    "scoring/queue": {},
    "feedback/annotators": {},
    "scoring/task_counts": {},
    "evaluations/metric_directions": {},
    "objects/diff": {"object_id": "thing", "from": "v0", "to": "v0"},
}
# Of these nothing is stored, which only those are told who may look.
MISSING = ("evaluations/compare", "evaluations/run", "leaderboard", "objects/diff")


@pytest.fixture
def keyed(tmp_path: Path, events_engine: EventsEngine, events_url: str) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path / "data", events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


class Asking:
    """Asks everything with a key of some role for a project."""

    def __init__(self, client: TestClient, role: Role, scope: str) -> None:
        keys = client.app.state.services.stores.keys  # type: ignore[attr-defined]
        self._headers = {"authorization": f"Bearer {keys.create_key(f'some-{role.name}', role, project=scope)}"}
        self._client = client

    def statuses(self, project: str) -> dict[str, int]:
        """The status of every question about a project."""
        posts = {
            path: self._client.post(f"/weft/v1/{path}", json={"project_id": project, **body}, headers=self._headers)
            for path, body in POSTS.items()
        }
        gets = {
            path: self._client.get(f"/weft/v1/{path}", params={"project_id": project, **params}, headers=self._headers)
            for path, params in GETS.items()
        }
        return {path: answer.status_code for path, answer in (posts | gets).items()}

    def decide(self, project: str) -> int:
        """The status of deciding about a metric."""
        body = {"project_id": project, "directions": {"scores.s": "lower"}}
        return self._client.put("/weft/v1/evaluations/metric_directions", json=body, headers=self._headers).status_code


def made_project(client: TestClient) -> str:
    """The name of a new project."""
    project = f"mine/{new_id()}"
    client.app.state.services.stores.projects.ensure(*project.split("/"))  # type: ignore[attr-defined]
    return project


def test_viewers_read_everything_and_decide_nothing(keyed: TestClient) -> None:
    project = made_project(keyed)
    assert Asking(keyed, Role.member, project).decide(project) == 200
    wanted = {path: 404 if path in MISSING else 200 for path in (*POSTS, *GETS)}
    for role in (Role.viewer, Role.annotator):
        asking = Asking(keyed, role, project)
        assert asking.statuses(project) == wanted
        assert asking.decide(project) == 403


def test_a_key_for_another_project_reads_nothing(keyed: TestClient) -> None:
    project = made_project(keyed)
    assert Asking(keyed, Role.member, project).decide(project) == 200
    asking = Asking(keyed, Role.admin, f"mine/{new_id()}")
    assert set(asking.statuses(project).values()) == {403}
    assert asking.decide(project) == 403
