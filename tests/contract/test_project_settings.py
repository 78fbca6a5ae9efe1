"""Settings of a project over HTTP: retention, sampling and personal data, read by all and written by administrators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import BASIC
from weft.app import create_app
from weft.core.identity import Role
from weft.services import build_services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine


def _retention(client: TestClient, project: str) -> Any:
    answer = client.post("/project/ttl_settings/read", json={"project_id": project})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _update(client: TestClient, project: str, **body: Any) -> Any:
    return client.post("/project/ttl_settings/update", json={"project_id": project, **body})


def test_retention_is_unlimited_until_it_is_set(app_client: TestClient, project: str) -> None:
    assert _update(app_client, project, retention_days=None).json() == {"retention_days": None}
    assert _retention(app_client, project) == {"retention_days": None}
    assert _update(app_client, project, retention_days=30).json() == {"retention_days": 30}
    assert _retention(app_client, project) == {"retention_days": 30}


def test_latest_retention_wins_and_null_takes_it_back(app_client: TestClient, project: str) -> None:
    for days in (30, 7, None):
        assert _update(app_client, project, retention_days=days).status_code == 200
        assert _retention(app_client, project) == {"retention_days": days}


@pytest.mark.parametrize("days", [0, -1, -(10**30), 10**30])
def test_retention_below_a_day_or_beyond_reason_is_refused(app_client: TestClient, project: str, days: int) -> None:
    _update(app_client, project, retention_days=5)
    refused = _update(app_client, project, retention_days=days)
    assert refused.status_code in (400, 422)
    assert "retention_days" in refused.text
    assert _retention(app_client, project) == {"retention_days": 5}


@pytest.mark.parametrize("days", ["many", 1.5, [], {}])
def test_retention_that_is_no_whole_number_is_refused(app_client: TestClient, project: str, days: Any) -> None:
    assert _update(app_client, project, retention_days=days).status_code == 422


def test_who_changed_retention_is_the_caller_whatever_the_body_says(app_client: TestClient, project: str) -> None:
    _update(app_client, project, retention_days=3, wb_user_id="somebody-else")
    changes = app_client.get(f"/weft/v1/projects/{project}/settings").json()["changes"]
    assert [(change["name"], change["value"]) for change in changes] == [("retention_days", 3)]
    assert changes[0]["changed_by"] != "somebody-else"


def test_sampling_and_sensitive_data_read_as_off_by_default(app_client: TestClient, project: str) -> None:
    _update(app_client, project, retention_days=None)
    sampling = app_client.post("/project/ingest_sampling_settings/read", json={"project_id": project})
    assert sampling.json() == {"sample_rate": 1.0, "dry_run": False}
    sensitive = app_client.get("/project/sensitive_data_settings", params={"project_id": project})
    assert sensitive.json() == {"policy": "off"}


def test_settings_change_one_by_one_and_null_gives_them_back(app_client: TestClient, project: str) -> None:
    url = f"/weft/v1/projects/{project}/settings"
    app_client.put(url, json={"sample_rate": 0.25, "pii_policy": "pii-v1"})
    answer = app_client.put(url, json={"sample_dry_run": True, "retention_days": 9}).json()
    assert {name: answer[name] for name in ("retention_days", "sample_rate", "sample_dry_run", "pii_policy")} == {
        "retention_days": 9,
        "sample_rate": 0.25,
        "sample_dry_run": True,
        "pii_policy": "pii-v1",
    }
    assert answer["own"] == ["pii_policy", "retention_days", "sample_dry_run", "sample_rate"]
    names = [change["name"] for change in answer["changes"]]
    assert names == ["sample_dry_run", "retention_days", "sample_rate", "pii_policy"]
    back = app_client.put(url, json={"sample_rate": None, "pii_policy": None}).json()
    assert (back["sample_rate"], back["pii_policy"], back["retention_days"]) == (1.0, "off", 9)
    assert back["own"] == ["retention_days", "sample_dry_run"]
    assert app_client.get(url).json() == back
    sampling = app_client.post("/project/ingest_sampling_settings/read", json={"project_id": project})
    assert sampling.json() == {"sample_rate": 1.0, "dry_run": True}


@pytest.mark.parametrize(
    "body",
    [
        {"sample_rate": 1.1},
        {"sample_rate": -0.1},
        {"sample_rate": "NaN"},
        {"pii_policy": "pii-v2"},
        {"retention_days": 0},
        {"unknown": 1},
        {"sample_dry_run": "perhaps"},
    ],
)
def test_settings_that_cannot_be_are_refused(app_client: TestClient, project: str, body: dict[str, Any]) -> None:
    url = f"/weft/v1/projects/{project}/settings"
    app_client.put(url, json={})
    assert app_client.put(url, json=body).status_code in (400, 422)
    assert app_client.get(url).json()["changes"] == []


def test_looking_at_settings_does_not_make_a_project(app_client: TestClient, project: str) -> None:
    assert app_client.get(f"/weft/v1/projects/{project}/settings").status_code == 404
    assert app_client.post("/project/ttl_settings/read", json={"project_id": project}).status_code == 404


def test_operators_defaults_hold_where_a_project_decided_nothing(
    tmp_path: Path, events_engine: EventsEngine, events_url: str, project: str
) -> None:
    settings = Settings(
        data=tmp_path / "data",
        events_url=events_url,
        auth="off",
        scoring_worker=False,
        ingest_sample_rate=0.5,
        ingest_sample_dry_run=True,
    )
    with TestClient(create_app(settings), headers=BASIC) as client:
        _update(client, project, retention_days=None)
        body = {"project_id": project}
        assert client.post("/project/ingest_sampling_settings/read", json=body).json() == {
            "sample_rate": 0.5,
            "dry_run": True,
        }
        client.put(f"/weft/v1/projects/{project}/settings", json={"sample_rate": 0.75})
        assert client.post("/project/ingest_sampling_settings/read", json=body).json()["sample_rate"] == 0.75


def test_only_administrators_change_settings(
    tmp_path: Path, events_engine: EventsEngine, events_url: str, project: str
) -> None:
    settings = Settings(data=tmp_path / "data", events_url=events_url, auth="keys", scoring_worker=False)
    services = build_services(settings)
    keys = {role: services.stores.keys.create_key(role.name, role, project) for role in Role}
    with TestClient(create_app(settings, services)) as client:
        statuses = {}
        for role, key in sorted(keys.items(), reverse=True):
            headers = {"authorization": f"Bearer {key}"}
            statuses[role] = [
                client.put(f"/weft/v1/projects/{project}/settings", json={"sample_rate": 1}, headers=headers),
                client.get(f"/weft/v1/projects/{project}/settings", headers=headers),
                client.post(
                    "/project/ttl_settings/update", json={"project_id": project, "retention_days": 3}, headers=headers
                ),
                client.post("/project/ttl_settings/read", json={"project_id": project}, headers=headers),
            ]
    assert [answer.status_code for answer in statuses[Role.admin]] == [200, 200, 200, 200]
    for role in (Role.member, Role.annotator, Role.viewer):
        assert [answer.status_code for answer in statuses[role]] == [403, 403, 403, 200]
