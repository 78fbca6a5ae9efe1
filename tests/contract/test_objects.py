"""Objects over HTTP: versions, classes, deletion, lists, labels."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.digest import object_digest

Json = dict[str, Any]
JSON = {"content-type": "application/json"}


def create(client: TestClient, project: str, val: Any, name: str = "thing", **more: Any) -> str:
    body = {"obj": {"project_id": project, "object_id": name, "val": val, **more}}
    response = client.post("/obj/create", content=json.dumps(body), headers=JSON)
    assert response.status_code == 200, response.text
    assert response.json()["object_id"] == name
    return str(response.json()["digest"])


def refused(client: TestClient, project: str, val: Any, name: str = "thing", **more: Any) -> int:
    body = {"obj": {"project_id": project, "object_id": name, "val": val, **more}}
    response = client.post("/obj/create", content=json.dumps(body), headers=JSON)
    assert response.status_code >= 400
    assert response.json().get("reason") or response.json().get("detail")
    return response.status_code


def read(client: TestClient, project: str, version: str = "latest", name: str = "thing", **more: Any) -> Json:
    body = {"project_id": project, "object_id": name, "digest": version, **more}
    response = client.post("/obj/read", json=body)
    assert response.status_code == 200, response.text
    found: Json = response.json()["obj"]
    return found


def query(client: TestClient, project: str, **more: Any) -> list[Json]:
    response = client.post("/objs/query", json={"project_id": project, **more})
    assert response.status_code == 200, response.text
    found: list[Json] = response.json()["objs"]
    return found


def test_a_published_value_is_read_back_sorted_and_whole(app_client: TestClient, project: str) -> None:
    val = {"b": 1, "a": [1.0, None, True, "\x00\ud800é日本", 12345678901234567890123]}
    digest = create(app_client, project, val)
    assert digest == object_digest(val)
    found = read(app_client, project)
    assert found["val"] == val
    assert list(found["val"]) == ["a", "b"]
    assert found | {"val": 0, "created_at": 0} == {
        "project_id": project,
        "object_id": "thing",
        "created_at": 0,
        "deleted_at": None,
        "digest": digest,
        "version_index": 0,
        "is_latest": 1,
        "kind": "object",
        "base_object_class": None,
        "leaf_object_class": None,
        "val": 0,
        "wb_user_id": "local",
        "size_bytes": None,
        "tags": None,
        "aliases": None,
    } | {"wb_user_id": found["wb_user_id"]}
    assert found["wb_user_id"]
    assert found["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("val", "digest"),
    [
        ({"b": 1, "a": 2}, "IVAduvcYUiOTTSIoPwHKY0EyvB3kqVUMHtDfYrOXoyM"),
        ({}, "RBNvo1WzZ4oRRq0W9XhknpT7T8If536DEMBg9hyqY4o"),
        ([], "T1PNoYwrqgwDVLtfmj7L5e0Sq02OEbqHPC8RFhICuUU"),
        (None, "dCNOmKYnSYX12vHzasLXiswzlGT5UHA7jAGYkvmCuQs"),
        ("x", "ui30kDosFOhtw7zKWJEbRKwdJRS3Inv26wjPuXj1Whs"),
        (1.0, "0P9ZdLaqUs9WKXpZIYQMAyqGCpGjUS9Y6Pdo9rvgBfY"),
        ({"é": "日本"}, "1qB2g0nDA2aztNEZRuhKhCmFnpgfBYJ8t1lSmYBgoYI"),
    ],
)
def test_digests_are_those_of_the_contract(app_client: TestClient, project: str, val: Any, digest: str) -> None:
    assert create(app_client, project, val, expected_digest=digest) == digest
    assert read(app_client, project, digest)["val"] == val


def test_numbers_that_json_lacks_are_hashed_as_tokens_and_read_as_names(app_client: TestClient, project: str) -> None:
    body = f'{{"obj":{{"project_id":"{project}","object_id":"n","val":{{"x":[NaN,Infinity,-Infinity]}}}}}}'
    response = app_client.post("/obj/create", content=body, headers={"content-type": "application/json"})
    assert response.json()["digest"] == object_digest({"x": [float("nan"), float("inf"), float("-inf")]})
    assert read(app_client, project, name="n")["val"] == {"x": ["NaN", "Infinity", "-Infinity"]}


def test_a_wrong_expected_digest_writes_nothing(app_client: TestClient, project: str) -> None:
    assert refused(app_client, project, {"a": 1}, expected_digest="wrong") == 409
    assert query(app_client, project) == []


def test_versions_latest_and_republishing(app_client: TestClient, project: str) -> None:
    first, second = (create(app_client, project, {"v": v}) for v in (1, 2))
    born = read(app_client, project, first)["created_at"]
    assert read(app_client, project)["digest"] == second
    assert read(app_client, project, "v0")["digest"] == first
    assert create(app_client, project, {"v": 1}) == first
    again = read(app_client, project)
    assert (again["digest"], again["version_index"], again["is_latest"]) == (first, 0, 1)
    assert again["created_at"] == born
    assert read(app_client, project, "v1")["is_latest"] == 0
    assert len(query(app_client, project)) == 2


def test_what_is_not_there_is_a_plain_404(app_client: TestClient, project: str) -> None:
    create(app_client, project, 1)
    for name, version in (("thing", "v7"), ("thing", "nothing"), ("thing", "x" * 43), ("other", "latest")):
        response = app_client.post(
            "/obj/read", json={"project_id": project, "object_id": name, "digest": version, "metadata_only": None}
        )
        assert response.status_code == 404
        assert set(response.json()) == {"reason"}


def test_what_was_deleted_says_so(app_client: TestClient, project: str) -> None:
    digests = [create(app_client, project, {"v": v, **BASES}) for v in range(3)]
    response = app_client.post(
        "/obj/delete", json={"project_id": project, "object_id": "thing", "digests": ["v0", "latest"]}
    )
    assert response.json() == {
        "num_deleted": 2,
        "deleted_versions": [
            {"digest": digest, "base_object_class": "Base", "leaf_object_class": "Leaf"}
            for digest in (digests[0], digests[2])
        ],
    }
    assert read(app_client, project)["digest"] == digests[1]
    app_client.post("/obj/delete", json={"project_id": project, "object_id": "thing", "digests": []})
    for version in (*digests, "v0", "latest"):
        body = {"project_id": project, "object_id": "thing", "digest": version}
        response = app_client.post("/obj/read", json=body)
        assert response.status_code == 404
        assert response.json()["deleted_at"].startswith("20")
    assert query(app_client, project) == []


BASES = {"_bases": ["Base", "Object", "BaseModel"], "_class_name": "Leaf"}


@pytest.mark.parametrize("digests", [None, ["v0", "v9"], ["v9"], ["nothing"]])
def test_deleting_what_is_not_there_deletes_nothing(
    app_client: TestClient, project: str, digests: list[str] | None
) -> None:
    create(app_client, project, 1)
    name = "thing" if digests else "other"
    response = app_client.post("/obj/delete", json={"project_id": project, "object_id": name, "digests": digests})
    assert response.status_code == 404
    assert len(query(app_client, project)) == 1


def test_at_most_a_hundred_versions_are_deleted_at_once(app_client: TestClient, project: str) -> None:
    create(app_client, project, 1)
    body = {"project_id": project, "object_id": "thing", "digests": ["v0"] * 101}
    assert app_client.post("/obj/delete", json=body).status_code == 400


@pytest.mark.parametrize(
    ("name", "status"), [("", 422), ("a b", 422), ("a/b", 422), ("a:b", 422), ("\ud800", 422), ("a" * 129, 400)]
)
def test_bad_names_are_refused(app_client: TestClient, project: str, name: str, status: int) -> None:
    assert refused(app_client, project, 1, name) == status


def test_names_may_hold_letters_of_any_script(app_client: TestClient, project: str) -> None:
    name = "größe-日本_1.0"
    create(app_client, project, 1, name)
    assert read(app_client, project, name=name)["object_id"] == name


def test_a_name_keeps_its_base_class(app_client: TestClient, project: str) -> None:
    create(app_client, project, {"v": 1, **BASES})
    assert refused(app_client, project, {"v": 2}) == 400
    assert refused(app_client, project, {**BASES, "_bases": ["Other", "Object", "BaseModel"]}) == 400
    create(app_client, project, {**BASES, "_class_name": "AnotherLeaf"})
    create(app_client, project, {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}})
    assert [item["kind"] for item in query(app_client, project)] == ["object", "object", "op"]


def test_kind_and_classes(app_client: TestClient, project: str) -> None:
    create(app_client, project, {"_type": "Op"}, "a")
    create(app_client, project, {"_type": "Op", "weave_type": {"type": "Other"}}, "b")
    create(app_client, project, {"_bases": ["BaseObject", "BaseModel"], "_class_name": "Mine"}, "c")
    create(app_client, project, {"_bases": ["Object", "Unknown"], "_class_name": "Mine"}, "d")
    found = [(o["kind"], o["base_object_class"], o["leaf_object_class"]) for o in query(app_client, project)]
    assert found == [("op", None, None), ("object", None, None), ("object", "Mine", "Mine"), ("object", None, None)]
    assert refused(app_client, project, {"_bases": ["Object", "BaseModel"]}, "e") == 400


def test_lists(app_client: TestClient, project: str) -> None:
    create(app_client, project, {"v": 1}, "b")
    create(app_client, project, {"v": 1, **BASES}, "a")
    create(app_client, project, {"v": 2}, "b")
    assert [o["val"]["v"] for o in query(app_client, project)] == [1, 1, 2]
    nothing: Json = dict.fromkeys(("limit", "offset", "sort_by", "filter", "metadata_only", "include_storage_size"))
    assert len(query(app_client, project, **nothing)) == 3
    assert len(query(app_client, project, filter=dict.fromkeys(("object_ids", "is_op", "tags", "latest_only")))) == 3
    assert len(query(app_client, project, filter={"object_ids": [], "base_object_classes": []})) == 3
    assert [o["object_id"] for o in query(app_client, project, filter={"latest_only": True})] == ["a", "b"]
    assert [o["object_id"] for o in query(app_client, project, filter={"base_object_classes": ["Base"]})] == ["a"]
    assert query(app_client, project, filter={"exclude_base_object_classes": ["Base"]}) == []
    assert query(app_client, project, filter={"is_op": True}) == []
    by_name = [{"field": "object_id", "direction": "asc"}]
    assert [o["object_id"] for o in query(app_client, project, sort_by=by_name, limit=2)] == ["a", "b"]
    assert [o["object_id"] for o in query(app_client, project, sort_by=by_name, offset=1)] == ["b", "b"]
    light = query(app_client, project, metadata_only=True, include_storage_size=True)
    assert (light[0]["val"], light[0]["size_bytes"]) == ({}, len('{"v": 1}'))


def test_bad_lists_are_refused(app_client: TestClient, project: str) -> None:
    create(app_client, project, 1)
    for more, status in (
        ({"limit": -1}, 400),
        ({"offset": -1}, 400),
        ({"sort_by": [{"field": "object_id", "direction": "ASC"}]}, 422),
        ({"filter": {"object_ids": "x"}}, 422),
    ):
        assert app_client.post("/objs/query", json={"project_id": project, **more}).status_code == status


def test_tags_and_aliases(app_client: TestClient, project: str) -> None:
    first, second = (create(app_client, project, {"v": v}) for v in (1, 2))

    def call(method: str, path: str, **body: Any) -> int:
        return app_client.request(method, f"/objs/thing/{path}", json={"project_id": project, **body}).status_code

    assert call("PUT", f"versions/{first}/tags", tags=["b tag", "a", "a"]) == 200
    assert call("PUT", f"versions/{first}/tags", tags=["bad  tag"]) == 400
    assert call("PUT", "versions/latest/tags", tags=["a"]) == 404
    assert call("PUT", "aliases", digest=first, aliases=["prod", "stage"]) == 200
    assert call("PUT", "aliases", digest=second, aliases=["prod"]) == 200
    assert call("PUT", "aliases", digest="v0", aliases=["x"]) == 404
    for bad in ("", " ", "a/b", "a:b", "latest", "v3", "x" * 129, "x" * 43):
        assert call("PUT", "aliases", digest=second, aliases=[bad]) == 400, bad
    assert read(app_client, project, "prod")["digest"] == second
    labelled = query(app_client, project, include_tags_and_aliases=True)
    assert [(o["tags"], o["aliases"]) for o in labelled] == [(["a", "b tag"], ["stage"]), ([], ["latest", "prod"])]
    assert [o["digest"] for o in query(app_client, project, filter={"tags": ["a"]})] == [first]
    assert [o["digest"] for o in query(app_client, project, filter={"aliases": ["latest"]})] == [second]
    assert app_client.get("/tags", params={"project_id": project}).json() == {"tags": ["a", "b tag"]}
    aliases = app_client.get("/aliases", params={"project_id": project}).json()
    assert aliases == {"aliases": ["latest", "prod", "stage"]}
    assert call("POST", f"versions/{first}/tags/remove", tags=["a", "never there"]) == 200
    assert call("POST", "aliases/remove", aliases=["prod", "never there"]) == 200
    assert call("POST", "aliases/remove", aliases=["latest"]) == 400
    assert read(app_client, project, first, include_tags_and_aliases=True)["tags"] == ["b tag"]
    assert app_client.get("/aliases", params={"project_id": project}).json() == {"aliases": ["latest", "stage"]}


def test_refs_inside_a_value_are_hashed_in_their_stored_form(app_client: TestClient, project: str) -> None:
    digest = create(app_client, project, {"a": 1})
    info = app_client.post("/service/projects_info", json={"project_ids": [project]}).json()
    internal = info[0]["internal_project_id"]
    val = {"r": f"weave:///{project}/object/thing:{digest}"}
    outer = create(app_client, project, val, "outer")
    assert outer == object_digest({"r": f"weave-trace-internal:///{internal}/object/thing:{digest}"})
    assert read(app_client, project, outer, "outer")["val"] == val
