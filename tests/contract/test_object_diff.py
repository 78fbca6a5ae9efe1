"""What differs between two versions of an object, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id


class Ground:
    """Publishes versions and compares them."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    def publish(self, value: Any, object_id: str = "thing") -> str:
        """The digest of a new version."""
        body = {"obj": {"project_id": self.project, "object_id": object_id, "val": value}}
        answer = self.client.post("/obj/create", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["digest"])

    def dataset(self, rows: list[Any], **more: Any) -> str:
        """The digest of a new version of a dataset."""
        table = self.client.post("/table/create", json={"table": {"project_id": self.project, "rows": rows}})
        ref = f"weave:///{self.project}/table/{table.json()['digest']}"
        return self.publish({"_type": "Dataset", "name": "data", "rows": ref, **more}, "data")

    def answer(self, before: str, after: str, object_id: str = "thing", **more: Any) -> Any:
        """The response to a comparison."""
        params = {"project_id": self.project, "object_id": object_id, "from": before, "to": after, **more}
        return self.client.get("/weft/v1/objects/diff", params=params)

    def diff(self, *names: str, **more: Any) -> Any:
        """A comparison."""
        answer = self.answer(*names, **more)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()


@pytest.fixture
def ground(app_client: TestClient, project: str) -> Ground:
    return Ground(app_client, project)


def test_places_that_differ_are_named(ground: Ground) -> None:
    first = ground.publish({"a": 1, "b": {"c": [1, 2]}, "prompt": "be\nkind"})
    second = ground.publish({"a": 1, "b": {"c": [1, 3]}, "new": True, "prompt": "be\nbrief"})
    for names in ((first, second), ("v0", "latest"), (first, "v1")):
        answer = ground.diff(*names)
        assert (answer["from"]["digest"], answer["to"]["digest"]) == (first, second)
        assert (answer["from"]["version_index"], answer["identical"], answer["rows"]) == (0, False, None)
        changes = {change["path"]: change for change in answer["changes"]}
        assert (changes["b.c[1]"]["before"], changes["b.c[1]"]["after"]) == ("2", "3")
        assert (changes["new"]["change"], changes["new"]["before"], changes["new"]["after"]) == ("added", None, "true")
        assert changes["prompt"]["text_diff"].splitlines()[1:] == [" be", "-kind", "+brief"]
        assert (answer["changes_total"], answer["changes_truncated"]) == (3, False)


def test_a_version_is_identical_to_itself(ground: Ground) -> None:
    digest = ground.publish({"a": [1, {"b": None}]})
    answer = ground.diff(digest, digest)
    assert (answer["identical"], answer["changes"], answer["changes_total"]) == (True, [], 0)


def test_rows_of_datasets_are_told_apart_by_their_content(ground: Ground) -> None:
    first = ground.dataset([{"q": n, "a": "x"} for n in range(4)])
    second = ground.dataset([{"q": 0, "a": "x"}, {"q": 1, "a": "y"}, {"q": 3, "a": "x"}, {"q": 9}], description="d")
    answer = ground.diff(first, second, object_id="data")
    assert [change["path"] for change in answer["changes"]] == ["description"]
    rows = answer["rows"]
    counts = {name: rows[name] for name in ("added", "removed", "changed", "unchanged", "reordered")}
    assert counts == {"added": 1, "removed": 1, "changed": 1, "unchanged": 2, "reordered": False}
    changed, removed, added = rows["items"]
    assert [change["path"] for change in changed["changes"]] == ["a"]
    assert (changed["index_before"], changed["index_after"], changed["before"]) == (1, 1, '{"q":1,"a":"x"}')
    assert (removed["change"], removed["index_before"], removed["after"]) == ("removed", 2, None)
    assert (added["change"], added["index_after"], added["after"]) == ("added", 3, '{"q":9}')


def test_rows_are_paged_and_pages_stay_small(ground: Ground) -> None:
    first = ground.dataset([{"n": number, "text": "x" * 2000} for number in range(150)])
    second = ground.dataset([{"n": number, "text": "y" * 2000} for number in range(150)])
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        rows = ground.diff(first, second, object_id="data", limit=200, offset=offset)["rows"]
        seen += [item["index_before"] for item in rows["items"]]
        offset = rows["next_offset"]
    assert seen == list(range(150))
    assert ground.diff(first, second, object_id="data", limit=0)["rows"]["items"] == []


def test_many_changes_are_cut(ground: Ground) -> None:
    first = ground.publish({f"k{n}": "a" * 500 for n in range(1000)})
    second = ground.publish({f"k{n}": "b" * 500 for n in range(1000)})
    answer = ground.diff(first, second)
    assert (answer["changes_total"], answer["changes_truncated"]) == (1000, True)
    assert 100 < len(answer["changes"]) <= 200


def test_the_code_of_an_op_is_compared_line_by_line(ground: Ground) -> None:
    made = []
    for line in ("return 1", "return 2"):
        content = f"def f():\n    {line}\n".encode()
        answer = ground.client.post(
            "/file/create", data={"project_id": ground.project}, files={"file": ("obj.py", content)}
        )
        value = {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {"obj.py": answer.json()["digest"]}}
        made.append(ground.publish(value, "f"))
    (change,) = ground.diff(*made, object_id="f")["changes"]
    assert change["path"] == "files.obj\\.py"
    assert change["text_diff"].splitlines()[1:] == [" def f():", "-    return 1", "+    return 2"]


def test_names_of_files_lead_nowhere_else(ground: Ground) -> None:
    digests = [ground.publish({"files": {"a": name}}) for name in ("../../secrets.key", "/etc/passwd")]
    (change,) = ground.diff(*digests)["changes"]
    assert (change["before"], change["after"]) == ("../../secrets.key", "/etc/passwd")


def test_versions_that_are_not_there_are_refused(ground: Ground) -> None:
    digest = ground.publish({"a": 1})
    assert ground.answer(digest, "v7").status_code == 404
    assert ground.answer("f" * 64, digest).status_code == 404
    assert ground.answer(digest, digest, object_id="other").status_code == 404
    assert ground.answer(digest, digest, limit=500).status_code == 422
    assert ground.client.get("/weft/v1/objects/diff", params={"project_id": ground.project}).status_code == 422
    elsewhere = Ground(ground.client, f"tests/{new_id()}")
    assert elsewhere.answer(digest, digest).status_code == 404


def test_lone_surrogates_are_shown(ground: Ground) -> None:
    body = json.dumps({"obj": {"project_id": ground.project, "object_id": "odd", "val": {"a": "\ud800"}}})
    answer = ground.client.post("/obj/create", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    second = ground.publish({"a": "b"}, "odd")
    assert ground.answer(answer.json()["digest"], second, object_id="odd").status_code == 200
