from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id


@pytest.mark.parametrize("scorer", ["no-such-scorer:v0", f"no-such-scorer:{'a' * 43}"])
def test_no_calls_mean_no_work_whatever_the_scorers(app_client: TestClient, project: str, scorer: str) -> None:
    app_client.post("/obj/create", json={"obj": {"project_id": project, "object_id": "x", "val": 1}})
    body = {"project_id": project, "call_ids": [], "scorer_refs": [f"weave:///{project}/object/{scorer}"]}
    answer = app_client.post("/calls/score", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    assert app_client.get("/weft/v1/scoring/jobs", params={"project_id": project}).json()["jobs"] == []


def test_a_scorer_version_that_does_not_exist_is_not_found(app_client: TestClient, project: str) -> None:
    app_client.post("/obj/create", json={"obj": {"project_id": project, "object_id": "x", "val": 1}})
    body = {"project_id": project, "call_ids": [new_id()], "scorer_refs": [f"weave:///{project}/object/none:v0"]}
    answer = app_client.post("/calls/score", json=body)
    assert answer.status_code == 404
    assert app_client.get("/weft/v1/scoring/jobs", params={"project_id": project}).json()["jobs"] == []
