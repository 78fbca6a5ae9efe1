"""The engine's part in statistics, both ways to reach it: what it counts, and that nothing is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from weft.core import jsontext
from weft.core.ids import new_id
from weft.storage.events.call_changes import Call, PutCall
from weft.storage.events.calls import CallStore
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback import Feedback, FeedbackStore
from weft.storage.events.feedback_distributions import count_bins, count_types, count_values
from weft.storage.events.feedback_pairs import ALONE, PairCount, PairSelection, Source, count_pairs, refs_of_pairs
from weft.storage.events.feedback_stats import FeedbackWindow
from weft.storage.events.trial_counts import trial_counts
from weft.storage.events.usage_over_time import (
    GroupBy,
    UsageSelection,
    figures_over_time,
    largest_groups,
    tokens_over_time,
)

T0 = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EDGES = [int(T0.timestamp()), int((T0 + HOUR).timestamp())]


def usage(project_id: str, by: GroupBy) -> UsageSelection:
    return UsageSelection(project_id, T0, T0 + 2 * HOUR, EDGES, by)


def put_calls(engine: EventsEngine, project_id: str, calls: list[dict[str, Any]]) -> None:
    store = CallStore(engine)
    made = [Call(project_id, trace_id="t", ended_at=T0 + 2 * HOUR, **call) for call in calls]
    store.apply([PutCall(call) for call in made])
    store.close()


@pytest.mark.parametrize("by", ["none", "model", "op", "user"])
def test_a_project_without_calls_has_no_usage(events_engine: EventsEngine, by: GroupBy) -> None:
    selection = usage(new_id(), by)
    figures, groups = largest_groups(events_engine, selection, 3)
    assert (sum(one.calls for one in figures), groups) == (0, 0)
    assert figures_over_time(events_engine, selection, ["x"]) == []
    assert tokens_over_time(events_engine, selection, ["x"]) == []


def test_usage_is_counted_at_the_lowest_call_that_reports_it(events_engine: EventsEngine) -> None:
    project_id = new_id()
    counts = {"usage": {"m": {"prompt_tokens": 3, "completion_tokens": 2}}}
    summary = jsontext.dumps(counts)
    calls: list[dict[str, Any]] = [
        {"id": "root", "op_name": "a", "started_at": T0, "summary": summary},
        {"id": "leaf", "op_name": "b", "started_at": T0 + HOUR, "parent_id": "root", "summary": summary},
        {"id": "plain", "op_name": "b", "started_at": T0 + HOUR, "parent_id": "leaf"},
    ]
    put_calls(events_engine, project_id, calls)
    (found,) = tokens_over_time(events_engine, usage(project_id, "op"), ["b"])
    assert (found.key, found.bucket, found.model, found.tokens["total"]) == ("b", EDGES[1], "m", 5)
    figures, groups = largest_groups(events_engine, usage(project_id, "op"), 1)
    assert [(one.key, one.calls) for one in figures] == [(None, 3), ("b", 2)]
    assert groups == 2
    rest = {
        (one.key, one.bucket): one.calls for one in figures_over_time(events_engine, usage(project_id, "op"), ["b"])
    }
    assert rest == {("b", EDGES[1]): 2, ("b", None): 2, (None, EDGES[0]): 1, (None, None): 1}
    assert trial_counts(events_engine, project_id, ["root", "leaf", "none"], ["b"]) == {"root": 1, "leaf": 1}
    assert trial_counts(events_engine, project_id, [], ["b"]) == {}


def test_feedback_is_paired_and_distributed(events_engine: EventsEngine) -> None:
    project_id = new_id()
    store = FeedbackStore(events_engine)
    said = [("l", "c1", 0.2), ("r", "c1", True), ("l", "c2", 0.8), ("r", "c3", False)]
    store.put([Feedback(project_id, new_id(), ref, kind, {"v": v}, created_at=T0) for kind, ref, v in said])
    store.close()
    selection = PairSelection(project_id, Source("l", ["v"], 0.5), Source("r", ["v"]), T0 - HOUR, T0 + HOUR)
    pairs = count_pairs(events_engine, selection, 10)
    assert PairCount("false", "true", 1) in pairs
    assert {(one.left, one.right, one.count) for one in pairs if ALONE in (one.left, one.right)} == {
        (ALONE, "", 1),
        ("", ALONE, 1),
    }
    assert refs_of_pairs(events_engine, selection, [("false", "true")], 5) == [("c1", "false", "true")]
    window = FeedbackWindow(project_id, T0, T0 + HOUR, "l")
    types, total = count_types(events_engine, window, EDGES[:1], 5)
    assert [(one.feedback_type, one.count, one.by_bucket) for one in types] == [("l", 2, {EDGES[0]: 2})]
    assert total == 1
    assert count_bins(events_engine, window, ("v",), [0.2, 0.5, 0.8]) == [1, 1]
    values = count_values(events_engine, window, ("v",), 10, 1)
    assert (values.total, len(values.values)) == (2, 1)
