"""Rows of evaluation results: grouping, filtering and sorting without any store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from weft.core.digest import object_digest
from weft.core.errors import InvalidRequest
from weft.domain.eval_rows import Row, RowFilter, RowOrder, in_every_evaluation, rows_of
from weft.domain.eval_summary import summarize_rows
from weft.domain.eval_trials import Trial
from weft.schemas.eval_results import EvalResultsFilter, EvalResultsSortBy
from weft.storage.events.call_changes import Call


def trial(row: str, root: str, scores: dict[str, Any], example: Any = None) -> Trial:
    call = Call("p", f"{root}-{row}-{object_digest(scores)[:6]}", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    return Trial(call, root, row, example, None, {"scores": scores}, scores)


def digests(rows: list[Row]) -> list[str]:
    return [row.digest for row in rows]


def itself(example: Any) -> Any:
    return example


def order(*keys: dict[str, Any], evaluations: int = 1) -> RowOrder:
    return RowOrder([EvalResultsSortBy(**key) for key in keys], evaluations)


def at_least(name: str, bound: float, root: str | None = None) -> EvalResultsFilter:
    expression = {"$gte": [{"$getField": name}, {"$literal": bound}]}
    return EvalResultsFilter(query={"$expr": expression}, evaluation_call_id=root)


ROWS = rows_of(
    [
        trial("r1", "A", {"s": 0.5}, {"n": 3}),
        trial("r2", "A", {"s": True}, {"n": "x"}),
        trial("r3", "A", {}, {"n": 20}),
        trial("r1", "B", {"s": 0.1}, {"n": 3}),
        trial("r2", "B", {"s": 0.9}, {"n": "x"}),
    ]
)


def test_rows_come_by_digest_and_know_which_evaluations_they_are_in() -> None:
    assert digests(ROWS) == ["r1", "r2", "r3"]
    assert digests(in_every_evaluation(ROWS, ["A", "B"])) == ["r1", "r2"]


def test_rows_without_a_value_come_last_in_both_directions() -> None:
    up = order({"field": "scores.s", "direction": "asc", "evaluation_call_id": "A"})
    down = order({"field": "scores.s", "direction": "desc", "evaluation_call_id": "A"})
    assert digests(up.sort(ROWS, itself)) == ["r1", "r2", "r3"]
    assert digests(down.sort(ROWS, itself)) == ["r2", "r1", "r3"]


def test_inputs_sort_numbers_before_texts_in_both_directions() -> None:
    assert digests(order({"field": "inputs.n", "direction": "asc"}).sort(ROWS, itself)) == ["r1", "r3", "r2"]
    assert digests(order({"field": "inputs.n", "direction": "desc"}).sort(ROWS, itself)) == ["r3", "r1", "r2"]


def test_difference_is_the_spread_between_evaluations() -> None:
    key = {"field": "scores.s", "direction": "desc", "mode": "difference"}
    assert digests(order(key, evaluations=2).sort(ROWS, itself)) == ["r1", "r2", "r3"]


@pytest.mark.parametrize(
    "key",
    [
        {"field": "row_digest", "direction": "asc"},
        {"field": "outputs.x", "direction": "asc"},
        {"field": "inputs.n", "direction": "asc", "mode": "difference"},
    ],
)
def test_impossible_sort_keys_are_refused(key: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        order(key)


def test_filters_on_one_evaluation_are_all_needed_and_one_evaluation_suffices() -> None:
    filters = [at_least("scores.s", 0.4, "A"), at_least("scores.s", 0.8, "A"), at_least("scores.s", 0.05, "B")]
    assert digests(RowFilter(filters, "or").keep(ROWS, itself)) == ["r1", "r2"]
    assert digests(RowFilter(filters, "and").keep(ROWS, itself)) == ["r2"]
    assert digests(RowFilter(filters[:2], "or").keep(ROWS, itself)) == ["r2"]


def test_a_row_passes_when_one_of_its_trials_does() -> None:
    assert digests(RowFilter([at_least("scores.s", 0.5)], "or").keep(ROWS, itself)) == ["r1", "r2"]


def test_the_summary_counts_each_leaf_of_a_scorer() -> None:
    rows = rows_of(
        [
            trial("r1", "A", {"j": {"ok": True, "note": "fine", "n": 1}, "f": 0.5}),
            trial("r2", "A", {"j": {"ok": False, "n": 3}, "f": None, "l": [1]}),
        ]
    )
    amounts = {item.call.id: (5, None) for row in rows for item in row.within(None)}
    summary = summarize_rows(rows, {}, amounts)
    assert summary.row_count == 2
    (evaluation,) = summary.evaluations
    assert (evaluation.trial_count, evaluation.predict_total_tokens, evaluation.predict_total_cost) == (2, 10, None)
    stats = {(item.scorer_key, item.path): item for item in evaluation.scorer_stats}
    assert list(stats) == [("j", "ok"), ("j", "note"), ("j", "n"), ("f", None)]
    ok = stats["j", "ok"]
    assert (ok.value_type, ok.pass_rate, ok.pass_signal_coverage, ok.numeric_mean) == ("binary", 0.5, 1.0, None)
    assert (stats["j", "n"].numeric_mean, stats["j", "n"].pass_signal_coverage) == (2.0, 0.0)
    assert (stats["j", "note"].value_type, stats["f", None].trial_count) == ("text", 1)
