"""Statistics over calls over HTTP: buckets, names of columns, gaps, costs, zones, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id

START = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T03:00:00Z"}
USAGE = [{"metric": "input_tokens"}]
CALLS = [{"metric": "call_count"}]


def stats(client: TestClient, project: str, status: int = 200, **body: Any) -> Any:
    answer = client.post("/calls/stats", json={"project_id": project, **SPAN, **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def put(client: TestClient, project: str, minute: float, usage: dict[str, Any] | None = None, **more: Any) -> str:
    started = START + timedelta(minutes=minute)
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "op",
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(seconds=1)).isoformat(),
        "attributes": {},
        "inputs": {},
        "summary": {"usage": usage} if usage else {},
        **more,
    }
    client.post(f"/v2/{project}/calls/complete", json={"batch": [call]}).raise_for_status()
    return str(call["id"])


def start(client: TestClient, project: str, minute: float) -> None:
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "op",
        "attributes": {},
        "inputs": {},
    }
    started = (START + timedelta(minutes=minute)).isoformat()
    client.post("/call/start", json={"start": {**call, "started_at": started}}).raise_for_status()


def test_every_bucket_of_every_model_is_filled(app_client: TestClient, project: str) -> None:
    put(app_client, project, 5, {"a": {"prompt_tokens": 1, "input_tokens": 2, "total_tokens": 9}})
    put(app_client, project, 65, {"b": {"input_tokens": 4}})
    metrics = [
        {"metric": "input_tokens", "aggregations": ["sum", "avg", "min", "count", "count_true"], "percentiles": [99.9]},
        {"metric": "total_tokens", "aggregations": None, "percentiles": None},
    ]
    answer = stats(app_client, project, granularity=3600, usage_metrics=metrics)
    assert (answer["granularity"], answer["timezone"], answer["call_buckets"]) == (3600, "UTC", [])
    assert (answer["start"], answer["end"]) == (SPAN["start"], SPAN["end"])
    rows = answer["usage_buckets"]
    hours = ["2024-01-01T00:00:00", "2024-01-01T01:00:00", "2024-01-01T02:00:00"]
    assert [(row["timestamp"], row["model"]) for row in rows] == [(hour, model) for hour in hours for model in "ab"]
    assert rows[0] == {
        "timestamp": "2024-01-01T00:00:00",
        "model": "a",
        "sum_input_tokens": 3,
        "avg_input_tokens": 3.0,
        "min_input_tokens": 3,
        "count_input_tokens": 1,
        "count_true_input_tokens": 1,
        "p99_9_input_tokens": 3.0,
        "sum_total_tokens": 9,
        "count": 1,
    }
    assert {name: value for name, value in rows[1].items() if name not in ("timestamp", "model")} == {
        "sum_input_tokens": 0,
        "avg_input_tokens": 0,
        "min_input_tokens": None,
        "count_input_tokens": 0,
        "count_true_input_tokens": 0,
        "p99_9_input_tokens": None,
        "sum_total_tokens": 0,
        "count": 0,
    }


def test_running_calls_count_and_have_no_latency(app_client: TestClient, project: str) -> None:
    put(app_client, project, 1, exception="broke")
    start(app_client, project, 2)
    latency = {"metric": "latency_ms", "aggregations": ["sum", "min"], "percentiles": [50, 0]}
    answer = stats(app_client, project, granularity=10_800, call_metrics=[*CALLS, latency, {"metric": "error_count"}])
    assert answer["call_buckets"] == [
        {
            "timestamp": "2024-01-01T00:00:00",
            "sum_call_count": 2,
            "sum_latency_ms": 1000.0,
            "min_latency_ms": 1000.0,
            "p50_latency_ms": 1000.0,
            "p0_latency_ms": 1000.0,
            "sum_error_count": 1,
            "count": 2,
        }
    ]


def test_deleted_calls_do_not_count(app_client: TestClient, project: str) -> None:
    gone = put(app_client, project, 1, {"m": {"input_tokens": 1}})
    assert stats(app_client, project, granularity=10_800, call_metrics=CALLS)["call_buckets"][0]["count"] == 1
    app_client.post("/calls/delete", json={"project_id": project, "call_ids": [gone]}).raise_for_status()
    answer = stats(app_client, project, granularity=10_800, call_metrics=CALLS, usage_metrics=USAGE)
    assert (answer["call_buckets"][0]["count"], answer["usage_buckets"]) == (0, [])


@pytest.mark.parametrize(
    ("hours", "granularity", "used"),
    [
        (2, None, 300),
        (2.001, None, 3600),
        (12, None, 3600),
        (13, None, 21_600),
        (72, None, 21_600),
        (73, None, 43_200),
        (14 * 24, None, 43_200),
        (14 * 24 + 1, None, 86_400),
        (31 * 24, None, 86_400),
        (3, 1, 2),
        (2.5, 1, 1),
        (31 * 24, 60, 268),
    ],
)
def test_width_of_buckets(
    app_client: TestClient, project: str, hours: float, granularity: int | None, used: int
) -> None:
    put(app_client, project, 1)
    end = (START + timedelta(hours=hours)).isoformat()
    answer = stats(app_client, project, end=end, granularity=granularity, call_metrics=CALLS)
    assert answer["granularity"] == used
    assert len(answer["call_buckets"]) <= 10_000
    assert sum(row["count"] for row in answer["call_buckets"]) == 1


def test_the_first_bucket_may_begin_before_the_span_and_the_last_ends_after_it(
    app_client: TestClient, project: str
) -> None:
    put(app_client, project, 20)
    put(app_client, project, 40)
    span = {"start": "2024-01-01T00:30:00Z", "end": "2024-01-01T01:00:00.5Z"}
    rows = stats(app_client, project, **span, granularity=3600, call_metrics=CALLS)["call_buckets"]
    assert [(row["timestamp"], row["count"]) for row in rows] == [
        ("2024-01-01T00:00:00", 1),
        ("2024-01-01T01:00:00", 0),
    ]
    rows = stats(app_client, project, start=SPAN["start"], end=SPAN["start"], call_metrics=CALLS)["call_buckets"]
    assert rows == []


def test_offsets_are_converted_and_the_zone_is_only_printed(app_client: TestClient, project: str) -> None:
    put(app_client, project, 20)
    span = {"start": "2024-01-01T05:45:00+05:45", "end": "2023-12-31T21:00:00-04:00"}
    berlin = stats(app_client, project, **span, granularity=3600, timezone="Europe/Berlin", call_metrics=CALLS)
    assert (berlin["start"], berlin["end"], berlin["timezone"]) == (span["start"], span["end"], "Europe/Berlin")
    assert [(row["timestamp"], row["count"]) for row in berlin["call_buckets"]] == [("2024-01-01T01:00:00+01:00", 1)]


def test_until_now_when_no_end_is_given(app_client: TestClient, project: str) -> None:
    moment = datetime.now(UTC)
    put(app_client, project, (moment - START) / timedelta(minutes=1))
    answer = stats(app_client, project, start=(moment - timedelta(hours=1)).isoformat(), end=None, call_metrics=CALLS)
    assert answer["granularity"] == 300
    assert sum(row["count"] for row in answer["call_buckets"]) == 1


def test_nothing_asked_for_is_nothing(app_client: TestClient, project: str) -> None:
    put(app_client, project, 1, {"m": {"input_tokens": 1}})
    answer = stats(app_client, project, usage_metrics=None, call_metrics=[])
    assert (answer["granularity"], answer["usage_buckets"], answer["call_buckets"]) == (0, [], [])


def test_costs_use_todays_price_and_price_cached_tokens(app_client: TestClient, project: str) -> None:
    def price(prompt: float, since: str, **more: float) -> dict[str, Any]:
        return {"prompt_token_cost": prompt, "completion_token_cost": 10 * prompt, "effective_date": since, **more}

    cached = {"cache_read_input_token_cost": 0.5, "cache_creation_input_token_cost": 4}
    for costs in (price(1, "2024-01-01T00:00:00Z"), price(2, "2124-01-01T00:00:00Z", **cached)):
        made = app_client.post("/cost/create", json={"project_id": project, "costs": {"own": costs}})
        made.raise_for_status()
    usage = {"input_tokens": 100, "output_tokens": 3, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 10}
    put(app_client, project, 1, {"own": usage, "gpt-4o": {"prompt_tokens": 10}, "unpriced": usage})
    put(app_client, project, 2, {"own": {"input_tokens": 1, "cache_read_input_tokens": 0}})
    metrics = [
        {"metric": "total_cost", "aggregations": ["avg"], "percentiles": [50]},
        {"metric": "input_cost"},
        {"metric": "output_cost"},
    ]
    rows = stats(app_client, project, granularity=10_800, usage_metrics=metrics)["usage_buckets"]
    listed, own, unpriced = rows
    assert (own["model"], own["count"]) == ("own", 2)
    assert (own["sum_input_cost"], own["sum_output_cost"]) == (31 * 2 + 60 * 0.5 + 10 * 4, 60.0)
    assert own["sum_total_cost"] == own["sum_input_cost"] + own["sum_output_cost"]
    assert (own["sum_input_tokens"], own["sum_output_tokens"], own["sum_cache_read_input_tokens"]) == (101, 3, 60)
    assert listed["sum_input_cost"] == pytest.approx(10 * 2.5e-6)
    assert (unpriced["sum_total_cost"], unpriced["sum_input_tokens"]) == (0.0, 100)
    assert not [name for name in own if name.startswith(("avg_", "p50_"))]


def test_costs_are_never_negative(app_client: TestClient, project: str) -> None:
    put(app_client, project, 1, {"gpt-4o": {"input_tokens": 1, "cache_read_input_tokens": 1000}})
    (row,) = stats(app_client, project, granularity=10_800, usage_metrics=[{"metric": "input_cost"}])["usage_buckets"]
    assert row["sum_input_cost"] == pytest.approx(1000 * 1.25e-6)


def test_one_cost_alone_takes_the_tokens_it_needs(app_client: TestClient, project: str) -> None:
    put(app_client, project, 1, {"gpt-4o": {"output_tokens": 7, "input_tokens": 9}})
    metrics = [{"metric": "output_cost"}, {"metric": "input_tokens"}]
    (row,) = stats(app_client, project, granularity=10_800, usage_metrics=metrics)["usage_buckets"]
    assert row["sum_output_cost"] == pytest.approx(7e-5)
    assert {"sum_output_tokens", "sum_input_tokens"} < set(row)
    assert "sum_cache_read_input_tokens" not in row


def test_filters_are_those_of_lists(app_client: TestClient, project: str) -> None:
    root = put(app_client, project, 1, op_name="a", thread_id="t", trace_id=(trace := new_id()))
    put(app_client, project, 2, op_name="b", trace_id=trace, parent_id=root)
    for wanted, count in (
        ({"op_names": ["a"]}, 1),
        ({"op_names": ["a", "b"]}, 2),
        ({"trace_roots_only": True}, 1),
        ({"trace_ids": [trace]}, 2),
        ({"parent_ids": [root]}, 1),
        ({"call_ids": [root]}, 1),
        ({"thread_ids": ["t"]}, 1),
        ({"wb_user_ids": ["nobody"]}, 0),
        ({"unknown": 1}, 2),
        ({"op_names": None}, 2),
    ):
        answer = stats(app_client, project, granularity=10_800, filter=wanted, call_metrics=CALLS)
        assert answer["call_buckets"][0]["count"] == count, wanted


@pytest.mark.parametrize(
    "bad",
    [
        {"start": None},
        {"start": "soon"},
        {"start": SPAN["end"], "end": SPAN["start"]},
        {"end": "2024-02-01T00:00:01Z"},
        {"start": "0001-01-01T00:00:00+14:00", "end": "0001-01-02T00:00:00Z"},
        {"start": "0001-01-01T00:00:00Z", "end": "0001-01-02T00:00:00Z"},
        {"start": "9999-12-30T00:00:00Z", "end": "9999-12-31T23:59:59-01:00"},
        {"granularity": 0},
        {"granularity": -5},
        {"granularity": 10**30},
        {"granularity": 1.5},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "America"},
        {"timezone": "a\0b"},
        {"call_metrics": [{"metric": "input_tokens"}]},
        {"usage_metrics": [{"metric": "latency_ms"}]},
        {"call_metrics": [{"metric": "call_count", "aggregations": ["median"]}]},
        {"call_metrics": [{"metric": "call_count", "percentiles": [100.1]}]},
        {"call_metrics": [{"metric": "call_count", "percentiles": [-1]}]},
        {"call_metrics": [{"metric": "call_count", "percentiles": [50] * 101}]},
    ],
)
def test_what_makes_no_buckets_is_refused(app_client: TestClient, project: str, bad: dict[str, Any]) -> None:
    put(app_client, project, 1)
    stats(app_client, project, 422, **{"call_metrics": CALLS, **bad})


def test_more_cells_than_one_answer_holds_are_refused(app_client: TestClient, project: str) -> None:
    put(app_client, project, 1, {f"m{number}": {"input_tokens": 1} for number in range(60)})
    assert (
        "granularity"
        in stats(app_client, project, 400, granularity=1, end="2024-01-01T02:30:00Z", usage_metrics=USAGE)["reason"]
    )


def test_models_with_odd_names_keep_them(app_client: TestClient, project: str) -> None:
    names = ["", "a.b", "ä\u2028", "weave:///x/y/object/z:v1"]
    put(app_client, project, 1, {name: {"input_tokens": 1} for name in names})
    rows = stats(app_client, project, granularity=10_800, usage_metrics=USAGE)["usage_buckets"]
    assert [row["model"] for row in rows] == sorted(names)
