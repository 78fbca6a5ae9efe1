"""Usage of a project over time, by model, op and user."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

MOMENT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
SPAN = {"start": "2026-05-04T10:00:00Z", "end": "2026-05-04T14:00:00Z", "granularity": 3600}


class Ground:
    """A project with calls laid out in time."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    def call(
        self,
        op: str,
        minutes: int,
        *,
        parent: str | None = None,
        tokens: dict[str, tuple[int, int]] | None = None,
        milliseconds: float = 100,
        **fields: Any,
    ) -> str:
        """Store a call; tokens are (prompt, completion) by model. Its parents repeat them, as SDKs do."""
        started = MOMENT + timedelta(minutes=minutes)
        call = {
            "project_id": self.project,
            "id": new_id(),
            "trace_id": parent or new_id(),
            "parent_id": parent,
            "op_name": f"weave:///{self.project}/op/{op}:v1",
            "started_at": started.isoformat(),
            "ended_at": (started + timedelta(milliseconds=milliseconds)).isoformat(),
            "attributes": {},
            "inputs": {},
            "output": None,
            "summary": {"usage": {m: _usage(*counts) for m, counts in tokens.items()}} if tokens else {},
            **fields,
        }
        answer = self.client.post(f"/v2/{self.project}/calls/complete", json={"batch": [call]})
        assert answer.status_code == 200, answer.text
        return str(call["id"])

    def usage(self, **params: Any) -> Any:
        """The usage of the project."""
        answer = self.client.get("/weft/v1/usage", params={"project_id": self.project, **SPAN, **params})
        assert answer.status_code == 200, answer.text
        assert len(answer.content) < 200_000
        return answer.json()


@pytest.fixture
def ground(app_client: TestClient, project: str) -> Ground:
    return Ground(app_client, project)


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "requests": 1}


def test_tokens_count_once_however_often_they_are_reported(ground: Ground) -> None:
    root = ground.call("agent", 5, tokens={"gpt-4o": (30, 12)}, milliseconds=900)
    ground.call("chat", 6, parent=root, tokens={"gpt-4o": (10, 4)}, milliseconds=200)
    ground.call("chat", 7, parent=root, tokens={"gpt-4o": (20, 8)}, milliseconds=400, exception="ValueError: no")
    ground.call("chat", 125, tokens={"nobody-knows-it": (1, 1)})
    answer = ground.usage()
    total = answer["total"]
    assert (total["calls"], total["errors"]) == (4, 1)
    assert (total["input_tokens"], total["output_tokens"], total["total_tokens"]) == (31, 13, 44)
    assert total["cost"] > 0
    assert total["latency_ms"]["p50"] == 300
    assert len(answer["buckets"]) == 4
    (group,) = answer["groups"]
    assert group["series"]["calls"] == [3, 0, 1, 0]
    assert group["series"]["errors"] == [1, 0, 0, 0]
    assert group["series"]["total_tokens"] == [42, 0, 2, 0]
    assert sum(group["series"]["cost"]) == pytest.approx(total["cost"])
    assert group["series"]["latency_p50"] == [400, None, 100, None]
    assert (answer["other"], answer["unpriced_models"]) == (None, ["nobody-knows-it"])


def test_usage_by_model_is_that_of_the_calls_that_report_it(ground: Ground) -> None:
    root = ground.call("agent", 5, tokens={"gpt-4o": (30, 12), "b": (5, 5)}, milliseconds=5000)
    ground.call("chat", 6, parent=root, tokens={"gpt-4o": (30, 12)}, milliseconds=200)
    ground.call("chat", 7, parent=root, tokens={"b": (5, 5)}, milliseconds=400)
    ground.call("chat", 8, tokens={"b": (1, 0)}, milliseconds=600)
    answer = ground.usage(by="model")
    assert [(group["key"], group["calls"], group["total_tokens"]) for group in answer["groups"]] == [
        ("b", 2, 11),
        ("gpt-4o", 1, 42),
    ]
    assert answer["groups"][0]["latency_ms"]["p50"] == 500
    assert (answer["total"]["calls"], answer["total"]["total_tokens"]) == (3, 53)
    assert answer["groups_total"] == 2


def test_groups_beyond_the_largest_are_one(ground: Ground) -> None:
    for number, op in enumerate("aaabbcd"):
        ground.call(op, number, tokens={"gpt-4o": (1, 0)})
    answer = ground.usage(by="op", groups=2)
    assert [(group["key"], group["calls"]) for group in answer["groups"]] == [("a", 3), ("b", 2)]
    assert (answer["other"]["calls"], answer["other"]["total_tokens"], answer["groups_total"]) == (2, 2, 4)
    assert answer["other"]["series"]["calls"] == [2, 0, 0, 0]
    assert answer["total"]["total_tokens"] == 7


def test_users_are_shown_by_name(ground: Ground) -> None:
    ground.call("f", 1)
    (group,) = ground.usage(by="user")["groups"]
    assert group["name"] == "local"
    assert group["calls"] == 1


def test_nothing_happened_is_zero(ground: Ground) -> None:
    ground.call("f", 10_000)
    for by in ("none", "model", "op", "user"):
        answer = ground.usage(by=by)
        assert (answer["total"]["calls"], answer["total"]["latency_ms"], answer["groups_total"]) == (0, None, 0)
        assert (answer["groups"], answer["other"]) == ([], None)
    assert ground.usage(end=SPAN["start"])["buckets"] == []


def test_long_spans_have_wide_buckets(ground: Ground) -> None:
    ground.call("f", 1)
    answer = ground.usage(start="2025-06-01T00:00:00Z", granularity=60, timezone="Europe/Berlin")
    assert len(answer["buckets"]) <= 121
    assert answer["total"]["calls"] == sum(answer["groups"][0]["series"]["calls"]) == 1


def test_odd_usage_counts_nothing(ground: Ground) -> None:
    for usage in ({}, {"m": {}}, {"m": {"prompt_tokens": 10**30}}, {"m": {"other": 1}}, {"": {"requests": 1}}):
        ground.call("f", 1, summary={"usage": usage})
    answer = ground.usage(by="model")
    assert answer["total"]["total_tokens"] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"start": "2020-01-01T00:00:00Z"},
        {"end": "2026-05-04T09:00:00Z"},
        {"start": "0001-01-01T00:00:00Z", "end": "0001-01-02T00:00:00Z"},
        {"by": "colour"},
        {"groups": 13},
        {"granularity": 0},
        {"timezone": "Nowhere/At_all"},
    ],
)
def test_what_cannot_be_asked_is_refused(ground: Ground, params: dict[str, Any]) -> None:
    ground.call("f", 1)
    answer = ground.client.get("/weft/v1/usage", params={"project_id": ground.project, **SPAN, **params})
    assert answer.status_code == 422
