"""Lists of calls: small whatever the calls hold, with the values of chosen paths and what was said of the calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from weft.core.ids import new_id
from weft.domain.call_previews import shortened

PATH = "/weft/v1/calls/previews"


def write(client: TestClient, project: str, **fields: Any) -> str:
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "answers",
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:01.5Z",
        "attributes": {},
        "inputs": {},
        "summary": {},
        **fields,
    }
    answer = client.post(f"/v2/{project}/calls/complete", json={"batch": [call]})
    assert answer.status_code == 200, answer.text
    return str(call["id"])


def previews(client: TestClient, project: str, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post(PATH, json={"project_id": project, **fields})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_rows_have_facts_and_no_payload(app_client: TestClient, project: str) -> None:
    usage = {"gpt-4o": {"prompt_tokens": 1000, "completion_tokens": 10, "requests": 1}}
    write(app_client, project, inputs={"q": "x" * 100_000}, summary={"usage": usage})
    answer = app_client.post(PATH, json={"project_id": project})
    assert len(answer.content) < 1000
    row = json.loads(answer.text)
    assert (row["name"], row["status"], row["latency_ms"]) == ("answers", "success", 1500)
    assert (row["input_tokens"], row["output_tokens"], row["total_tokens"]) == (1000, 10, 1010)
    assert row["cost"] > 0
    assert "values" not in row


def test_values_of_paths_are_shortened_and_refs_stay_whole(app_client: TestClient, project: str) -> None:
    ref = f"weave:///{project}/object/{'n' * 60}:{'d' * 40}"
    inputs = {"a": {"b.c": [1, {"deep": ref}]}, "long": "é" * 5000}
    write(app_client, project, inputs=inputs)
    paths = ["inputs.a.b\\.c.1.deep", "inputs.long", "inputs.none", "inputs.a", "output", "op_name"]
    values = previews(app_client, project, paths=paths)[0]["values"]
    assert values["inputs.a.b\\.c.1.deep"] == ref
    assert values["inputs.long"].endswith("…")
    assert len(values["inputs.long"].encode()) < 300
    assert values["inputs.a"]["b.c"][1]["deep"] == ref
    assert values["op_name"] == "answers"
    assert set(values) == {"inputs.a.b\\.c.1.deep", "inputs.long", "inputs.a", "op_name"}


def test_a_page_of_large_calls_is_under_200_kb(app_client: TestClient, project: str) -> None:
    inputs = {f"k{at}": "ж" * 3000 for at in range(20)}
    for _ in range(10):
        write(app_client, project, inputs=inputs, output=inputs)
    paths = [f"inputs.k{at}" for at in range(20)] + ["output", "inputs"]
    answer = app_client.post(PATH, json={"project_id": project, "paths": paths, "limit": 50})
    assert len(answer.text.splitlines()) == 10
    assert len(answer.content) < 200_000 / 5


def test_scores_notes_and_reactions_are_told(app_client: TestClient, project: str) -> None:
    call = write(app_client, project)
    target = {"project_id": project, "weave_ref": f"weave:///{project}/call/{call}"}
    scorer = f"weave:///{project}/op/exact:{'a' * 43}"
    score = {
        "feedback_type": "wandb.runnable.exact",
        "runnable_ref": scorer,
        "call_ref": target["weave_ref"],
        "payload": {"output": True},
    }
    for feedback in (score, {"feedback_type": "wandb.note.1", "payload": {"note": "n"}}):
        assert app_client.post("/feedback/create", json={**target, **feedback}).status_code == 200
    row = previews(app_client, project, include_scores=True)[0]
    assert row["scores"] == [{"name": "exact", "value": True}]
    assert row["notes"] == 1
    assert "scores" not in previews(app_client, project)[0]


def test_filter_sort_and_page_are_those_of_calls_query(app_client: TestClient, project: str) -> None:
    ids = [write(app_client, project, inputs={"n": at}, started_at=f"2026-01-01T00:00:0{at}Z") for at in range(4)]
    query = {"$expr": {"$gt": [{"$getField": "inputs.n"}, {"$literal": 0}]}}
    sort = [{"field": "started_at", "direction": "desc"}]
    found = previews(app_client, project, query=query, sort_by=sort, limit=2, offset=1)
    assert [row["id"] for row in found] == [ids[2], ids[1]]


@pytest.mark.parametrize("path", ["nothing.a", "op_name.x", "", "project_id"])
def test_a_path_that_leads_nowhere_is_refused(app_client: TestClient, project: str, path: str) -> None:
    write(app_client, project)
    answer = app_client.post(PATH, json={"project_id": project, "paths": [path]})
    assert answer.status_code in (400, 422), answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=80), inner, max_size=8),
    max_leaves=60,
)


@given(JSON, st.integers(10, 300))
def test_a_shortened_value_keeps_to_its_budget(value: Any, budget: int) -> None:
    short = json.dumps(shortened(value, budget), ensure_ascii=False).encode("utf-8", "replace")
    # Escapes and brackets are not counted: they at most multiply what is.
    assert len(short) < 6 * budget + 500


@given(JSON)
def test_a_small_value_is_shown_as_it_is(value: Any) -> None:
    def depth(item: Any) -> int:
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    def keys(item: Any) -> list[str]:
        if isinstance(item, dict):
            return [*item, *(key for inner in item.values() for key in keys(inner))]
        return [key for inner in item for key in keys(inner)] if isinstance(item, list) else []

    if depth(value) <= 4 and all(len(key) <= 60 for key in keys(value)):
        assert shortened(value, 1_000_000) == value
