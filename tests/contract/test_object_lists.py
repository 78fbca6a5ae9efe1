"""Lists of objects, versions and rows as pages show them, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient


class Shelf:
    """Publishes objects and lists them."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    def publish(self, object_id: str, value: Any) -> str:
        body = {"obj": {"project_id": self.project, "object_id": object_id, "val": value}}
        answer = self.client.post("/obj/create", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["digest"])

    def of_class(self, object_id: str, *classes: str, **fields: Any) -> str:
        """Publish an instance of the first class, whose bases are the others."""
        bases = [*classes[1:], "Object", "BaseModel"]
        return self.publish(object_id, {"_type": classes[0], "_class_name": classes[0], "_bases": bases, **fields})

    def get(self, path: str, **params: Any) -> Any:
        answer = self.client.get(f"/weft/v1{path}", params={"project_id": self.project, **params})
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()

    def names(self, **params: Any) -> list[str]:
        return [one["object_id"] for one in self.get("/objects", **params)["objects"]]

    def table(self, rows: list[dict[str, Any]]) -> str:
        body = {"table": {"project_id": self.project, "rows": rows}}
        return str(self.client.post("/table/create", json=body).json()["digest"])


@pytest.fixture
def shelf(app_client: TestClient, project: str) -> Shelf:
    return Shelf(app_client, project)


def test_every_name_once_by_its_newest_version_in_its_family(shelf: Shelf) -> None:
    shelf.of_class("questions", "Dataset", rows=[])
    shelf.of_class("Judge", "LLMJudge", "Scorer")
    shelf.of_class("greeting", "MessagesPrompt", "Prompt")
    shelf.publish("answer", {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {}})
    first = shelf.publish("settings", {"threshold": 1})
    second = shelf.publish("settings", {"threshold": 2})
    answer = shelf.get("/objects")
    assert [one["object_id"] for one in answer["objects"]] == [
        "settings", "answer", "greeting", "Judge", "questions",
    ]  # fmt: skip
    assert answer["families"] == {"dataset": 1, "scorer": 1, "prompt": 1, "op": 1, "other": 1}
    assert (answer["total"], answer["next_offset"]) == (5, None)
    newest = answer["objects"][0]
    assert (newest["digest"], newest["version_index"], newest["versions"]) == (second, 1, 2)
    assert (newest["family"], newest["aliases"], newest["is_latest"]) == ("other", ["latest"], True)
    deleted = {"project_id": shelf.project, "object_id": "settings", "digests": [second]}
    assert shelf.client.post("/obj/delete", json=deleted).status_code == 200
    settings = shelf.get("/objects", family="other")["objects"][0]
    assert (settings["digest"], settings["versions"]) == (first, 1)


def test_families_words_order_and_pages(shelf: Shelf) -> None:
    for name in ("b_set", "A_set", "c_set"):
        shelf.of_class(name, "Dataset", rows=[])
    shelf.of_class("judge", "ExactScorer", "Scorer")
    assert shelf.names(family="dataset", sort="name") == ["A_set", "b_set", "c_set"]
    assert shelf.names(family="scorer") == ["judge"]
    assert shelf.names(family="model") == []
    assert shelf.names(search="a_SET") == ["A_set"]
    assert shelf.names(search="exact") == ["judge"]
    assert shelf.names(search="%") == []
    found = shelf.get("/objects", limit=3, sort="published")
    assert [one["object_id"] for one in found["objects"]] == ["b_set", "A_set", "c_set"]
    assert shelf.names(limit=3, offset=found["next_offset"], sort="published") == ["judge"]
    assert shelf.get("/objects", search="set", family="scorer")["families"] == {"dataset": 3}


def test_versions_are_listed_newest_first_with_labels(shelf: Shelf) -> None:
    digests = [shelf.publish("thing", {"n": number}) for number in range(3)]
    tags = {"project_id": shelf.project, "tags": ["good"]}
    assert shelf.client.put(f"/objs/thing/versions/{digests[1]}/tags", json=tags).status_code == 200
    answer = shelf.get("/objects/versions", object_id="thing", limit=2)
    assert [one["digest"] for one in answer["versions"]] == [digests[2], digests[1]]
    assert [one["tags"] for one in answer["versions"]] == [[], ["good"]]
    assert (answer["total"], answer["next_offset"]) == (3, 2)
    rest = shelf.get("/objects/versions", object_id="thing", limit=2, offset=2)
    assert [one["digest"] for one in rest["versions"]] == [digests[0]]
    assert rest["next_offset"] is None


def test_versions_of_what_is_not_there_are_not_found(shelf: Shelf) -> None:
    params = {"project_id": shelf.project, "object_id": "nothing"}
    shelf.publish("something", {})
    assert shelf.client.get("/weft/v1/objects/versions", params=params).status_code == 404


def test_rows_are_short_whatever_they_hold(shelf: Shelf) -> None:
    rows = [{"q": f"{number}", "long": "é" * 50_000, "n": -number} for number in range(120)]
    digest = shelf.table([*rows, {"q": "short"}])
    answer = shelf.get("/tables/rows", digest=digest)
    assert (answer["total"], len(answer["rows"]), answer["next_offset"]) == (121, 50, 50)
    assert answer["rows"][7]["val"]["q"] == "7"
    assert answer["rows"][7]["val"]["long"].endswith("…")
    assert answer["rows"][7]["cut"]
    end = shelf.get("/tables/rows", digest=digest, offset=100)
    assert end["rows"][-1] == {
        "digest": end["rows"][-1]["digest"],
        "index": 120,
        "val": {"q": "short"},
        "cut": False,
    }
    assert end["next_offset"] is None
    lowest = shelf.get("/tables/rows", digest=digest, sort="n", limit=2)
    assert lowest["rows"][0]["index"] == 119


def test_an_unknown_table_has_no_rows_and_bad_paths_are_refused(shelf: Shelf) -> None:
    shelf.publish("something", {})
    assert shelf.get("/tables/rows", digest="x")["rows"] == []
    params = {"project_id": shelf.project, "digest": shelf.table([{"a": 1}]), "sort": "a..b"}
    assert shelf.client.get("/weft/v1/tables/rows", params=params).status_code == 400
