"""Reading what refs stand for, over HTTP: paths, objects and tables on the way, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id


def publish(client: TestClient, project: str, name: str, val: Any, kind: str = "object") -> str:
    body = json.dumps({"obj": {"project_id": project, "object_id": name, "val": val}})
    response = client.post("/obj/create", content=body, headers={"content-type": "application/json"})
    return f"weave:///{project}/{kind}/{name}:{response.json()['digest']}"


def read(client: TestClient, *uris: str) -> list[Any]:
    response = client.post("/refs/read_batch", json={"refs": uris})
    assert response.status_code == 200, response.text
    vals: list[Any] = response.json()["vals"]
    return vals


@pytest.fixture
def dataset(app_client: TestClient, project: str) -> tuple[str, list[str]]:
    rows = [{"q": "one", "n": [1, 2]}, {"q": "two", "n": []}]
    table = app_client.post("/table/create", json={"table": {"project_id": project, "rows": rows}}).json()
    uri = publish(app_client, project, "ds", {"rows": f"weave:///{project}/table/{table['digest']}", "name": "ds"})
    return uri, table["row_digests"]


def test_values_in_the_order_of_the_refs(app_client: TestClient, project: str) -> None:
    val = {"a": {"b": [10, {"c": None}]}, "k/é %": 1, "\ud800": 2}
    uri = publish(app_client, project, "o", val)
    op = publish(app_client, project, "f", {"_type": "Op"}, "op")
    assert read(app_client) == []
    assert read(app_client, f"{uri}/attr/a/key/b/index/0", uri, op, uri + "/") == [10, val, {"_type": "Op"}, val]
    assert read(app_client, f"{uri}/key/k%2F%C3%A9%20%25", f"{uri}/key/a/key/b/index/-2") == [1, 10]


def test_paths_that_lead_nowhere_are_null(app_client: TestClient, project: str) -> None:
    uri = publish(app_client, project, "o", {"a": [1], "n": None, "s": "text"})
    paths = ["attr/x", "key/x/key/y", "key/a/index/1", "key/a/index/-2", "key/a/key/b", "key/s/attr/b", "index/0"]
    assert read(app_client, *(f"{uri}/{path}" for path in [*paths, "key/n/id/x"])) == [None] * 8


def test_rows_of_a_dataset(app_client: TestClient, project: str, dataset: tuple[str, list[str]]) -> None:
    uri, rows = dataset
    found = read(
        app_client,
        *(f"{uri}/attr/rows/id/{row}" for row in reversed(rows)),
        f"{uri}/attr/rows/id/{rows[0]}/key/n/index/1",
    )
    assert found == [{"q": "two", "n": []}, {"q": "one", "n": [1, 2]}, 2]
    (table,) = read(app_client, f"{uri}/attr/rows")
    assert table.startswith(f"weave:///{project}/table/")


def test_steps_go_on_behind_an_object_met_on_the_way(
    app_client: TestClient, project: str, dataset: tuple[str, list[str]]
) -> None:
    uri, rows = dataset
    inner = publish(app_client, project, "inner", {"deep": {"dataset": uri}})
    outer = publish(app_client, project, "outer", {"dataset": f"{inner}/attr/deep/key/dataset"})
    assert read(app_client, f"{outer}/attr/dataset/attr/name") == ["ds"]
    assert read(app_client, f"{outer}/attr/dataset/attr/rows/id/{rows[1]}/key/q") == ["two"]
    assert read(app_client, f"{outer}/attr/dataset") == [f"{inner}/attr/deep/key/dataset"]


def test_refs_met_on_the_way_need_a_digest_that_exists(app_client: TestClient, project: str) -> None:
    tail = f"weave:///{project}/object/start"
    start = publish(app_client, project, "start", {"latest": f"{tail}:latest", "number": f"{tail}:v0"})
    assert read(app_client, f"{start}/key/latest/key/x") == [None]
    response = app_client.post("/refs/read_batch", json={"refs": [f"{start}/key/number/key/x"]})
    assert response.status_code == 404
    assert response.json()["missing_object_digests"] == ["v0"]


def test_missing_roots_fail_the_whole_batch_and_are_named(app_client: TestClient, project: str) -> None:
    uri = publish(app_client, project, "o", 1)
    missing = [f"weave:///{project}/object/o:{name}" for name in ("zzz", "aaa", "v0")]
    response = app_client.post("/refs/read_batch", json={"refs": [uri, *missing]})
    assert response.status_code == 404
    assert response.json()["missing_object_digests"] == ["aaa", "v0", "zzz"]
    other = publish(app_client, project, "other", 2)
    digest = uri.rpartition(":")[2]
    assert read(app_client, other, uri, f"weave:///{project}/object/other:{digest}") == [2, 1, None]


def test_deleted_objects_are_null(app_client: TestClient, project: str) -> None:
    uri = publish(app_client, project, "o", {"a": 1})
    app_client.post("/obj/delete", json={"project_id": project, "object_id": "o"})
    assert read(app_client, uri, f"{uri}/key/a") == [None, None]


def test_an_unknown_row_is_404(app_client: TestClient, dataset: tuple[str, list[str]]) -> None:
    response = app_client.post("/refs/read_batch", json={"refs": [f"{dataset[0]}/attr/rows/id/unknown"]})
    assert response.status_code == 404


def test_other_projects_may_be_mixed_but_are_not_entered_on_the_way(app_client: TestClient, project: str) -> None:
    mine = publish(app_client, project, "o", {"a": 1})
    other_project = f"tests/q-{new_id()}"
    theirs = publish(app_client, other_project, "o", {"mine": mine})
    assert read(app_client, theirs, mine) == [{"mine": mine}, {"a": 1}]
    assert read(app_client, f"{theirs}/key/mine", f"{theirs}/key/mine/key/a") == [mine, None]


@pytest.mark.parametrize(
    "tail",
    [
        "object/o:latest",
        "table/abc",
        "call/abc",
        "agent_turn/abc",
        "object/o",
        "object/o:d/attr",
        "object/o:d/nonsense/x",
        "nonsense/x",
        "",
    ],
)
def test_what_is_no_object_of_a_digest_is_refused(app_client: TestClient, project: str, tail: str) -> None:
    publish(app_client, project, "o", 1)
    assert app_client.post("/refs/read_batch", json={"refs": [f"weave:///{project}/{tail}"]}).status_code == 400


@pytest.mark.parametrize(
    "ref", ["nonsense", "", "weave:///x", "wandb-artifact:///e/p/1", "weave-private://///object/o:d"]
)
def test_what_is_no_ref_is_refused(app_client: TestClient, ref: str) -> None:
    assert app_client.post("/refs/read_batch", json={"refs": [ref]}).status_code == 400


def test_bad_steps_are_refused(app_client: TestClient, project: str, dataset: tuple[str, list[str]]) -> None:
    uri = publish(app_client, project, "o", {"a": [1]})
    for path in (f"{uri}/key/a/index/x", f"{uri}/key/a/id/x", f"{dataset[0]}/attr/rows/index/0"):
        assert app_client.post("/refs/read_batch", json={"refs": [path]}).status_code == 400, path


def test_a_project_nobody_made_is_404(app_client: TestClient) -> None:
    uri = f"weave:///tests/none-{new_id()}/object/o:d"
    assert app_client.post("/refs/read_batch", json={"refs": [uri]}).status_code == 404


def test_at_most_a_thousand_refs(app_client: TestClient, project: str) -> None:
    uri = publish(app_client, project, "o", {"a": 1})
    assert read(app_client, *[f"{uri}/key/a"] * 1000) == [1] * 1000
    assert app_client.post("/refs/read_batch", json={"refs": [uri] * 1001}).status_code == 400
    assert app_client.post("/refs/read_batch", json={"refs": [1]}).status_code == 422
