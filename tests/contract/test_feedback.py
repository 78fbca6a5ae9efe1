"""Feedback over HTTP: what each operation answers, what it refuses, and that a refusal leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.app import create_app
from weft.core.identity import Role
from weft.core.ids import new_id
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

Answer = tuple[int, Any]


@pytest.fixture
def post(app_client: TestClient) -> Callable[..., Answer]:
    def send(path: str, body: Any, **headers: str) -> Answer:
        response = app_client.post(path, json=body, headers=headers)
        return response.status_code, response.json()

    return send


@pytest.fixture
def new(project: str) -> Callable[..., dict[str, Any]]:
    """A valid custom feedback, changed as the test likes."""

    def build(**fields: Any) -> dict[str, Any]:
        target = f"weave:///{project}/call/c1"
        return {"project_id": project, "weave_ref": target, "feedback_type": "custom", "payload": {"a": 1}} | fields

    return build


@pytest.fixture
def rows(post: Callable[..., Answer], project: str) -> Callable[[], list[dict[str, Any]]]:
    def read() -> list[dict[str, Any]]:
        status, body = post("/feedback/query", {"project_id": project})
        assert status == 200, body
        assert body["total_count"] == len(body["result"])
        result: list[dict[str, Any]] = body["result"]
        return result

    return read


Post = Callable[..., Answer]
New = Callable[..., dict[str, Any]]
Rows = Callable[[], list[dict[str, Any]]]
MAPS = ("tag_reasons", "tag_confidences", "ratings", "rating_reasons", "rating_confidences")


def test_what_was_created_can_be_read_at_once(post: Post, new: New, rows: Rows, project: str) -> None:
    reaction = new(
        feedback_type="wandb.reaction.1", payload={"emoji": "👍"}, creator="a colleague", wb_user_id="forged"
    )
    status, created = post("/feedback/create", reaction)
    assert status == 200
    assert created["payload"]["alias"] == ":thumbs_up:"
    assert created["wb_user_id"] not in ("", "forged")
    # Every column is there; only the three that the oldest supported client refuses are left out when empty.
    assert rows() == [
        {
            "id": created["id"],
            "project_id": project,
            "weave_ref": f"weave:///{project}/call/c1",
            "feedback_type": "wandb.reaction.1",
            "payload": created["payload"],
            "creator": "a colleague",
            "created_at": created["created_at"],
            "wb_user_id": created["wb_user_id"],
            **dict.fromkeys(("annotation_ref", "runnable_ref", "call_ref", "trigger_ref", "queue_id")),
            "scorer_tags": [],
            **{f"scorer_{kind}": {} for kind in MAPS},
            "span_agent_name": "",
            "span_agent_version": "",
            "span_status_code": "UNSET",
        }
    ]


def test_every_field_survives(post: Post, new: New, rows: Rows, project: str) -> None:
    fields = {
        "id": new_id(),
        "weave_ref": f"weave:///{project}/agent_turn/t%2F1",
        "feedback_type": "wandb.agent_monitor",
        "payload": {"ref": f"weave:///{project}/object/x:y", "n": None},
        "creator": "somebody",
        "runnable_ref": f"weave:///{project}/object/judge:abc",
        "call_ref": f"weave:///{project}/call/c9",
        "trigger_ref": f"weave:///{project}/object/monitor:abc",
        "scorer_tags": ["a", "a"],
        "scorer_tag_reasons": {"a": "because"},
        "scorer_tag_confidences": {"a": 0.5},
        "scorer_ratings": {"_rating_": 7.25},
        "scorer_rating_reasons": {"_rating_": "so"},
        "scorer_rating_confidences": {"_rating_": 1.0},
        "span_agent_name": "helper",
        "span_agent_version": "2",
        "span_conversation_id": "c",
        "span_status_code": "ERROR",
        "scorer_trace_id": "st",
    }
    assert post("/feedback/create", new(**fields))[0] == 200
    (row,) = rows()
    assert {name: row.get(name) for name in fields} == fields
    assert row["span_trace_id"] == "t/1"


def test_null_is_the_same_as_absent(post: Post, new: New, rows: Rows) -> None:
    optional = ("id", "creator", "call_ref", "queue_id", "scorer_tags", "scorer_ratings", "span_status_code")
    assert post("/feedback/create", new(**dict.fromkeys(optional)))[0] == 200
    shown = rows()[0]
    defaults = {"scorer_tags": [], "scorer_ratings": {}, "span_status_code": "UNSET"}
    assert {name: shown[name] for name in optional[1:]} == {**dict.fromkeys(optional[1:]), **defaults}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"surprise": 1}, 422),
        ({"payload": "text"}, 422),
        ({"payload": None}, 422),
        ({"weave_ref": 5}, 422),
        ({"scorer_ratings": {"a": "high"}}, 422),
        ({"scorer_tags": "a"}, 422),
        ({"id": ""}, 400),
        ({"id": "x" * 129}, 400),
        ({"id": "a\nb"}, 400),
        ({"feedback_type": "wandb.note.1"}, 400),
        ({"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👍👍"}}, 400),
        ({"call_ref": "nonsense"}, 400),
        ({"queue_id": "nobody"}, 400),
        ({"span_status_code": "MAYBE"}, 400),
        ({"weave_ref": "weave:///too/short"}, 400),
        ({"payload": {"a": "x" * 1_048_576}}, 400),
        ({"project_id": "no-slash"}, 400),
    ],
    ids=str,
)
def test_a_refused_feedback_leaves_nothing(
    post: Post, new: New, rows: Rows, fields: dict[str, Any], status: int
) -> None:
    assert post("/feedback/create", new())[0] == 200
    answer, body = post("/feedback/create", new(**fields))
    assert answer == status
    assert ("reason" in body) == (status == 400)
    assert len(rows()) == 1


def test_odd_characters_and_numbers_survive(app_client: TestClient, new: New, rows: Rows, project: str) -> None:
    payload = '{"s":"\\ud800\\u0000","n":NaN,"big":123456789012345678901234567890}'
    odd = f'{{"project_id":"{project}","weave_ref":"x","feedback_type":"c","payload":{payload}}}'
    response = app_client.post("/feedback/create", content=odd, headers={"content-type": "application/json"})
    assert response.status_code == 200
    expected = {"s": "\ud800\0", "n": "NaN", "big": 123456789012345678901234567890}
    assert response.json()["payload"] == expected
    assert rows()[0]["payload"] == expected


def test_a_batch_answers_in_its_order_and_ignores_keys_it_does_not_know(post: Post, new: New, rows: Rows) -> None:
    items = [new(payload={"n": number}, newer_field=1) for number in range(5)]
    status, body = post("/feedback/batch/create", {"batch": items, "newer_field": 1})
    assert status == 200
    assert [item["payload"]["n"] for item in body["res"]] == list(range(5))
    assert sorted(row["id"] for row in rows()) == sorted(item["id"] for item in body["res"])
    assert post("/feedback/batch/create", {"batch": []}) == (200, {"res": []})


def test_a_batch_is_stored_whole_or_not_at_all(post: Post, new: New, rows: Rows) -> None:
    bad = new(feedback_type="wandb.note.1", payload={"note": ""})
    assert post("/feedback/batch/create", {"batch": [new(), bad, new()]})[0] == 400
    assert rows() == []


def test_a_resent_batch_changes_nothing(post: Post, new: New, rows: Rows) -> None:
    batch = {"batch": [new(id=new_id()), new(id="not-a-uuid")]}
    first = post("/feedback/batch/create", batch)
    stored = rows()
    assert post("/feedback/batch/create", batch) == first
    assert rows() == stored
    assert {row["id"] for row in stored} == {item["id"] for item in batch["batch"]}


def test_a_repeat_without_ids_is_recognised(post: Post, new: New, rows: Rows) -> None:
    twice = {"batch": [new(), new(), new(payload={"a": 2})]}
    first = post("/feedback/batch/create", twice)
    again = post("/feedback/batch/create", twice, **{"x-stainless-retry-count": "1"})
    assert sorted(item["id"] for item in again[1]["res"]) == sorted(item["id"] for item in first[1]["res"])
    assert len(rows()) == 3
    other = {"batch": [new(payload={"a": 3})]}
    post("/feedback/batch/create", other, **{"x-stainless-retry-count": "2"})
    assert len(rows()) == 4
    # The same words once more, on purpose.
    post("/feedback/batch/create", other, **{"x-stainless-retry-count": "0"})
    assert len(rows()) == 5


def test_a_batch_needs_the_right_to_every_project_in_it(
    tmp_path: Path, events_engine: EventsEngine, events_url: str, new: New, project: str
) -> None:
    kept = Settings(data=tmp_path / "data", events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(kept)) as client:
        keys = client.app.state.services.stores.keys  # type: ignore[attr-defined]
        member = {"authorization": f"Bearer {keys.create_key('ann', Role.member, project)}"}
        annotator = {"authorization": f"Bearer {keys.create_key('bob', Role.annotator)}"}
        items = [new(), new(project_id=f"{project}-2")]

        def send(batch: list[dict[str, Any]], headers: dict[str, str]) -> int:
            return client.post("/feedback/batch/create", json={"batch": batch}, headers=headers).status_code

        # Nobody has made the second project, and only a member may; for data that is missing the answer is 400.
        assert [send(items, member), send(items[:1], member), send(items, annotator)] == [403, 200, 400]
        query = {"project_id": project}
        assert client.post("/feedback/query", json=query, headers=member).json()["total_count"] == 1


def _publish_spec(post: Post, project: str, schema: Any, **val: Any) -> str:
    value = {"name": "Tone", "field_schema": schema} | val
    spec = {"project_id": project, "object_id": "tone", "val": value, "builtin_object_class": "AnnotationSpec"}
    status, body = post("/obj/create", {"obj": spec})
    assert status == 200, body
    return f"weave:///{project}/object/tone:{body['digest']}"


def _annotation(ref: str, value: Any) -> dict[str, Any]:
    return {"feedback_type": "wandb.annotation.tone", "annotation_ref": ref, "payload": {"value": value}}


def test_annotations_are_checked_against_their_spec(post: Post, new: New, rows: Rows, project: str) -> None:
    ref = _publish_spec(post, project, {"type": "integer", "maximum": 5})
    assert post("/feedback/create", new(**_annotation(ref, 3)))[0] == 200
    assert rows()[0]["annotation_ref"] == ref
    for value in (6, True, "3", None):
        assert post("/feedback/create", new(**_annotation(ref, value)))[0] == 400
    unknown = f"weave:///{project}/object/tone:{'x' * 43}"
    status, body = post("/feedback/create", new(**_annotation(unknown, 3)))
    assert (status, body["missing_object_digests"]) == (404, ["x" * 43])
    assert post("/feedback/create", new(**_annotation(f"weave:///{project}/object/tone:latest", 3)))[0] == 404
    # A client takes a 404 here for a server without the operation.
    assert post("/feedback/batch/create", {"batch": [new(**_annotation(unknown, 3))]})[0] == 400
    assert len(rows()) == 1


def test_only_live_annotation_specs_annotate(post: Post, new: New, rows: Rows, project: str) -> None:
    status, plain = post("/obj/create", {"obj": {"project_id": project, "object_id": "tone", "val": {"a": 1}}})
    assert status == 200
    ref = f"weave:///{project}/object/tone:{plain['digest']}"
    assert post("/feedback/create", new(**_annotation(ref, 3)))[0] == 400
    elsewhere = f"{project}-2"
    other = _publish_spec(post, elsewhere, {})
    assert post("/feedback/create", new(**_annotation(other, 3)))[0] == 400
    mine = new(project_id=elsewhere, **_annotation(other, 3))
    assert post("/feedback/create", mine)[0] == 200
    assert post("/obj/delete", {"project_id": elsewhere, "object_id": "tone"})[0] == 200
    assert post("/feedback/create", mine)[0] == 400
    assert rows() == []


def test_a_queue_must_be_live(post: Post, app_client: TestClient, new: New, rows: Rows, project: str) -> None:
    made = {"project_id": project, "name": "q", "scorer_refs": []}
    queue_id = post("/annotation_queues", made)[1]["id"]
    assert post("/feedback/create", new(queue_id=queue_id))[0] == 200
    assert rows()[0]["queue_id"] == queue_id
    assert app_client.delete(f"/annotation_queues/{queue_id}", params={"project_id": project}).status_code == 200
    assert post("/feedback/create", new(queue_id=queue_id))[0] == 400


def _by_id(*ids: str) -> dict[str, Any]:
    terms = [{"$eq": [{"$getField": "id"}, {"$literal": one}]} for one in ids]
    return {"$expr": {"$or": terms}}


def test_purging_by_ids(post: Post, new: New, rows: Rows, project: str) -> None:
    ids = [post("/feedback/create", new())[1]["id"] for _ in range(3)]
    assert post("/feedback/purge", {"project_id": project, "query": _by_id(ids[0], "unknown", ids[2])}) == (200, {})
    assert [row["id"] for row in rows()] == [ids[1]]
    everything = {"$expr": {"$eq": [{"$literal": 1}, {"$literal": 1}]}}
    assert post("/feedback/purge", {"project_id": project, "query": everything})[0] == 400
    assert post("/feedback/purge", {"project_id": f"{project}-2", "query": _by_id(ids[1])})[0] in (200, 404)
    assert [row["id"] for row in rows()] == [ids[1]]


def test_replacing(post: Post, new: New, rows: Rows) -> None:
    old = post("/feedback/create", new(payload={"n": 1}))[1]["id"]
    status, body = post("/feedback/replace", new(payload={"n": 2}, feedback_id=old))
    assert status == 200
    assert body["id"] != old
    assert [(row["id"], row["payload"]) for row in rows()] == [(body["id"], {"n": 2})]
    chosen = post("/feedback/replace", new(id="chosen", feedback_id=body["id"]))[1]["id"]
    assert [row["id"] for row in rows()] == [chosen] == ["chosen"]
    assert post("/feedback/replace", new(feedback_id="unknown"))[0] == 200
    assert len(rows()) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "no"}},
        {"payload": {"a": "x" * 1_048_576}},
        {
            "feedback_type": "wandb.agent_user_feedback",
            "scorer_tags": ["a"],
            "weave_ref": "weave:///e/p/agent_conversation/c",
            "span_trace_id": "t",
        },
        {"id": ""},
        {"queue_id": "nobody"},
    ],
    ids=["emoji", "size", "span", "id", "queue"],
)
def test_a_refused_replacement_keeps_the_old(post: Post, new: New, rows: Rows, fields: dict[str, Any]) -> None:
    old = post("/feedback/create", new(weave_ref="x"))[1]["id"]
    post("/feedback/create", new(project_id="e/p"))
    assert post("/feedback/replace", new(**fields, feedback_id=old))[0] == 400
    assert [row["id"] for row in rows()] == [old]


def test_a_query_shapes_its_answer(post: Post, new: New, project: str) -> None:
    for number in range(3):
        post("/feedback/create", new(payload={"n": number}, scorer_tags=[]))

    def ask(**fields: Any) -> Answer:
        return post("/feedback/query", {"project_id": project} | fields)

    by_number = [{"field": "payload.n", "direction": "desc"}]
    status, body = ask(fields=["payload.n", "creator", "scorer_tags"], sort_by=by_number, limit=1, offset=1)
    assert status == 200
    assert body == {"result": [{"payload.n": "1", "creator": None, "scorer_tags": []}], "total_count": 3}
    assert ask(fields=["count(*)"])[1] == {"result": [{"count(*)": 3}], "total_count": 3}
    assert ask(limit=0)[1] == {"result": [], "total_count": 3}
    two = {"$expr": {"$gte": [{"$getField": "payload.n"}, {"$literal": 1}]}}
    assert ask(query=two, limit=1)[1]["total_count"] == 2
    on_call = {"$expr": {"$eq": [{"$getField": "weave_ref"}, {"$literal": f"weave:///{project}/call/c1"}]}}
    assert ask(query=on_call)[1]["total_count"] == 3


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"limit": -1}, 400),
        ({"offset": -1}, 400),
        ({"fields": ["nothing"]}, 400),
        ({"sort_by": [{"field": "nothing", "direction": "asc"}]}, 400),
        ({"sort_by": [{"field": "id", "direction": "up"}]}, 422),
        ({"fields": ["payload.a.-1"]}, 422),
        ({"query": {"$expr": {"$and": []}}}, 400),
        ({"query": {"$expr": {"$nothing": []}}}, 422),
        ({"query": {"$expr": {"$eq": [{"$getField": "nothing"}, {"$literal": 1}]}}}, 400),
    ],
    ids=str,
)
def test_bad_queries_are_refused(post: Post, new: New, project: str, fields: dict[str, Any], status: int) -> None:
    post("/feedback/create", new())
    assert post("/feedback/query", {"project_id": project} | fields)[0] == status
