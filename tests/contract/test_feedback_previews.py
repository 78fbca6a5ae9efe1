"""Lists of feedback over HTTP: small rows whatever the payloads hold, and who gave it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

NOTE, REACTION = "wandb.note.1", "wandb.reaction.1"


class Sayings:
    """A project in which things are said of calls."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    def say(self, kind: str, payload: dict[str, Any], call: str = "c1") -> str:
        body = {"project_id": self.project, "weave_ref": f"weave:///{self.project}/call/{call}"}
        answer = self.client.post("/feedback/create", json={**body, "feedback_type": kind, "payload": payload})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def previews(self, **body: Any) -> dict[str, Any]:
        answer = self.client.post("/weft/v1/feedback/previews", json={"project_id": self.project, **body})
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def sayings(app_client: TestClient, project: str) -> Sayings:
    return Sayings(app_client, project)


def test_rows_say_what_was_meant_and_of_what(sayings: Sayings) -> None:
    sayings.say(REACTION, {"emoji": "👍"}, "c1")
    sayings.say(NOTE, {"note": "unsure"}, "c2")
    sayings.say("rating", {"stars": 4, "why": {"text": "short"}}, "c3")
    found = sayings.previews()
    assert [row["value"] for row in found["rows"]] == [{"stars": 4, "why": {"text": "short"}}, "unsure", "👍"]
    assert found["rows"][0]["weave_ref"] == f"weave:///{sayings.project}/call/c3"
    assert {row["annotator"] for row in found["rows"]} == {"local"}
    assert (found["rows"][0]["call_ref"], found["rows"][0]["queue_id"]) == (None, None)
    assert (found["total"], found["next_offset"]) == (3, None)


def test_pages_stay_small_and_lose_nothing(sayings: Sayings) -> None:
    for number in range(12):
        sayings.say(
            "long",
            {"text": "é" * 100_000, "refs": [f"weave:///{sayings.project}/object/o:{'d' * 40}"] * 3000},
            f"c{number}",
        )
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = sayings.previews(limit=5, offset=offset)
        seen += [row["id"] for row in page["rows"]]
        offset = page["next_offset"]
    assert len(seen) == len(set(seen)) == page["total"] == 12


def test_rows_are_filtered_and_sorted_as_asked(sayings: Sayings) -> None:
    for number, stars in enumerate((2, 5, 4)):
        sayings.say("rating", {"stars": stars}, f"c{number}")
    sayings.say(NOTE, {"note": "x"})
    many = {"$gt": [{"$getField": "payload.stars"}, {"$literal": 3}]}
    found = sayings.previews(query={"$expr": many}, sort_by=[{"field": "payload.stars", "direction": "asc"}])
    assert [row["value"]["stars"] for row in found["rows"]] == [4, 5]
    page = sayings.previews(query={"$expr": many}, limit=1)
    assert (len(page["rows"]), page["total"], page["next_offset"]) == (1, 2, 1)
    assert sayings.previews(limit=0) == {"rows": [], "total": 4, "next_offset": None}
    nulls = {"query": None, "sort_by": None, "limit": None, "offset": None}
    assert sayings.previews(**nulls)["total"] == 4


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"limit": -1}, 422),
        ({"limit": 201}, 422),
        ({"offset": -1}, 422),
        ({"offset": 10**30}, 422),
        ({"sort_by": [{"field": "nothing", "direction": "asc"}]}, 400),
        ({"query": {"$expr": {"$eq": [{"$getField": "nothing"}, {"$literal": 1}]}}}, 400),
    ],
)
def test_bad_requests_are_refused(sayings: Sayings, body: dict[str, Any], status: int) -> None:
    sayings.say(NOTE, {"note": "x"})
    answer = sayings.client.post("/weft/v1/feedback/previews", json={"project_id": sayings.project, **body})
    assert answer.status_code == status, answer.text


def test_annotators_are_counted_by_type(sayings: Sayings) -> None:
    sayings.say(NOTE, {"note": "x"})
    sayings.say(NOTE, {"note": "y"}, "c2")
    sayings.say("rating", {"stars": 1})

    def annotators(**params: str) -> list[tuple[str, int]]:
        query = {"project_id": sayings.project, **params}
        answer = sayings.client.get("/weft/v1/feedback/annotators", params=query).json()
        assert answer["total"] == len(answer["annotators"])
        return [(one["name"], one["count"]) for one in answer["annotators"]]

    assert annotators() == [("local", 3)]
    assert annotators(feedback_type=NOTE) == [("local", 2)]
    assert annotators(feedback_type="none") == []
