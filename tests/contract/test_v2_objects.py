"""Ops, datasets, scorers, models and evaluations over HTTP: created, read, listed and deleted by class."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.v2_client import V2Client

CREATE: dict[str, dict[str, Any]] = {
    "ops": {"source_code": "x = 1"},
    "datasets": {"rows": [{"a": 1}]},
    "scorers": {"op_source_code": "y = 2"},
    "models": {"source_code": "z = 3"},
    "evaluations": {"dataset": "weave:///a/b/object/d:1"},
}


@pytest.fixture
def v2(app_client: TestClient, project: str) -> V2Client:
    return V2Client(app_client, project)


def publish(v2: V2Client, object_id: str, val: Any) -> str:
    """Publish as an SDK does."""
    body = {"obj": {"project_id": v2.project, "object_id": object_id, "val": val}}
    response = v2.client.post("/obj/create", json=body)
    assert response.status_code == 200, response.text
    digest: str = response.json()["digest"]
    return digest


def sdk_value(kind: str, **keys: Any) -> dict[str, Any]:
    """A value as the SDK publishes a subclass of `kind`."""
    return {"_type": f"My{kind}", "_class_name": f"My{kind}", "_bases": [kind, "Object", "BaseModel"], **keys}


@pytest.mark.parametrize("kind", CREATE)
def test_the_same_content_is_one_version_and_other_content_the_next(v2: V2Client, kind: str) -> None:
    body = {"name": "My Thing/1", **CREATE[kind]}
    first = v2.post(f"/{kind}", body)
    assert (first["object_id"], first["version_index"]) == ("my_thing_1", 0)
    assert v2.post(f"/{kind}", body) == first
    changed = {**body, "description": "new"} if kind != "ops" else {**body, "source_code": "x = 2"}
    second = v2.post(f"/{kind}", changed)
    assert (second["version_index"], second["digest"] != first["digest"]) == (1, True)
    for version, made in (("v0", first), (first["digest"], first), ("latest", second), ("v1", second)):
        found = v2.get(f"/{kind}/my_thing_1/versions/{version}")
        assert (found["digest"], found["version_index"]) == (made["digest"], made["version_index"])
    listed = [item for item in v2.lines(f"/{kind}") if item["object_id"] == "my_thing_1"]
    assert listed == [v2.get(f"/{kind}/my_thing_1/versions/v{n}") for n in (0, 1)]
    # Order is that of first writing, also after the older content was written again.
    v2.post(f"/{kind}", body)
    assert [item for item in v2.lines(f"/{kind}") if item["object_id"] == "my_thing_1"] == listed


@pytest.mark.parametrize("kind", CREATE)
def test_names_that_cannot_be_are_refused_and_nothing_is_written(v2: V2Client, kind: str) -> None:
    assert v2.send("POST", f"/{kind}", json={"name": "!?", **CREATE[kind]}).status_code == 422
    assert v2.send("POST", f"/{kind}", json={"name": "n" * 129, **CREATE[kind]}).status_code == 400
    assert v2.lines("/ops") == []
    assert v2.lines(f"/{kind}") == []


@pytest.mark.parametrize("kind", CREATE)
def test_deleting_versions_and_everything(v2: V2Client, kind: str) -> None:
    field = {"ops": "source_code", "models": "source_code"}.get(kind, "description")
    digests = [v2.post(f"/{kind}", {"name": "t", **CREATE[kind], field: f"v = {n}"})["digest"] for n in range(4)]
    assert v2.delete(f"/{kind}/t", digests=[digests[0], "v1"]) == 2
    gone = v2.send("GET", f"/{kind}/t/versions/{digests[0]}")
    assert (gone.status_code, "deleted_at" in gone.json()) == (404, True)
    assert v2.send("DELETE", f"/{kind}/t", params={"digests": [digests[0], digests[2]]}).status_code == 404
    assert v2.send("DELETE", f"/{kind}/t", params={"digests": [digests[2]] + ["x"] * 2}).status_code == 404
    assert [item["digest"] for item in v2.lines(f"/{kind}") if item["object_id"] == "t"] == digests[2:]
    named = v2.send("DELETE", f"/{kind}/t", json={"digests": [digests[2]]})
    assert (named.status_code, named.json()) == (200, {"num_deleted": 1})
    assert v2.send("DELETE", f"/{kind}/t", json={"digests": None}).json() == {"num_deleted": 1}
    assert v2.send("DELETE", f"/{kind}/t").status_code == 404
    assert v2.send("DELETE", f"/{kind}/unknown").status_code == 404
    many = ",".join(f"v{n}" for n in range(101))
    assert v2.send("DELETE", f"/{kind}/t", params={"digests": many}).status_code == 400


def test_another_class_is_not_found_on_read_list_and_delete(v2: V2Client) -> None:
    for kind, body in CREATE.items():
        v2.post(f"/{kind}", {"name": f"a_{kind}", **body})
    for kind in CREATE:
        for other in CREATE:
            status = v2.send("GET", f"/{kind}/a_{other}/versions/latest").status_code
            assert status == (200 if kind == other else 404)
            if kind != other:
                assert v2.send("DELETE", f"/{kind}/a_{other}").status_code == 404
                assert v2.send("DELETE", f"/{kind}/a_{other}", params={"digests": "latest"}).status_code == 404
        if kind != "ops":
            assert [item["object_id"] for item in v2.lines(f"/{kind}")] == [f"a_{kind}"]


def test_op_sources_and_defaults(v2: V2Client) -> None:
    assert v2.post("/ops")["object_id"] == "Op"
    placeholder = v2.get("/ops/Op/versions/latest")["code"]
    compile(placeholder, "obj.py", "exec")
    v2.post("/ops", {"name": "mine", "source_code": "# ä\n"})
    assert v2.get("/ops/mine/versions/latest")["code"] == "# ä\n"
    publish(v2, "lost", {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {"obj.py": "q" * 43}})
    assert v2.get("/ops/lost/versions/latest")["code"] == ""
    assert [item["object_id"] for item in v2.lines("/ops")] == ["Op", "mine", "lost"]
    assert [item["object_id"] for item in v2.lines("/ops", limit=1, offset=1)] == ["mine"]


def test_datasets_hold_a_table(v2: V2Client) -> None:
    made = v2.post("/datasets", {"rows": [{"a": 1}, {"a": None}]})
    assert made["object_id"] == "Dataset"
    found = v2.get("/datasets/Dataset/versions/latest")
    assert (found["name"], found["description"]) == ("Dataset", None)
    assert found["rows"].startswith(f"weave:///{v2.project}/table/")
    body = {"project_id": v2.project, "digest": found["rows"].rsplit("/", 1)[1]}
    rows = v2.client.post("/table/query", json=body).json()["rows"]
    assert [row["val"] for row in rows] == [{"a": 1}, {"a": None}]
    value = v2.resolve(v2.ref("object", "Dataset", made["digest"]))
    assert (value["_type"], value["_class_name"], value["_bases"]) == ("Dataset", "Dataset", ["Object", "BaseModel"])
    assert v2.send("POST", "/datasets", json={"rows": [1]}).status_code == 422


def test_scorers_hold_full_op_refs_that_resolve(v2: V2Client) -> None:
    made = v2.post("/scorers", {"name": "Judge", "op_source_code": "def score(): ..."})
    assert made["scorer"] == v2.ref("object", "judge", made["digest"])
    value = v2.resolve(made["scorer"])
    assert value["name"] == "Judge"
    assert value["column_map"] is None
    for key in ("score", "summarize"):
        assert f"/op/judge_{key}:" in value[key]
        assert v2.resolve(value[key])["weave_type"] == {"type": "Op"}
    assert v2.get("/scorers/judge/versions/latest")["score_op"] == value["score"]
    assert v2.get("/ops/judge_score/versions/latest")["code"] == "def score(): ..."


def test_models_keep_attributes_and_refuse_reserved_ones(v2: V2Client) -> None:
    body = {"name": "M", "source_code": "s", "attributes": {"temperature": 0.1, "nested": {"a": [1]}}}
    made = v2.post("/models", body)
    assert made["model_ref"] == v2.ref("object", "m", made["digest"])
    found = v2.get("/models/m/versions/latest")
    assert (found["source_code"], found["attributes"]) == ("s", body["attributes"])
    for key in ("_class_name", "files", "name"):
        bad = {**body, "attributes": {key: "x"}}
        assert v2.send("POST", "/models", json=bad).status_code == 422
    assert v2.post("/models", {"name": "N", "source_code": ""})["object_id"] == "n"
    assert v2.get("/models/n/versions/latest")["attributes"] is None


def test_evaluations_hold_full_op_refs_and_attributes(v2: V2Client) -> None:
    body = {
        "name": "My Eval",
        "dataset": v2.ref("object", "data"),
        "scorers": [v2.ref("object", "s"), v2.ref("op", "f")],
        "trials": 3,
        "evaluation_name": "shown",
        "eval_attributes": {"team": "x"},
    }
    made = v2.post("/evaluations", body)
    found = v2.get(f"/evaluations/my_eval/versions/{made['digest']}")
    assert made["evaluation_ref"] == v2.ref("object", "my_eval", made["digest"])
    for key in ("dataset", "scorers", "trials", "evaluation_name"):
        assert found[key] == body[key]
    for key in ("evaluate", "predict_and_score", "summarize"):
        assert f"/op/my_eval.{key}:" in found[f"{key}_op"]
        assert v2.resolve(found[f"{key}_op"])["weave_type"] == {"type": "Op"}
    assert v2.resolve(made["evaluation_ref"])["team"] == "x"
    bad = {**body, "eval_attributes": {"dataset": "x"}}
    assert v2.send("POST", "/evaluations", json=bad).status_code == 422


def test_a_name_taken_by_another_class_leaves_nothing_behind(v2: V2Client) -> None:
    v2.post("/datasets", {"name": "taken", "rows": []})
    for kind in ("scorers", "evaluations", "models"):
        assert v2.send("POST", f"/{kind}", json={"name": "taken", **CREATE[kind]}).status_code == 400
    assert v2.lines("/ops") == []


def test_objects_of_sdks_are_read_and_listed_whatever_they_lack(v2: V2Client) -> None:
    publish(v2, "Data", sdk_value("Dataset", name=None, description=None, rows=v2.ref("table", "t").replace(":", "")))
    publish(v2, "Judge", sdk_value("Scorer", name=None, score=5))
    publish(v2, "Old", sdk_value("Scorer", name="old", score="q" * 43))
    publish(v2, "Bot", sdk_value("Model", name=None, predict=v2.ref("op", "Bot.predict"), temperature=1))
    publish(v2, "Eval", sdk_value("Evaluation", name=None, scorers=None, trials=None, dataset=None))
    assert v2.get("/datasets/Data/versions/latest")["name"] == "Data"
    assert v2.get("/scorers/Judge/versions/latest")["score_op"] == ""
    assert v2.get("/scorers/Old/versions/latest")["score_op"] == v2.ref("op", "Old_score", "q" * 43)
    bot = v2.get("/models/Bot/versions/latest")
    assert (bot["source_code"], bot["name"], bot["attributes"]["temperature"]) == ("", "Bot", 1)
    evaluation = v2.get("/evaluations/Eval/versions/latest")
    assert (evaluation["scorers"], evaluation["trials"], evaluation["dataset"]) == ([], 1, "")
    for kind, count in (("datasets", 1), ("scorers", 2), ("models", 1), ("evaluations", 1)):
        assert len(v2.lines(f"/{kind}")) == count


def test_an_evaluation_with_nulls_has_the_defaults(v2: V2Client) -> None:
    optional = ("description", "scorers", "trials", "evaluation_name", "eval_attributes")
    nulls = v2.post("/evaluations", {"name": "e", "dataset": "d", **dict.fromkeys(optional)})
    assert nulls == v2.post("/evaluations", {"name": "e", "dataset": "d"})
    assert v2.get("/evaluations/e/versions/latest")["trials"] == 1
