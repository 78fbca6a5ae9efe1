"""The summary of evaluation results: per evaluation, what each leaf of each scorer's values amounts to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.domain.eval_rows import Row
from weft.domain.eval_trials import Trial
from weft.domain.evaluation_calls import evaluation_ref_of, first_text, inputs_of
from weft.domain.summary_maths import as_number
from weft.schemas.eval_results import EvalResultsEvaluationSummary, EvalResultsScorerStats, EvalResultsSummaryRes
from weft.storage.events.call_changes import Call

Amounts = Mapping[str, tuple[int | None, float | None]]
"""Predict-and-score call id to the tokens and the cost of its prediction."""


@dataclass(slots=True)
class _Leaf:
    value_type: str
    trial_count: int = 0
    numbers: list[float] = field(default_factory=list)
    known: int = 0
    true: int = 0

    def add(self, value: bool | int | float | str) -> None:
        self.trial_count += 1
        if isinstance(value, bool):
            self.known += 1
            self.true += value
        elif isinstance(value, int | float) and (number := as_number(value)) is not None:
            self.numbers.append(number)


def summarize_rows(rows: Sequence[Row], roots: Mapping[str, Call], amounts: Amounts) -> EvalResultsSummaryRes:
    """The summary of rows; evaluations come in order of their first row."""
    by_root: dict[str, list[Trial]] = {}
    for row in rows:
        for root_id, trials in row.trials.items():
            by_root.setdefault(root_id, []).extend(trials)
    return EvalResultsSummaryRes(
        row_count=len(rows),
        evaluations=[_evaluation(root_id, trials, roots.get(root_id), amounts) for root_id, trials in by_root.items()],
    )


def _evaluation(
    root_id: str, trials: Sequence[Trial], root: Call | None, amounts: Amounts
) -> EvalResultsEvaluationSummary:
    tokens = [amount for trial in trials if (amount := amounts[trial.call.id][0]) is not None]
    costs = [cost for trial in trials if (cost := amounts[trial.call.id][1]) is not None]
    summary = EvalResultsEvaluationSummary(
        evaluation_call_id=root_id,
        trial_count=len(trials),
        scorer_stats=_scorer_stats(trials),
        predict_total_tokens=sum(tokens) if tokens else None,
        predict_total_cost=sum(costs) if costs else None,
    )
    if root is None:
        return summary
    return summary.model_copy(
        update={
            "evaluation_ref": evaluation_ref_of(root) or None,
            "model_ref": first_text(inputs_of(root).get("model")) or None,
            "display_name": root.display_name or None,
            "trace_id": root.trace_id,
            "started_at": root.started_at.isoformat(),
        }
    )


def _scorer_stats(trials: Sequence[Trial]) -> list[EvalResultsScorerStats]:
    leaves: dict[tuple[str, str | None], _Leaf] = {}
    for trial in trials:
        for key, value in trial.scores.items():
            for path, leaf in _leaves(value, None):
                leaves.setdefault((key, path), _Leaf(_value_type(leaf))).add(leaf)
    return [_stats(key, path, leaf) for (key, path), leaf in leaves.items()]


def _leaves(value: Any, path: str | None) -> Iterator[tuple[str | None, bool | int | float | str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, key if path is None else f"{path}.{key}")
    elif isinstance(value, bool | int | float | str):
        yield path, value


def _value_type(leaf: bool | int | float | str) -> str:
    if isinstance(leaf, bool):
        return "binary"
    return "text" if isinstance(leaf, str) else "continuous"


def _stats(key: str, path: str | None, leaf: _Leaf) -> EvalResultsScorerStats:
    return EvalResultsScorerStats.model_validate(
        {
            "scorer_key": key,
            "path": path,
            "value_type": leaf.value_type,
            "trial_count": leaf.trial_count,
            "numeric_count": len(leaf.numbers),
            "numeric_mean": sum(leaf.numbers) / len(leaf.numbers) if leaf.numbers else None,
            "pass_true_count": leaf.true,
            "pass_known_count": leaf.known,
            "pass_rate": leaf.true / leaf.known if leaf.known else None,
            "pass_signal_coverage": leaf.known / leaf.trial_count if leaf.trial_count else None,
        }
    )
