"""Statistics over feedback over HTTP: buckets, totals by tag and rating, and the places in payloads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from weft.services import Services
from weft.storage.events.feedback import Feedback

HOUR = timedelta(hours=1)
MOMENT = datetime(2025, 3, 10, 12, 34, 56, 789_000, tzinfo=UTC)


class Ground:
    """A project whose feedback is laid out in time, which no client can do."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self._services: Services = client.app.state.services  # type: ignore[attr-defined]
        self.found = self._services.stores.projects.ensure(*project.split("/"))
        self._made = 0

    def ref(self, tail: str) -> str:
        """A ref of the project as rows hold it."""
        return f"weave-trace-internal:///{self.found.id}/{tail}"

    def say(self, payload: Any, *, at: datetime = MOMENT, kind: str = "custom", **fields: Any) -> None:
        """Store one feedback as of that moment."""
        self._made += 1
        row = Feedback(self.found.id, f"f{self._made}", self.ref("call/c"), kind, payload, created_at=at)
        for name, value in fields.items():
            setattr(row, name, value)
        self._services.stores.feedback.put([row])

    def ask(self, path: str, **body: Any) -> Any:
        """The answer to a question about the project."""
        answer = self.client.post(f"/feedback/{path}", json={"project_id": self.project, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, path: str, **body: Any) -> int:
        """The status of the answer."""
        return self.client.post(f"/feedback/{path}", json={"project_id": self.project, **body}).status_code


@pytest.fixture
def ground(app_client: TestClient, project: str) -> Ground:
    return Ground(app_client, project)


def _window(before: timedelta = HOUR, after: timedelta = HOUR) -> dict[str, str]:
    return {"start": (MOMENT - before).isoformat(), "end": (MOMENT + after).isoformat()}


def _metric(path: str, kind: str = "numeric", **more: Any) -> dict[str, Any]:
    return {"json_path": path, "value_type": kind, **more}


ALL = ["sum", "avg", "min", "max", "count", "count_true", "count_false"]


def test_numbers_are_measured_per_bucket_and_over_the_window(ground: Ground) -> None:
    for offset, value in ((-40, 1), (-39, 2.5), (10, "4"), (11, "text"), (12, None), (13, True), (14, "nan")):
        ground.say({"output": {"score": value}}, at=MOMENT + timedelta(minutes=offset))
    metric = _metric("output.score", aggregations=ALL, percentiles=[50, 99.9])
    answer = ground.ask("stats", **_window(), metrics=[metric], granularity=3600)
    assert [bucket["timestamp"] for bucket in answer["buckets"]] == [
        "2025-03-10T11:00:00.000000Z",
        "2025-03-10T12:00:00.000000Z",
        "2025-03-10T13:00:00.000000Z",
    ]
    first, second, third = answer["buckets"]
    assert (first["sum_output_score"], first["avg_output_score"], first["count"]) == (3.5, 1.75, 2)
    assert (first["p50_output_score"], first["p99.9_output_score"]) == (1.75, pytest.approx(2.4985))
    assert (second["min_output_score"], second["count_output_score"], second["count"]) == (4, 1, 5)
    assert second["count_true_output_score"] is None
    empty = {name: third[f"{name}_output_score"] for name in [*ALL, "p50"]}
    nothing = dict.fromkeys(("min", "max", "count_true", "count_false", "p50"))
    assert empty == {"sum": 0, "avg": 0, "count": 0} | nothing
    assert third["count"] == 0
    stats = answer["window_stats"]["output_score"]
    assert (stats["sum"], stats["min"], stats["max"], stats["count"], stats["p50"]) == (7.5, 1, 4, 3, 2.5)


def test_booleans_are_counted_either_way_and_averaged(ground: Ground) -> None:
    for value in (True, True, False, "true", 1, None):
        ground.say({"ok": value})
    stats = ground.ask("stats", **_window(), metrics=[_metric("ok", "boolean")])["window_stats"]
    assert stats == {"ok": {"count_true": 3, "count_false": 1}}
    metric = _metric("ok", "boolean", aggregations=["avg", "sum", "count"])
    stats = ground.ask("stats", **_window(), metrics=[metric])["window_stats"]
    assert stats == {"ok": {"avg": 0.75, "sum": 3, "count": 4}}


def test_categories_count_every_row(ground: Ground) -> None:
    for payload in ({"label": "a"}, {"label": "b"}, {}):
        ground.say(payload)
    metric = _metric("label", "categorical", aggregations=["count", "avg"], percentiles=[50])
    stats = ground.ask("stats", **_window(), metrics=[metric])["window_stats"]
    assert stats == {"label": {"count": 3, "avg": None, "p50": None}}


def test_without_metrics_there_are_no_buckets(ground: Ground) -> None:
    ground.say({"n": 1})
    answer = ground.ask("stats", **_window())
    assert (answer["buckets"], answer["granularity"], answer["window_stats"]) == ([], 3600, None)


def test_window_holds_its_start_and_not_its_end(ground: Ground) -> None:
    for seconds in (-1, 0, 59, 60):
        ground.say({"n": seconds}, at=MOMENT + timedelta(seconds=seconds))
    window = {"start": MOMENT.isoformat(), "end": (MOMENT + timedelta(seconds=60)).isoformat()}
    answer = ground.ask("stats", **window, metrics=[_metric("n")])
    assert answer["window_stats"]["n"] == {"avg": 29.5, "min": 0, "max": 59}
    assert sum(bucket["count"] for bucket in answer["buckets"]) == 2


def test_end_is_now_when_it_is_not_given(ground: Ground) -> None:
    ground.say({"n": 1}, at=datetime.now(UTC) - timedelta(minutes=1))
    start = (datetime.now(UTC) - HOUR).isoformat()
    answer = ground.ask("stats", start=start, end=None, granularity=None, metrics=[_metric("n")])
    assert answer["window_stats"]["n"]["avg"] == 1
    assert answer["granularity"] == 300
    old = (datetime.now(UTC) - timedelta(days=32)).isoformat()
    assert ground.status("stats", start=old, metrics=[_metric("n")]) == 422
    assert ground.status("payload_schema", start=(datetime.now(UTC) + HOUR).isoformat()) == 422


@pytest.mark.parametrize(
    ("hours", "seconds"), [(2, 300), (12, 3600), (72, 21_600), (14 * 24, 43_200), (15 * 24, 86_400), (31 * 24, 86_400)]
)
def test_width_of_buckets_follows_from_the_window(ground: Ground, hours: int, seconds: int) -> None:
    answer = ground.ask("stats", **_window(HOUR * hours, HOUR * 0), metrics=[_metric("n")])
    assert answer["granularity"] == seconds
    starts = [datetime.fromisoformat(bucket["timestamp"]) for bucket in answer["buckets"]]
    assert starts[0] <= MOMENT - HOUR * hours < starts[1]
    assert all(start.timestamp() % seconds == 0 for start in starts)
    assert {(later - sooner).total_seconds() for sooner, later in pairwise(starts)} == {seconds}
    assert starts[-1] < MOMENT <= starts[-1] + timedelta(seconds=seconds)


def test_too_narrow_buckets_become_wider(ground: Ground) -> None:
    answer = ground.ask("stats", **_window(HOUR * 24 * 30, HOUR), granularity=1, metrics=[_metric("n")])
    assert answer["granularity"] == 30 * 24 * 3600 // 10_000 + 1
    assert len(answer["buckets"]) <= 10_001


def test_buckets_are_aligned_on_the_clocks_of_the_zone(ground: Ground) -> None:
    ground.say({"n": 1})
    answer = ground.ask(
        "stats", **_window(HOUR * 30), granularity=86_400, timezone="Asia/Kolkata", metrics=[_metric("n")]
    )
    starts = [bucket["timestamp"] for bucket in answer["buckets"]]
    assert starts == ["2025-03-08T18:30:00.000000Z", "2025-03-09T18:30:00.000000Z"]
    assert [bucket["count"] for bucket in answer["buckets"]] == [0, 1]


def test_days_stay_days_when_the_clocks_change(ground: Ground) -> None:
    # New York moved its clocks on 9 March 2025 at 7:00 UTC.
    ground.say({"n": 1}, at=datetime(2025, 3, 10, 3, 59, tzinfo=UTC))
    ground.say({"n": 2}, at=datetime(2025, 3, 10, 4, 0, tzinfo=UTC))
    answer = ground.ask(
        "stats", **_window(HOUR * 48), granularity=86_400, timezone="America/New_York", metrics=[_metric("n")]
    )
    by_start = {bucket["timestamp"]: bucket["max_n"] for bucket in answer["buckets"]}
    assert by_start == {
        "2025-03-08T05:00:00.000000Z": None,
        "2025-03-09T05:00:00.000000Z": 1,
        "2025-03-10T04:00:00.000000Z": 2,
    }


def test_paths_that_would_share_a_name_are_told_apart(ground: Ground) -> None:
    ground.say({"a": {"b": 1}, "a_b": 2, "a b": 3, "true_x": "c", "x": True})
    metrics = [_metric("a.b"), _metric("a_b"), _metric("a b"), _metric("a.b", aggregations=["sum"])]
    metrics += [_metric("x", "boolean"), _metric("true_x", "categorical")]
    answer = ground.ask("stats", **_window(), metrics=metrics)
    stats = answer["window_stats"]
    assert stats["a_b"] == {"avg": 1, "min": 1, "max": 1, "sum": 1}
    assert (stats["a_b_2"]["max"], stats["a_b_3"]["max"]) == (2, 3)
    assert stats["x"] == {"count_true": 1, "count_false": 0}
    assert stats["true_x_2"] == {"count": 1}
    filled = next(bucket for bucket in answer["buckets"] if bucket["count"])
    assert (filled["max_a_b"], filled["max_a_b_2"], filled["count_true_x"], filled["count_true_x_2"]) == (1, 2, 1, 1)


def test_versions_of_a_monitor_do_not_include_those_of_its_namesakes(ground: Ground) -> None:
    for number, tail in enumerate(("object/mon:v1", "object/mon:v2", "object/monday:v1"), 1):
        ground.say({"n": number}, trigger_ref=ground.ref(tail))
    ground.say({"n": 100})

    def most(ref: str | None) -> Any:
        trigger = f"weave:///{ground.project}/{ref}" if ref else None
        return ground.ask("stats", **_window(), metrics=[_metric("n")], trigger_ref=trigger)["window_stats"]["n"]["max"]

    assert [most("object/mon:*"), most("object/mon:v1"), most("object/monday:*"), most(None)] == [2, 1, 3, 100]


def test_type_of_feedback_is_exact_and_deleted_feedback_does_not_count(ground: Ground) -> None:
    ground.say({"n": 1}, kind="kind")
    ground.say({"n": 2}, kind="kinder")
    answer = ground.ask("stats", **_window(), metrics=[_metric("n")], feedback_type="kind")
    assert answer["window_stats"]["n"]["max"] == 1
    query = {"$expr": {"$eq": [{"$getField": "id"}, {"$literal": "f1"}]}}
    assert ground.client.post("/feedback/purge", json={"project_id": ground.project, "query": query}).status_code == 200
    answer = ground.ask("stats", **_window(), metrics=[_metric("n")], feedback_type="kind")
    assert answer["window_stats"]["n"]["max"] is None


@pytest.mark.parametrize("path", ["", " ", "a..b", ".a", "a.", "a-b", "a'b", "a`b", "é", "a\n", "x" * 1001])
def test_paths_that_cannot_be_asked_for_are_refused(ground: Ground, path: str) -> None:
    assert ground.status("stats", **_window(), metrics=[_metric(path)]) == 400


@pytest.mark.parametrize(
    "body",
    [
        {"start": MOMENT.isoformat(), "end": (MOMENT - HOUR).isoformat()},
        {"start": MOMENT.isoformat(), "end": (MOMENT + HOUR * 24 * 32).isoformat()},
        {"start": "0001-01-01T00:00:00Z", "end": "0001-01-02T00:00:00Z"},
        {"start": "9999-12-30T00:00:00Z", "end": "9999-12-31T00:00:00Z"},
        {"start": "soon"},
        {**_window(), "granularity": 0},
        {**_window(), "granularity": -5},
        {**_window(), "granularity": 10**30},
        {**_window(), "timezone": "Nope/Zone"},
        {**_window(), "timezone": "../../etc/passwd"},
        {**_window(), "metrics": [_metric("n", "odd")]},
        {**_window(), "metrics": [_metric("n", percentiles=[101])]},
        {**_window(), "metrics": [_metric("n", percentiles=[-1])]},
        {**_window(), "metrics": [_metric("n", aggregations=["median"])]},
    ],
)
def test_windows_and_metrics_that_cannot_be_are_refused(ground: Ground, body: dict[str, Any]) -> None:
    answer = ground.client.post(
        "/feedback/stats", json={"project_id": ground.project, "metrics": [_metric("n")], **body}
    )
    assert answer.status_code in (400, 422), answer.text


def _scored(ground: Ground, **fields: Any) -> None:
    ground.say({}, **fields)


def _lay_out(ground: Ground) -> None:
    scorer = ground.ref("object/sc:v1")
    _scored(
        ground,
        kind="wandb.runnable.sc",
        runnable_ref=scorer,
        scorer_tags=["a", "a", "b"],
        scorer_ratings={"_rating_": 0.0},
        span_agent_name="x",
        trigger_ref=ground.ref("object/mon:v1"),
    )
    _scored(
        ground,
        kind="wandb.runnable.sc",
        runnable_ref=ground.ref("object/sc:v2"),
        scorer_tags=["a"],
        scorer_ratings={"_rating_": 0.5, "q": 1.5},
        span_agent_name="y",
        trigger_ref=ground.ref("object/monday:v1"),
        at=MOMENT + timedelta(seconds=100),
    )
    _scored(
        ground,
        kind="wandb.runnable.scare",
        runnable_ref=ground.ref("op/scare:v1"),
        scorer_ratings={"q": 0},
        weave_ref=ground.ref("agent_turn/" + "1" * 32),
        span_status_code="ERROR",
    )
    _scored(
        ground, kind="wandb.agent_user_feedback", weave_ref=ground.ref("agent_conversation/" + quote("a/b", safe=""))
    )


def _range(**more: Any) -> dict[str, Any]:
    middle = int(MOMENT.timestamp() * 1000)
    return {"after_ms": middle - 3_600_000, "before_ms": middle + 3_600_000, **more}


def test_totals_count_rows_tags_and_ratings(ground: Ground) -> None:
    _lay_out(ground)
    (bucket,) = ground.ask("aggregate", **_range())["buckets"]
    assert bucket == {
        "time_bucket_start_ms": None,
        "group": {},
        "total_count": 4,
        "scored_count": 3,
        "tag_counts": {"a": 3, "b": 1},
        "rating_counts": {"_rating_": 2, "q": 2},
        "rating_sums": {"_rating_": 0.5, "q": 1.5},
    }


def test_totals_of_nothing_are_zeros_once_and_no_buckets(ground: Ground) -> None:
    zeros = {"total_count": 0, "scored_count": 0, "tag_counts": {}, "rating_counts": {}, "rating_sums": {}}
    assert ground.ask("aggregate", **_range())["buckets"] == [{"time_bucket_start_ms": None, "group": {}, **zeros}]
    assert ground.ask("aggregate", **_range(time_bucket_seconds=60))["buckets"] == []
    assert ground.ask("aggregate", **_range(group_by=["scorer_id"]))["buckets"] == []


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"tags": ["b", "zz"]}, 1),
        ({"tags": ["a"]}, 2),
        ({"rating_min": 0.2}, 1),
        ({"rating_max": 0.2}, 1),
        ({"rating_min": 0.0, "rating_max": 1.0}, 2),
        ({"rating_min": 0.5, "rating_max": 0.2}, 0),
        ({"monitor_ids": ["mon"]}, 1),
        ({"monitor_ids": ["mon*"]}, 2),
        ({"monitor_ids": ["*"]}, 2),
        ({"scorer_ids": ["sc"]}, 2),
        ({"scorer_ids": ["sc*"]}, 3),
        ({"scorer_ids": ["nope", "scare"]}, 1),
        ({"feedback_types": ["wandb.runnable.*"]}, 3),
        ({"feedback_types": ["wandb.runnable.scare", "wandb.agent"]}, 2),
        ({"span_agent_names": ["x"]}, 1),
        ({"span_types": ["agent_turn"]}, 1),
        ({"span_types": ["agent_conversation", "agent_turn"]}, 2),
        ({"tags": ["a"], "span_agent_names": ["y"], "rating_min": 0.5}, 1),
        ({"tags": [], "monitor_ids": None, "rating_min": None}, 4),
        ({"monitor_ids": ["%"], "tags": ["a' OR 1=1"]}, 0),
    ],
)
def test_totals_of_some_feedback(ground: Ground, filters: dict[str, Any], count: int) -> None:
    _lay_out(ground)
    assert ground.ask("aggregate", **_range(**filters))["buckets"][0]["total_count"] == count


def test_totals_by_group_are_in_order(ground: Ground) -> None:
    _lay_out(ground)
    buckets = ground.ask("aggregate", **_range(group_by=["scorer_id", "span_status_code", "scorer_id"]))["buckets"]
    assert [
        (bucket["group"]["scorer_id"], bucket["group"]["span_status_code"], bucket["total_count"]) for bucket in buckets
    ] == [
        ("", "UNSET", 1),
        ("sc", "UNSET", 2),
        ("scare", "ERROR", 1),
    ]


def test_totals_by_time_stand_in_utc_buckets(ground: Ground) -> None:
    _lay_out(ground)
    answer = ground.ask("aggregate", **_range(time_bucket_seconds=60, group_by=["span_agent_name"]))
    minute = int(MOMENT.timestamp()) // 60 * 60_000
    assert [
        (bucket["time_bucket_start_ms"], bucket["group"]["span_agent_name"], bucket["total_count"])
        for bucket in answer["buckets"]
    ] == [(minute, "", 2), (minute, "x", 1), (minute + 120_000, "y", 1)]
    assert (answer["time_bucket_seconds"], answer["after_ms"]) == (60, _range()["after_ms"])


def test_bounds_of_totals_are_inclusive_and_exclusive(ground: Ground) -> None:
    ground.say({})
    middle = int(MOMENT.timestamp() * 1000)

    def count(after: int, before: int) -> int:
        buckets = ground.ask("aggregate", after_ms=after, before_ms=before)["buckets"]
        return int(buckets[0]["total_count"])

    assert [count(middle, middle + 1), count(middle - 1, middle), count(0, 10**30)] == [1, 0, 1]


@pytest.mark.parametrize(
    "body",
    [
        {"after_ms": 5, "before_ms": 5},
        {"after_ms": -1, "before_ms": 5},
        {"after_ms": 0, "before_ms": 31 * 86_400_000 + 1, "tags": ["a"]},
        {"after_ms": 0, "before_ms": 31 * 86_400_000 + 1, "group_by": ["scorer_id"]},
        {"after_ms": 0, "before_ms": 31 * 86_400_000 + 1, "time_bucket_seconds": 86_400},
        {"after_ms": 0, "before_ms": 31 * 86_400_000 + 1, "rating_min": 0},
        {"after_ms": 0, "before_ms": 256_001, "time_bucket_seconds": 1},
        {"after_ms": 0, "before_ms": 1000, "time_bucket_seconds": 0},
        {"after_ms": 0, "before_ms": 1000, "rating_max": 1.5},
        {"after_ms": 0, "before_ms": 1000, "span_types": ["call"]},
        {"after_ms": 0, "before_ms": 1000, "group_by": ["tags"]},
    ],
)
def test_totals_that_cannot_be_asked_for_are_refused(ground: Ground, body: dict[str, Any]) -> None:
    assert ground.status("aggregate", **body) == 422


def test_places_in_payloads_come_from_all_types_and_many_samples(ground: Ground) -> None:
    trigger = ground.ref("object/mon:v1")
    ground.say({"old": {"optional": 1}}, at=MOMENT - timedelta(minutes=9), kind="one", trigger_ref=trigger)
    ground.say({"text": "t", "n": 1, "mixed": 1, "either": True}, kind="one", trigger_ref=trigger)
    ground.say(
        {"n": 2.5, "mixed": "x", "either": 2, "flag": False, "none": None, "kept": None},
        kind="two",
        trigger_ref=trigger,
    )
    ground.say({"kept": 3, "list": [1, 2], "deep": {"x": {"y": "z"}}, "a.b": 1, "a-b": 1, " ": 1, "": 1, "ok key": 1})
    paths = ground.ask("payload_schema", **_window())["paths"]
    assert [(path["json_path"], path["value_type"]) for path in paths] == [
        ("deep.x.y", "categorical"),
        ("either", "categorical"),
        ("flag", "boolean"),
        ("kept", "numeric"),
        ("mixed", "categorical"),
        ("n", "numeric"),
        ("none", "boolean"),
        ("ok key", "numeric"),
        ("old.optional", "numeric"),
        ("text", "categorical"),
    ]
    assert ground.status("stats", **_window(), metrics=[_metric(path["json_path"]) for path in paths]) == 200


def test_few_samples_are_shared_out_among_types_and_triggers(ground: Ground) -> None:
    for number in range(5):
        ground.say({f"busy{number}": 1}, at=MOMENT + timedelta(seconds=number), kind="busy")
    ground.say({"rare": 1}, at=MOMENT - timedelta(minutes=30), kind="rare")
    paths = ground.ask("payload_schema", **_window(), sample_limit=3)["paths"]
    assert [path["json_path"] for path in paths] == ["busy3", "busy4", "rare"]


@pytest.mark.parametrize("limit", [0, -1, 5001, "many"])
def test_samples_are_bounded(ground: Ground, limit: Any) -> None:
    assert ground.status("payload_schema", **_window(), sample_limit=limit) == 422


def test_payload_schema_heeds_type_and_trigger(ground: Ground) -> None:
    ground.say({"a": 1}, kind="one", trigger_ref=ground.ref("object/mon:v1"))
    ground.say({"b": 1}, kind="two", trigger_ref=ground.ref("object/monday:v1"))

    def paths(**body: Any) -> list[str]:
        return [path["json_path"] for path in ground.ask("payload_schema", **_window(), **body)["paths"]]

    assert paths(feedback_type="two") == ["b"]
    assert paths(trigger_ref=f"weave:///{ground.project}/object/mon:*") == ["a"]
