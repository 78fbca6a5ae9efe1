"""Statistics over agents' spans over HTTP: buckets of time and of numbers, groups, what empty buckets hold."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_spans import Agents, compare

DAY = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}
HOUR = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-01T01:00:00Z"}
TOKENS = {"alias": "tokens", "value_type": "number", "value": {"key": "input_tokens"}}
COUNT = {"alias": "n", "aggregation": "count"}


@pytest.fixture
def agents(app_client: TestClient, project: str) -> Agents:
    return Agents(app_client, project)


def column(
    name: str, role: str, kind: str, metric: str | None = None, aggregation: str | None = None
) -> dict[str, Any]:
    return {"name": name, "role": role, "value_type": kind, "metric": metric, "aggregation": aggregation}


def test_every_bucket_of_time_has_a_row(agents: Agents) -> None:
    agents.span(input_tokens=2)
    agents.span(at=600, input_tokens=5)
    agents.span(at=1200, input_tokens=6)
    agents.span(at=3600, input_tokens=100)
    metric = {**TOKENS, "aggregations": ["sum", "avg", "min", "max", "count", "count_distinct"], "percentiles": [50]}
    answer = agents.ask("stats", **HOUR, granularity=1800, metrics=[metric])
    rows = answer.pop("rows")
    assert answer == {
        "start": "2026-02-01T00:00:00.000000Z",
        "end": "2026-02-01T01:00:00.000000Z",
        "granularity": 1800,
        "timezone": "UTC",
        "bucket_type": "time",
        "columns": [
            column("timestamp", "time", "datetime"),
            *(
                column(f"{name}_tokens", "metric", "number", "tokens", name)
                for name in ("sum", "avg", "min", "max", "count", "count_distinct", "p50")
            ),
        ],
    }
    names = [item["name"] for item in answer["columns"]]
    assert [[row[name] for name in names] for row in rows] == [
        ["2026-02-01T00:00:00", 13, pytest.approx(13 / 3), 2, 6, 3, 3, 5],
        ["2026-02-01T00:30:00", 0, None, None, None, 0, 0, None],
    ]


def test_a_bucket_is_a_multiple_of_its_width_since_1970(agents: Agents) -> None:
    agents.span(at=-1)
    agents.span(at=100)
    count = {**TOKENS, "aggregations": ["count"]}
    body = {"start": "2026-02-01T00:01:00Z", "end": "2026-02-01T02:20:01+01:00", "granularity": 4200}
    rows = agents.ask("stats", **body, metrics=[count])["rows"]
    # The first begins before the range, whose spans alone are counted.
    assert [list(row.values()) for row in rows] == [["2026-01-31T23:10:00", 1], ["2026-02-01T00:20:00", 0]]


@pytest.mark.parametrize(
    ("hours", "seconds"), [(2, 300), (2.01, 3600), (12, 3600), (13, 21600), (72, 21600), (73, 43200), (337, 86400)]
)
def test_the_width_follows_from_the_range(agents: Agents, hours: float, seconds: int) -> None:
    day, rest = divmod(round(hours * 3600), 86_400)
    end = f"2026-02-{day + 1:02}T{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}Z"
    assert agents.ask("stats", start=DAY["start"], end=end, metrics=[TOKENS])["granularity"] == seconds


def test_too_many_buckets_become_wider_ones(agents: Agents) -> None:
    answer = agents.ask("stats", **DAY, granularity=1, metrics=[TOKENS])
    assert (answer["granularity"], len(answer["rows"])) == (9, 9600)
    long = agents.ask("stats", start="1900-01-01T00:00:00Z", end="2262-01-01T00:00:00Z", metrics=[TOKENS])
    assert len(long["rows"]) <= 10_001


def test_nothing_named_means_sums_of_numbers_and_counts_of_others(agents: Agents) -> None:
    agents.span(custom_attrs_bool={"ok": True})
    truth = {"alias": "ok", "value_type": "boolean", "value": {"source": "custom_attrs_bool", "key": "ok"}}
    precise = {**TOKENS, "alias": "only", "percentiles": [99.9, 0, 100]}
    answer = agents.ask("stats", **HOUR, granularity=3600, metrics=[TOKENS, truth, precise])
    assert [item["name"] for item in answer["columns"]] == [
        "timestamp", "sum_tokens", "count_ok", "p99_9_only", "p0_only", "p100_only",
    ]  # fmt: skip
    assert list(answer["rows"][0].values())[1:] == [0, 1, 0, 0, 0]


def test_percentiles_lie_between_values(agents: Agents) -> None:
    for tokens in (0, 10, 20, 30, 40):
        agents.span(input_tokens=tokens)
    metric = {**TOKENS, "percentiles": [50, 25, 90, 99.5]}
    [row] = agents.ask("stats", **HOUR, granularity=3600, metrics=[metric])["rows"]
    assert [row[f"p{name}_tokens"] for name in ("50", "25", "90", "99_5")] == pytest.approx([20, 10, 36, 39.8])


def test_the_zone_changes_how_times_are_written_only(agents: Agents) -> None:
    answer = agents.ask("stats", **DAY, granularity=86_400, timezone="Asia/Tokyo", metrics=[TOKENS])
    assert [row["timestamp"] for row in answer["rows"]] == ["2026-02-01T09:00:00+09:00"]
    assert answer["timezone"] == "Asia/Tokyo"


def test_groups_fill_every_bucket_and_a_missing_key_counts_too(agents: Agents) -> None:
    agents.span(custom_attrs_int={"k": 1}, input_tokens=2)
    agents.span(at=1800, input_tokens=3)
    agents.span(at=1801, input_tokens=4)
    body = {**HOUR, "granularity": 1800, "group_by": [{"source": "custom_attrs_int", "key": "k"}]}
    answer = agents.ask("stats", **body, metrics=[{**TOKENS, "aggregations": ["sum", "max"]}])
    assert answer["columns"][1] == column("k", "group", "number")
    assert [list(row.values()) for row in answer["rows"]] == [
        ["2026-02-01T00:00:00", None, 0, None],
        ["2026-02-01T00:00:00", 1, 2, 2],
        ["2026-02-01T00:30:00", None, 7, 4],
        ["2026-02-01T00:30:00", 1, 0, None],
    ]


def test_a_missing_key_is_not_an_empty_one(agents: Agents) -> None:
    agents.span(input_tokens=1)
    agents.span(custom_attrs_string={"k": ""}, input_tokens=2)
    body = {**HOUR, "granularity": 3600, "group_by": [{"source": "custom_attrs_string", "key": "k"}]}
    rows = agents.ask("stats", **body, metrics=[TOKENS])["rows"]
    assert {row["k"]: row["sum_tokens"] for row in rows} == {None: 1, "": 2}


def test_the_largest_groups_are_kept(agents: Agents) -> None:
    for name, count in (("a", 1), ("b", 3), ("c", 2)):
        for index in range(count):
            agents.span(at=index * 600, span_name=name)
    body = {**HOUR, "granularity": 3600, "group_by": [{"key": "span_name"}], "metrics": [TOKENS]}
    rows = agents.ask("stats", **body, group_limit=2)["rows"]
    assert [row["span_name"] for row in rows] == ["b", "c"]
    # Of very many buckets only as many groups as make 10 000 rows.
    many = agents.ask("stats", **{**body, "granularity": 1})["rows"]
    assert len(many) == 3600 * 2


def test_statistics_are_of_attributed_spans(agents: Agents) -> None:
    agents.span(at=-60, agent_name="anna")
    agents.span(input_tokens=5)
    body = {**HOUR, "granularity": 3600, "metrics": [TOKENS]}
    rows = agents.ask("stats", **body, group_by=[{"key": "agent_name"}])["rows"]
    assert [(row["agent_name"], row["sum_tokens"]) for row in rows] == [("anna", 5)]
    rows = agents.ask("stats", **body, query=compare("agent_name", "$eq", "anna"))["rows"]
    assert [row["sum_tokens"] for row in rows] == [5]


def test_filters_leave_the_spans_of_groups_that_pass(agents: Agents) -> None:
    agents.span(trace="a", conversation_id="c1", input_tokens=5)
    agents.span(trace="a", input_tokens=6)
    agents.span(trace="b", conversation_id="c2", input_tokens=1)
    body = {**HOUR, "granularity": 3600, "metrics": [TOKENS]}
    total = {"alias": "t", "aggregation": "sum", "value": {"key": "input_tokens"}}
    by_conversation = {"group_by": [{"key": "conversation_id"}], "measure": total}
    for bounds, expected in (({"min": 11}, 11), ({"max": 10}, 1), ({"min": 12}, 0)):
        [row] = agents.ask("stats", **body, group_filters=[{**by_conversation, **bounds}])["rows"]
        assert row["sum_tokens"] == expected
    for bounds, expected in (({"min": 3}, 12), ({"min": 4}, 0)):
        [row] = agents.ask("stats", **body, group_filters=[{"measure": COUNT, **bounds}])["rows"]
        assert row["sum_tokens"] == expected


def test_signals_and_insights_filter_statistics_too(agents: Agents) -> None:
    agents.span(trace="a", conversation_id="c1", input_tokens=5)
    agents.span(trace="b", conversation_id="c2", input_tokens=1)
    agents.feedback("c1", scorer_tags=["good"])
    body = {**HOUR, "granularity": 3600, "metrics": [TOKENS]}
    insight = {"field": "intent_category", "values": ["x"]}
    for extra, expected in (
        ({"signal_filters": {"tags": ["good"]}}, 5),
        ({"insight_filters": [insight]}, 0),
        ({"insight_filters": [{**insight, "exclude": True}]}, 6),
    ):
        assert [row["sum_tokens"] for row in agents.ask("stats", **body, **extra)["rows"]] == [expected]


def test_costs_are_a_metric(agents: Agents) -> None:
    body = {"prompt_token_cost": 2.0, "completion_token_cost": 3.0}
    agents.client.post("/cost/create", json={"project_id": agents.name, "costs": {"mine": body}}).raise_for_status()
    agents.span(request_model="mine", input_tokens=2)
    agents.span(request_model="nobody-sells-it", input_tokens=2)
    cost = {"alias": "cost", "value_type": "number", "value": {"source": "derived", "key": "total_cost_usd"}}
    metric = {**cost, "aggregations": ["sum", "count", "avg"]}
    [row] = agents.ask("stats", **HOUR, granularity=3600, metrics=[metric])["rows"]
    assert (row["sum_cost"], row["count_cost"], row["avg_cost"]) == (4.0, 1, 4.0)


def test_an_empty_range_has_no_rows(agents: Agents) -> None:
    moment = {"start": DAY["start"], "end": DAY["start"]}
    assert agents.ask("stats", **moment, metrics=[TOKENS])["rows"] == []
    assert agents.ask("stats", start="2100-01-01T00:00:00Z", metrics=[TOKENS])["rows"] == []


def numbered(**spec: Any) -> dict[str, Any]:
    return {**DAY, "bucket_by": {"type": "number", **spec}}


def test_bins_of_a_value(agents: Agents) -> None:
    for tokens in (0, 1, 2, 3, 4):
        agents.span(input_tokens=tokens, output_tokens=tokens * 2)
    metric = {"alias": "out", "value_type": "number", "value": {"key": "output_tokens"}, "aggregations": ["sum", "max"]}
    value = {"key": "input_tokens"}
    answer = agents.ask("stats", **numbered(value=value, bins=3, max=6, alias="tokens"), metrics=[metric])
    assert (answer["bucket_type"], answer["granularity"]) == ("number", None)
    assert answer["columns"] == [
        *(column(name, "bucket", "number", "tokens") for name in ("bucket_index", "bucket_min", "bucket_max")),
        column("count", "metric", "number", None, "count"),
        column("sum_out", "metric", "number", "out", "sum"),
        column("max_out", "metric", "number", "out", "max"),
    ]
    assert [list(row.values()) for row in answer["rows"]] == [
        [0, 0, 2, 2, 2, 2],
        [1, 2, 4, 2, 10, 6],
        # The last bin holds what lies on its upper bound.
        [2, 4, 6, 1, 8, 8],
    ]


@pytest.mark.parametrize(
    ("spec", "counts"),
    [
        ({"bins": 2}, [(0, 2, 2), (2, 4, 3)]),
        ({"bins": 2, "min": 3, "max": 4}, [(3, 3.5, 1), (3.5, 4, 1)]),
        ({"bins": 2, "min": 2, "max": 2}, [(2, 2, 1)]),
        ({"bins": 2, "min": 10, "max": 12}, [(10, 11, 0), (11, 12, 0)]),
        ({"bins": 2, "min": 10}, []),
    ],
)
def test_bins_between_bounds(agents: Agents, spec: dict[str, Any], counts: list[Any]) -> None:
    for tokens in (0, 1, 2, 3, 4):
        agents.span(custom_attrs_float={"x": float(tokens)})
    agents.span()
    value = {"source": "custom_attrs_float", "key": "x"}
    rows = agents.ask("stats", **numbered(value=value, **spec))["rows"]
    assert [(row["bucket_min"], row["bucket_max"], row["count"]) for row in rows] == counts


def test_bins_of_the_largest_numbers(agents: Agents) -> None:
    for number in (-1.7e308, 0.0, 1.7e308):
        agents.span(custom_attrs_float={"x": number})
    value = {"source": "custom_attrs_float", "key": "x"}
    rows = agents.ask("stats", **numbered(value=value, bins=3))["rows"]
    assert [row["count"] for row in rows] == [1, 1, 1]


def test_bins_of_groups(agents: Agents) -> None:
    for trace, count in (("a", 1), ("b", 1), ("c", 5)):
        for index in range(count):
            agents.span(trace=trace, conversation_id=trace if index == 0 else "")
    spec = {"group_by": [{"key": "conversation_id"}], "measure": COUNT, "bins": 2}
    rows = agents.ask("stats", **numbered(**spec))["rows"]
    assert [(row["bucket_min"], row["bucket_max"], row["count"]) for row in rows] == [(1, 3, 2), (3, 5, 1)]
    measure = {"alias": "x", "aggregation": "max", "value": {"source": "custom_attrs_int", "key": "nowhere"}}
    assert agents.ask("stats", **numbered(group_by=[{"key": "trace_id"}], measure=measure))["rows"] == []


def test_bins_of_filtered_spans(agents: Agents) -> None:
    agents.span(trace="a", input_tokens=1)
    agents.span(trace="b", input_tokens=2)
    agents.span(trace="b", input_tokens=3)
    chosen = {"group_by": [{"key": "trace_id"}], "measure": COUNT, "min": 2}
    rows = agents.ask("stats", **numbered(value={"key": "input_tokens"}, bins=1), group_filters=[chosen])["rows"]
    assert [(row["bucket_min"], row["bucket_max"], row["count"]) for row in rows] == [(2, 3, 2)]
