"""Custom runtimes: what a declaration becomes, what it removes, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.llm_app import Playground, llm_client, playground, provider, running_provider

__all__ = ["llm_client", "playground", "provider", "running_provider"]

URL = "https://llm.example.com/v1"


def _objects(playground: Playground) -> dict[str, dict[str, Any]]:
    """The latest live objects of the project."""
    body = {"project_id": playground.project, "filter": {"latest_only": True}}
    return {item["object_id"]: item for item in playground.client.post("/objs/query", json=body).json()["objs"]}


def test_a_runtime_becomes_a_provider_and_its_models(playground: Playground) -> None:
    answer = playground.runtime(
        "team%2Fllm", URL, api_key_secret="MY_KEY", headers={"X-A": "b"},
        runtime_ids=[{"id": " a/b:1 ", "max_tokens": 9}, {"id": "c", "max_tokens": None}],
    )  # fmt: skip
    assert answer == {
        "name": "team/llm", "base_url": URL, "api_key_secret": "MY_KEY", "headers": {"X-A": "b"},
        "runtime_ids": [
            {"id": "a/b:1", "max_tokens": 9, "playground_id": "custom::team/llm::a/b:1"},
            {"id": "c", "max_tokens": 4096, "playground_id": "custom::team/llm::c"},
        ],
    }  # fmt: skip
    objects = _objects(playground)
    assert objects.keys() == {"team_llm", "team_llm-a_b_1", "team_llm-c"}
    stored = objects["team_llm"]
    assert stored["base_object_class"] == "Provider"
    header = {"description": None, "_bases": ["BaseObject", "BaseModel"]}
    assert stored["val"] == {
        **header, "_type": "Provider", "_class_name": "Provider", "name": "team/llm", "base_url": URL,
        "api_key_name": "MY_KEY", "extra_headers": {"X-A": "b"}, "return_type": "openai",
    }  # fmt: skip
    assert objects["team_llm-a_b_1"]["val"] == {
        **header, "_type": "ProviderModel", "_class_name": "ProviderModel", "name": "a/b:1",
        "provider": stored["digest"], "max_tokens": 9,
    }  # fmt: skip


def test_models_that_are_no_longer_named_are_removed(playground: Playground) -> None:
    playground.runtime("mine", URL, "a", "b")
    playground.runtime("other", URL, "a")
    first = _objects(playground)["mine"]["digest"]
    playground.runtime("mine", "https://new.example.com/v1", "b", "c")
    objects = _objects(playground)
    assert objects.keys() == {"mine", "mine-b", "mine-c", "other", "other-a"}
    assert objects["mine"]["digest"] != first
    assert objects["mine-b"]["val"]["provider"] == objects["mine"]["digest"]
    assert playground.runtime("mine", URL)["runtime_ids"] == []
    assert _objects(playground).keys() == {"mine", "other", "other-a"}
    playground.runtime("mine", URL, "a")
    assert "mine-a" in _objects(playground)


def test_declaring_the_same_twice_changes_nothing(playground: Playground) -> None:
    playground.runtime("mine", URL, "a")
    before = _objects(playground)
    playground.runtime("mine", URL, "a")
    assert _objects(playground) == before


def test_a_deleted_provider_is_made_again(playground: Playground) -> None:
    playground.runtime("mine", URL, "a")
    body = {"project_id": playground.project, "object_id": "mine"}
    assert playground.client.post("/obj/delete", json=body).status_code == 200
    playground.runtime("mine", URL, "b")
    assert _objects(playground).keys() == {"mine", "mine-b"}


def test_names_that_are_taken_by_something_else_are_refused_and_nothing_is_written(playground: Playground) -> None:
    playground.publish("taken", {"a": 1})
    playground.publish("mine-a", {"a": 1})
    playground.runtime("one/two", URL, "x")
    playground.runtime("a-b", URL, "c")
    before = _objects(playground)
    for name, models in (
        ("taken", ["a"]), ("mine", ["a"]), ("mine", ["b", "a"]), ("one.two", ["x"]), ("one/two", ["y/1", "y.1"]),
        ("a", ["b-c"]),
    ):  # fmt: skip
        assert "conflict" in playground.runtime(name, URL, *models, status=400)["reason"]
    assert _objects(playground) == before


@pytest.mark.parametrize("name", ["a%20b", "a%3A%3Ab", "n" * 129, "%20%20", "%E2%80%A8"])
def test_names_that_cannot_be_are_refused(playground: Playground, name: str) -> None:
    playground.runtime(name, URL, "a", status=422)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"runtime_ids": [{"id": "a"}, {"id": " a"}]}, 422),
        ({"runtime_ids": [{"id": "a b"}]}, 422),
        ({"runtime_ids": [{"id": " "}]}, 422),
        ({"runtime_ids": [{"id": "a", "max_tokens": 0}]}, 422),
        ({"runtime_ids": None}, 422),
        ({"runtime_ids": [{"id": "a" * 124}]}, 400),
        ({"base_url": None}, 422),
        ({"base_url": "https://a.example/v1?"}, 400),
        ({"base_url": "https://a.example/v1#x"}, 400),
        ({"base_url": "https://a.example/v1?x=1"}, 400),
        ({"base_url": "ftp://a.example"}, 400),
        ({"base_url": "http://localhost./v1"}, 400),
        ({"base_url": "http://0x7f000001/v1"}, 400),
        ({"base_url": "http://metadata.google.internal/v1"}, 400),
        ({"headers": {"Metadata-Flavor": "Google"}}, 400),
        ({"headers": {"X-AWS-EC2-Metadata-Token": "x"}}, 400),
        ({"headers": {"x-aws-ec2-metadata-token-ttl-seconds": "1"}}, 400),
        ({"headers": {"x": "a\nb"}}, 400),
        ({"headers": {"\ud800": "a"}}, 400),
        ({"headers": {"x": None}}, 422),
    ],
)
def test_bodies_that_cannot_be_are_refused(playground: Playground, body: dict[str, Any], status: int) -> None:
    wanted = {"base_url": URL, "runtime_ids": [{"id": "a"}], **body}
    content = json.dumps(wanted)
    answer = playground.client.put(f"/v2/{playground.project}/runtimes/mine", content=content)
    assert answer.status_code == status, answer.text
    assert _objects(playground) == {}
