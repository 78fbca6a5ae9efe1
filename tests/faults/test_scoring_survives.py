"""Asked-for scores survive kill −9: whenever the server dies, after a restart every task ends, and is seen once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import LiveServer
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_objects import builtin_scorer, judge, judge_model
from weft.core.ids import new_id

PROJECT = "faults/scoring"
CALLS = 400
KILLS = 3
MOMENT = "2026-01-01T00:00:00Z"


@pytest.fixture
def provider() -> Iterator[LLMProvider]:
    provider = LLMProvider()
    provider.otherwise = lambda _request: Reply(seconds=0.01)
    yield provider
    provider.close()


def _publish(client: httpx.Client, name: str, val: Any) -> str:
    answer = client.post("/obj/create", json={"obj": {"project_id": PROJECT, "object_id": name, "val": val}})
    return f"weave:///{PROJECT}/object/{name}:{answer.raise_for_status().json()['digest']}"


def _calls(client: httpx.Client) -> list[str]:
    batch = [
        {
            "project_id": PROJECT, "id": new_id(), "trace_id": new_id(), "op_name": "predict", "started_at": MOMENT,
            "ended_at": MOMENT, "attributes": {}, "inputs": {}, "output": "{}", "summary": {},
        }
        for _ in range(CALLS)
    ]  # fmt: skip
    client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": batch}).raise_for_status()
    return [str(call["id"]) for call in batch]


def _counts(client: httpx.Client) -> dict[str, int]:
    jobs = client.get("/weft/v1/scoring/jobs", params={"project_id": PROJECT}).raise_for_status().json()["jobs"]
    counts: dict[str, int] = jobs[0]["counts"]
    return counts


def test_every_accepted_task_is_scored_once_however_often_the_server_is_killed(
    tmp_path: Path, provider: LLMProvider
) -> None:
    server = LiveServer(
        tmp_path / "data", WEFT_LLM_BASE_URL=provider.url, WEFT_SCORING_BATCH="64", WEFT_SCORING_MAX_ATTEMPTS="10"
    )
    server.start()
    with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=30) as client:
        scorers = [
            _publish(client, "ValidJSONScorer", builtin_scorer("ValidJSONScorer")),
            _publish(client, "judge", judge(judge_model(response_format="json_object"), "{output}")),
        ]
        calls = _calls(client)
        body = {"project_id": PROJECT, "call_ids": calls, "scorer_refs": scorers}
        client.post("/calls/score", json=body).raise_for_status()
        unfinished_when_killed = 0
        for _ in range(KILLS):
            time.sleep(random.uniform(0.05, 0.4))
            server.kill()
            server.start()
            unfinished_when_killed += sum(_counts(client)[state] for state in ("queued", "running", "retrying"))
        assert unfinished_when_killed > 0, "every kill came too late to mean anything"
        deadline = time.monotonic() + 60
        while _counts(client)["scored"] < 2 * CALLS and time.monotonic() < deadline:
            time.sleep(0.1)
        _check(client, calls)
    server.stop()


def _check(client: httpx.Client, calls: list[str]) -> None:
    assert _counts(client) == {"queued": 0, "running": 0, "retrying": 0, "scored": 2 * CALLS, "failed": 0}
    feedback = client.post("/feedback/query", json={"project_id": PROJECT}).json()["result"]
    seen = Counter((row["weave_ref"].rpartition("/")[2], row["feedback_type"]) for row in feedback)
    kinds = ("wandb.runnable.ValidJSONScorer", "wandb.runnable.judge")
    assert seen == Counter({(call_id, kind): 1 for call_id in calls for kind in kinds})
    stored = client.post("/calls/query_stats", json={"project_id": PROJECT}).json()["count"]
    # The scored calls, a score call for each of two scorers, and the judge's call of its model.
    assert stored == CALLS * 4
