"""Stories of statistics over feedback: numbers from payloads, totals by tag and rating, and the places in payloads.

Feedback is dated by the server, so windows are laid around now, and of the buckets only what they add up to is told.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.differential.telling import Teller, chosen_id

NOW = datetime.now(UTC)
WINDOW = {"start": (NOW - timedelta(minutes=50)).isoformat(), "end": (NOW + timedelta(minutes=50)).isoformat()}
RANGE = {"after_ms": int(time.time() - 3000) * 1000, "before_ms": int(time.time() + 3000) * 1000}


def feedback_measured(tell: Teller) -> None:
    """Numbers, truths and categories over a window, for all feedback and for some."""
    _say_something(tell)
    every = ["sum", "avg", "min", "max", "count"]
    numbers = {"json_path": "output.score", "aggregations": every, "percentiles": [0, 50, 100]}
    for label, more in {
        "numbers": {"metrics": [numbers]},
        "default numbers": {"metrics": [{"json_path": "output.score"}]},
        "percentiles": {"metrics": [{"json_path": "output.score", "percentiles": [25, 90]}]},
        "truths": {"metrics": [{"json_path": "ok", "value_type": "boolean"}]},
        "two places": {"metrics": [{"json_path": "n"}, {"json_path": "ok", "value_type": "boolean"}]},
        "nowhere": {"metrics": [{"json_path": "nope"}]},
        "one type": {"metrics": [numbers], "feedback_type": "wandb.runnable.one"},
        "no such type": {"metrics": [numbers], "feedback_type": "wandb.runnable"},
        "one trigger": {"metrics": [numbers], "trigger_ref": tell.ref("object", "mon:v1")},
        "wider": {"metrics": [numbers], "granularity": 1200},
        "categories": {"metrics": [{"json_path": "label", "value_type": "categorical"}]},
        "namesakes": {"metrics": [numbers], "trigger_ref": tell.ref("object", "mon:*")},
        "same slug": {"metrics": [{"json_path": "a.b"}, {"json_path": "a_b"}]},
    }.items():
        tell.post(label, "/feedback/stats", {**WINDOW, **more})
        tell.keep(_added_up)
    tell.post("no metrics", "/feedback/stats", WINDOW)
    tell.post("backwards", "/feedback/stats", {"start": WINDOW["end"], "end": WINDOW["start"], "metrics": [numbers]})
    long = {"start": "2024-01-01T00:00:00Z", "end": "2024-02-02T00:00:00Z", "metrics": [numbers]}
    tell.post("long", "/feedback/stats", long)
    for label, metric in {
        "odd path": {"json_path": "a-b"},
        "blank path": {"json_path": " "},
        "odd type": {"json_path": "n", "value_type": "odd"},
        "odd aggregation": {"json_path": "n", "aggregations": ["median"]},
        "odd percentile": {"json_path": "n", "percentiles": [101]},
    }.items():
        tell.post(label, "/feedback/stats", {**WINDOW, "metrics": [metric]})
        tell.keep(_added_up)


def feedback_totalled(tell: Teller) -> None:
    """Rows, tags and ratings, all of them, filtered and grouped."""
    _say_something(tell)
    for label, more in {
        "all": {},
        "grouped": {"group_by": ["scorer_id", "span_agent_name"]},
        "grouped by status": {"group_by": ["span_status_code", "span_agent_version"]},
        "tags": {"tags": ["b", "zz"]},
        "rating from": {"rating_min": 0.2},
        "rating to": {"rating_max": 0.2},
        "monitor": {"monitor_ids": ["mon"]},
        "monitors": {"monitor_ids": ["mon*"]},
        "scorer": {"scorer_ids": ["one"]},
        "scorers": {"scorer_ids": ["o*", "two"]},
        "types": {"feedback_types": ["wandb.runnable.*"]},
        "type prefix": {"feedback_types": ["cust"]},
        "agents": {"span_agent_names": ["ada"]},
        "turns": {"span_types": ["agent_turn"]},
        "conversations": {"span_types": ["agent_conversation"]},
        "several filters": {"tags": ["a"], "rating_min": 0, "scorer_ids": ["*"], "group_by": ["scorer_id"]},
    }.items():
        tell.post(label, "/feedback/aggregate", {**RANGE, **more})
    tell.post("bucketed", "/feedback/aggregate", {**RANGE, "time_bucket_seconds": 3600})
    tell.keep(lambda answer: sum(bucket["total_count"] for bucket in answer["buckets"]))
    day = 86_400_000
    for label, body in {
        "empty range": {"after_ms": 5, "before_ms": 5},
        "31 days": {"after_ms": 0, "before_ms": 31 * day, "tags": ["q"]},
        "longer and filtered": {"after_ms": 0, "before_ms": 31 * day + 1, "tags": ["q"]},
        "longer and grouped": {"after_ms": 0, "before_ms": 31 * day + 1, "group_by": ["scorer_id"]},
        "longer as a whole": {"after_ms": 0, "before_ms": RANGE["before_ms"]},
        "256 buckets": {"after_ms": 0, "before_ms": 256_000, "time_bucket_seconds": 1},
        "257 buckets": {"after_ms": 0, "before_ms": 256_001, "time_bucket_seconds": 1},
        "no width": {"after_ms": 0, "before_ms": 1000, "time_bucket_seconds": 0},
        "odd span type": {**RANGE, "span_types": ["call"]},
        "odd group": {**RANGE, "group_by": ["tags"]},
        "odd rating": {**RANGE, "rating_max": 1.5},
    }.items():
        tell.post(label, "/feedback/aggregate", body)


def feedback_places(tell: Teller) -> None:
    """Where payloads hold what statistics can be asked for."""
    _say_something(tell)
    for label, more in {
        "all": {},
        "one type": {"feedback_type": "wandb.runnable.one"},
        "one trigger": {"trigger_ref": tell.ref("object", "mon:v1")},
        "some": {"sample_limit": 5000},
        "none": {"sample_limit": 0},
        "nothing": {"feedback_type": "nope"},
    }.items():
        tell.post(label, "/feedback/payload_schema", {**WINDOW, **more})


def _added_up(answer: Any) -> dict[str, Any]:
    rows = sum(bucket["count"] for bucket in answer["buckets"])
    return {"granularity": answer["granularity"], "rows": rows, "window_stats": answer["window_stats"]}


def _say_something(tell: Teller) -> None:
    turn = "agent_turn/" + "1" * 32
    said: list[dict[str, Any]] = [
        {"payload": {"output": {"score": 1}, "label": "x", "ok": True}, "scorer_tags": ["a", "a", "b"],
         "scorer_ratings": {"_rating_": 0.0}, "span_agent_name": "ada", "trigger_ref": "mon:v1", "scorer": "one"},
        {"payload": {"output": {"score": 2.5}, "ok": False, "n": 3}, "scorer_tags": ["a"],
         "scorer_ratings": {"_rating_": 0.5, "q": 1.5}, "span_agent_name": "bob", "trigger_ref": "monday:v1",
         "scorer": "one"},
        {"payload": {"output": {"score": "4"}, "ok": "true", "a": {"b": 1}}, "scorer_ratings": {"q": 0},
         "span_status_code": "ERROR", "scorer": "two"},
        {"payload": {"output": {"score": None}, "label": 5, "a_b": 2}},
        {"payload": {"output": {"score": 8}, "list": [1], "n": "text"}},
        {"payload": {}, "scorer_tags": ["up"], "weave_ref": turn, "feedback_type": "wandb.agent_user_feedback"},
    ]  # fmt: skip
    for number, item in enumerate(said, 1):
        scorer = item.pop("scorer", None)
        body = {"id": chosen_id(number), "feedback_type": "custom", **item}
        body["weave_ref"] = tell.ref(*item.get("weave_ref", f"call/{chosen_id(1)}").split("/", 1))
        if scorer:
            body |= {"feedback_type": f"wandb.runnable.{scorer}", "runnable_ref": tell.ref("object", f"{scorer}:v1")}
        if "trigger_ref" in item:
            body["trigger_ref"] = tell.ref("object", item["trigger_ref"])
        tell.post(f"say {number}", "/feedback/create", body)
