"""A project's own prices over HTTP: set, listed by queries, removed, and used for the costs of calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

JUNE = "2024-06-01T00:00:00Z"
MATCH_ALL = {"$eq": [{"$literal": "1"}, {"$literal": "1"}]}


def post(client: TestClient, path: str, status: int = 200, **body: Any) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def create(client: TestClient, project: str, **costs: Any) -> dict[str, str]:
    """Model to id of the new prices."""
    return {model: price_id for price_id, model in post(client, "/cost/create", project_id=project, costs=costs)["ids"]}


def found(client: TestClient, project: str, **asked: Any) -> list[str | None]:
    return [row["llm_id"] for row in post(client, "/cost/query", project_id=project, **asked)["results"]]


def price(prompt: float = 1.0, completion: float = 2.0, **more: Any) -> dict[str, Any]:
    return {"prompt_token_cost": prompt, "completion_token_cost": completion, **more}


def where(model: str) -> dict[str, Any]:
    return {"$in": [{"$getField": "llm_id"}, [{"$literal": model}]]}


def test_a_price_is_shown_with_its_defaults(app_client: TestClient, project: str) -> None:
    ids = create(app_client, project, m=price(effective_date=None, provider_id=None, prompt_token_cost_unit=None))
    (row,) = post(app_client, "/cost/query", project_id=project)["results"]
    assert row.pop("effective_date").endswith("Z")
    assert row == {
        "id": ids["m"],
        "llm_id": "m",
        "prompt_token_cost": 1.0,
        "completion_token_cost": 2.0,
        "cache_read_input_token_cost": 0.0,
        "cache_creation_input_token_cost": 0.0,
        "prompt_token_cost_unit": "USD",
        "completion_token_cost_unit": "USD",
        "provider_id": "default",
    }


def test_every_price_is_kept_and_belongs_to_its_project(app_client: TestClient, project: str) -> None:
    first = create(app_client, project, m=price())
    assert create(app_client, project, m=price())["m"] != first["m"]
    other = f"tests/p-{new_id()}"
    create(app_client, other, elsewhere=price())
    assert found(app_client, project) == ["m", "m"]
    purge_other = {"$expr": {"$eq": [{"$getField": "id"}, {"$literal": first["m"]}]}}
    post(app_client, "/cost/purge", project_id=other, query=purge_other)
    assert found(app_client, project) == ["m", "m"]


@pytest.mark.parametrize(
    "bad",
    [
        {"prompt_token_cost": 1},
        price(prompt="cheap"),  # type: ignore[arg-type]
        price(effective_date="yesterday"),
        price(effective_date="0001-01-01T00:00:00+14:00"),
        price(provider_id=3),
        price(cache_read_input_token_cost=[]),
        3,
    ],
)
def test_a_price_of_another_shape_is_refused_and_nothing_stored(
    app_client: TestClient, project: str, bad: object
) -> None:
    create(app_client, project)
    post(app_client, "/cost/create", 422, project_id=project, costs={"good": price(), "bad": bad})
    assert found(app_client, project) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_price_that_is_no_number_is_refused(app_client: TestClient, project: str, number: str) -> None:
    costs = f'{{"m": {{"prompt_token_cost": {number}, "completion_token_cost": 1}}}}'
    answer = app_client.post("/cost/create", content=f'{{"project_id": "{project}", "costs": {costs}}}')
    assert answer.status_code == 422


def test_texts_no_store_can_keep_are_refused(app_client: TestClient, project: str) -> None:
    body = json.dumps({"project_id": project, "costs": {"\ud800": price()}})
    assert app_client.post("/cost/create", content=body).status_code == 400


def test_prices_are_found_by_any_of_their_fields(app_client: TestClient, project: str) -> None:
    ids = create(
        app_client,
        project,
        a=price(1e-7, effective_date="2024-05-01T02:00:00+02:00"),
        b=price(2e-7, effective_date="2024-07-01T00:00:00", provider_id="p"),
    )
    for expression, models in (
        (MATCH_ALL, ["a", "b"]),
        ({"$and": [MATCH_ALL, where("b")]}, ["b"]),
        ({"$eq": [{"$literal": "1"}, {"$literal": "2"}]}, []),
        ({"$gt": [{"$getField": "prompt_token_cost"}, {"$literal": 1.5e-7}]}, ["b"]),
        ({"$lt": [{"$getField": "effective_date"}, {"$literal": JUNE}]}, ["a"]),
        ({"$eq": [{"$getField": "effective_date"}, {"$literal": "2024-05-01T00:00:00Z"}]}, ["a"]),
        ({"$eq": [{"$getField": "provider_id"}, {"$literal": "default"}]}, ["a"]),
        ({"$eq": [{"$getField": "pricing_level"}, {"$literal": "project"}]}, ["a", "b"]),
        ({"$eq": [{"$getField": "pricing_level_id"}, {"$literal": project}]}, ["a", "b"]),
        ({"$eq": [{"$getField": "id"}, {"$literal": ids["b"]}]}, ["b"]),
        ({"$not": [where("b")]}, ["a"]),
        ({"$contains": {"input": {"$getField": "llm_id"}, "substr": {"$literal": "B"}, "case_insensitive": True}}, "b"),
    ):
        assert found(app_client, project, query={"$expr": expression}) == list(models), expression


def test_prices_are_ordered_cut_and_projected(app_client: TestClient, project: str) -> None:
    create(app_client, project, a=price(3), b=price(1), c=price(3))
    order = [{"field": "prompt_token_cost", "direction": "desc"}, {"field": "llm_id", "direction": "desc"}]
    assert found(app_client, project, sort_by=order) == ["c", "a", "b"]
    assert found(app_client, project, sort_by=order, limit=1, offset=1) == ["a"]
    assert found(app_client, project, sort_by=order, offset=10**30) == []
    assert found(app_client, project, limit=0) == []
    assert found(app_client, project, sort_by=[{"field": "pricing_level", "direction": "desc"}]) == ["a", "b", "c"]
    (row,) = post(app_client, "/cost/query", project_id=project, fields=["llm_id", "created_by"], limit=1)["results"]
    assert {name: value for name, value in row.items() if value is not None} == {"llm_id": "a"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"fields": ["nosuch"]}, 422),
        ({"sort_by": [{"field": "nosuch", "direction": "asc"}]}, 422),
        ({"query": {"$expr": {"$eq": [{"$getField": "nosuch"}, {"$literal": 1}]}}}, 422),
        ({"query": {"$expr": {"$eq": [{"$getField": "llm_id"}, {"$literal": 1}]}}}, 400),
        ({"query": {"$expr": {"$gt": [{"$getField": "effective_date"}, {"$literal": "soon"}]}}}, 400),
        ({"limit": -1}, 400),
        ({"offset": -1}, 400),
    ],
)
def test_what_cannot_be_asked_is_refused(app_client: TestClient, project: str, asked: Any, status: int) -> None:
    create(app_client, project, m=price())
    post(app_client, "/cost/query", status, project_id=project, **asked)


def test_prices_are_removed_by_id_in_each_of_the_three_forms(app_client: TestClient, project: str) -> None:
    ids = create(app_client, project, a=price(), b=price(), c=price(), d=price())

    def is_id(model: str) -> dict[str, Any]:
        return {"$eq": [{"$getField": "id"}, {"$literal": ids[model]}]}

    listed = [{"$literal": ids["d"]}, {"$literal": "unknown"}]
    for expression in (is_id("a"), {"$or": [is_id("b")]}, {"$in": [{"$getField": "id"}, listed]}):
        assert post(app_client, "/cost/purge", project_id=project, query={"$expr": expression}) == {}
    assert found(app_client, project) == ["c"]


@pytest.mark.parametrize(
    "expression",
    [
        MATCH_ALL,
        where("m"),
        {"$in": [{"$getField": "id"}, [{"$literal": 1}]]},
        {"$eq": [{"$literal": "x"}, {"$getField": "id"}]},
        {"$and": [{"$eq": [{"$getField": "id"}, {"$literal": "x"}]}]},
        {"$or": [{"$in": [{"$getField": "id"}, [{"$literal": "x"}]]}]},
    ],
)
def test_other_purges_are_refused_and_remove_nothing(app_client: TestClient, project: str, expression: Any) -> None:
    create(app_client, project, m=price())
    post(app_client, "/cost/purge", 400, project_id=project, query={"$expr": expression})
    assert found(app_client, project) == ["m"]


def test_costs_of_calls_use_the_projects_price_in_force(app_client: TestClient, project: str) -> None:
    create(app_client, project, **{"gpt-4o": price(1, 2, effective_date="2024-01-01T00:00:00Z"), "own": price(3, 4)})
    create(app_client, project, **{"gpt-4o": price(5, 6, effective_date="2025-01-01T00:00:00Z")})
    usage = {"prompt_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 4}
    call_id = _call(app_client, project, {"gpt-4o": usage, "own": usage, "gpt-4.1-nano": usage, "unpriced": usage})
    (line,) = app_client.post("/calls/stream_query", json={"project_id": project, "include_costs": True}).text.split()
    costs = json.loads(line)["summary"]["weave"]["costs"]
    read = app_client.post("/call/read", json={"project_id": project, "id": call_id, "include_costs": True}).json()
    assert read["call"]["summary"]["weave"]["costs"] == costs
    assert set(costs) == {"gpt-4o", "own", "gpt-4.1-nano"}
    chosen = costs["gpt-4o"]
    assert (chosen["prompt_tokens_total_cost"], chosen["completion_tokens_total_cost"]) == (6, 10)
    assert (chosen["pricing_level"], chosen["pricing_level_id"]) == ("project", project)
    assert chosen["effective_date"] == "2024-01-01T00:00:00.000000Z"
    # A price that came later counts where there is none for the time.
    assert costs["own"]["prompt_token_cost"] == 3
    assert (costs["gpt-4.1-nano"]["pricing_level"], costs["gpt-4.1-nano"]["pricing_level_id"]) == ("default", "default")


def test_evaluation_results_use_the_projects_prices(app_client: TestClient, project: str) -> None:
    create(app_client, project, own=price(1, 2))
    entity, name = project.split("/")
    v2 = f"/v2/{entity}/{name}"
    model = f"weave:///{project}/object/m:{'x' * 43}"
    evaluation = {"name": "e", "dataset": f"weave:///{project}/object/d:{'x' * 43}", "scorers": []}
    ref = app_client.post(f"{v2}/evaluations", json=evaluation).json()["evaluation_ref"]
    run = app_client.post(f"{v2}/evaluation_runs", json={"evaluation": ref, "model": model}).json()["evaluation_run_id"]
    prediction = {"model": model, "inputs": {"q": 1}, "output": 2, "evaluation_run_id": run}
    predicted = app_client.post(f"{v2}/predictions", json=prediction).json()["prediction_id"]
    app_client.post(f"{v2}/predictions/{predicted}/finish", json={}).raise_for_status()
    call = app_client.post("/call/read", json={"project_id": project, "id": predicted}).json()["call"]
    _call(app_client, project, {"own": {"input_tokens": 7, "output_tokens": 1}}, call)
    asked = {"project_id": project, "evaluation_run_ids": [run], "include_costs": True}
    answer = app_client.post(f"{v2}/eval_results/query", json=asked).json()
    (trial,) = answer["rows"][0]["evaluations"][0]["trials"]
    assert trial["total_cost"] == 9


def _call(client: TestClient, project: str, usage: dict[str, Any], over: dict[str, Any] | None = None) -> str:
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "op",
        "started_at": JUNE,
        "attributes": {},
        "inputs": {},
        **(over or {}),
        "ended_at": "2024-06-01T00:00:01Z",
        "summary": {"usage": usage},
    }
    entity, name = project.split("/")
    client.post(f"/v2/{entity}/{name}/calls/complete", json={"batch": [call]}).raise_for_status()
    return str(call["id"])


def test_the_published_prices_are_searched_and_paged(app_client: TestClient) -> None:
    def ask(**asked: Any) -> Any:
        answer = app_client.get("/weft/v1/prices/defaults", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    found = ask(search="OPENAI/gpt-4o", limit=2)
    assert [one["provider"] for one in found["prices"]] == ["openai", "openai"]
    assert found["total"] > 2
    assert found["next_offset"] == 2
    more = ask(search="openai/gpt-4o", limit=500, offset=2)
    assert (len(more["prices"]), more["next_offset"]) == (found["total"] - 2, None)
    (price,) = [one for one in found["prices"] if one["model"] == "gpt-4o"]
    assert (price["prompt_token_cost"], price["completion_token_cost"]) == (2.5e-6, 1e-5)
    assert ask(search="no such model") == {"prices": [], "total": 0, "next_offset": None}
