"""One evaluation run, example by example in previews: the answer of /weft/v1/evaluations/run.

The figures are eval_comparison.py's. Whole inputs and outputs are eval_results.py's to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from weft.core import jsontext
from weft.core.identity import Project
from weft.domain.call_previews import shortened
from weft.domain.compared_trials import ComparedTrials, load_compared
from weft.domain.estimates import mean_of
from weft.domain.eval_comparison import Directions, figures, runs_of
from weft.domain.eval_examples import Examples
from weft.domain.eval_fields import Field, read_field
from weft.domain.eval_filters import Condition, compile_filter
from weft.domain.eval_metrics import ERROR, Metric, check_name
from weft.domain.eval_trial_calls import trial_calls
from weft.domain.eval_trial_details import TrialCalls
from weft.domain.eval_trials import Trial
from weft.domain.evaluation_calls import exception_words
from weft.domain.metric_directions import stored_directions
from weft.domain.previews import MOST_BYTES, fitting, preview, size_of
from weft.schemas.eval_comparison import MOST_METRICS
from weft.schemas.eval_run_table import (
    EvaluationRunTableReq,
    EvaluationRunTableRes,
    RunExample,
    RunMetric,
    RunTrial,
    ScoreNote,
)
from weft.storage.stores import Stores

_MOST_TRIALS = 20
_MOST_NOTES = 6
_VALUE = 240
_NOTE = 200


def run_table(stores: Stores, project: Project, body: EvaluationRunTableReq) -> EvaluationRunTableRes:
    """The run with its figures and a page of its examples.

    Raises NotFound for what is no run, InvalidRequest and InvalidField for names and queries that cannot be read, and
    TooLarge for too many trials.
    """
    for name in filter(None, [body.sort, *(one.metric for one in body.limits)]):
        check_name(name)
    table = load_compared(stores, project, [body.run_id], None, with_scorers=True)
    examples = table.trials[body.run_id]
    metrics = table.found.chosen(None, MOST_METRICS)
    digests = _ordered(table, body, _chosen(stores, project, table, body))
    answer = EvaluationRunTableRes(
        project_id=project.external,
        run=runs_of(stores, project, table)[0],
        confidence=body.confidence,
        metrics=_metrics(stores, project, table, metrics, body) if body.include_metrics else [],
        metric_names=[metric.name for metric in metrics],
        metrics_total=len(table.found.metrics),
        errors=sum(_errors(table, trials) for trials in examples.values()),
        running=sum(map(_running, examples.values())),
        rows=[],
        total_rows=len(digests),
        next_offset=None,
    )
    page = digests[body.offset : body.offset + body.limit]
    rows = _Rows(stores, project, table, [examples[digest] for digest in page], answer.metric_names)
    answer.rows = fitting(rows.shown(), MOST_BYTES - size_of(answer))
    reached = body.offset + len(answer.rows)
    answer.next_offset = reached if answer.rows and reached < len(digests) else None
    return answer


def _metrics(
    stores: Stores, project: Project, table: ComparedTrials, metrics: Sequence[Metric], body: EvaluationRunTableReq
) -> list[RunMetric]:
    directions = Directions(stored_directions(stores, project), {})
    shown = []
    for metric in metrics:
        direction, source = directions.of(metric.name)
        found = {
            "name": metric.name,
            "scorer": metric.scorer or None,
            "path": metric.path or None,
            "kind": metric.kind,
            "unit": metric.unit,
            "direction": direction,
            "direction_from": source,
            "figures": figures(table, metric, body.run_id, body.confidence),
        }
        shown.append(RunMetric.model_validate(found))
    return shown


def _chosen(stores: Stores, project: Project, table: ComparedTrials, body: EvaluationRunTableReq) -> list[str]:
    """The examples asked for, in the order in which they were begun."""
    known = table.trials[body.run_id]
    condition = compile_filter(body.query) if body.query is not None else None
    words = (body.search or "").strip().casefold()
    reads = condition is not None or words != ""
    every = Examples(stores, project, (trials[0] for trials in known.values()) if reads else ())

    def passes(digest: str) -> bool:
        trials = known[digest]
        if body.only == "errors" and not _errors(table, trials):
            return False
        if body.only == "running" and not _running(trials):
            return False
        if not _within(table, body, trials):
            return False
        row = every.resolve(trials[0].example)
        if condition is not None and not any(_holds(condition, trial, row) for trial in trials):
            return False
        return words == "" or words in _text_of(row) or any(words in _said(trial) for trial in trials)

    return [digest for digest in known if passes(digest)]


def _within(table: ComparedTrials, body: EvaluationRunTableReq, trials: Sequence[Trial]) -> bool:
    for one in body.limits:
        values = table.found.values.get(one.metric, {})
        numbers = [values[trial.call.id] for trial in trials if trial.call.id in values]
        if not any(
            (one.above is None or number > one.above) and (one.below is None or number < one.below)
            for number in numbers
        ):
            return False
    return True


def _holds(condition: Condition, trial: Trial, row: Any) -> bool:
    return bool(condition(partial(_read, trial, row)))


def _read(trial: Trial, row: Any, field: Field) -> Any:
    return read_field(field, trial, row)


def _text_of(value: Any) -> str:
    return (value if isinstance(value, str) else jsontext.dumps(value)).casefold()


def _said(trial: Trial) -> str:
    return _text_of([_output(trial), trial.scores, trial.call.exception])


def _ordered(table: ComparedTrials, body: EvaluationRunTableReq, digests: list[str]) -> list[str]:
    """By the mean of a metric; examples without it come last in either direction."""
    if body.sort is None:
        return digests[::-1] if body.descending else digests
    found = {digest: table.values_of(body.sort, body.run_id, digest) for digest in digests}
    means = {digest: mean_of(values) for digest, values in found.items() if values}
    known = sorted(means, key=means.__getitem__, reverse=body.descending)
    return [*known, *(digest for digest in digests if digest not in means)]


def _errors(table: ComparedTrials, trials: Sequence[Trial]) -> int:
    failed = table.found.values.get(ERROR, {})
    return sum(failed.get(trial.call.id) == 1 for trial in trials)


def _running(trials: Sequence[Trial]) -> int:
    return sum(trial.call.ended_at is None for trial in trials)


def _output(trial: Trial) -> Any:
    return trial.output.get("output", trial.output.get("model_output"))


class _Rows:
    """The rows of a page, whose calls and examples are read together."""

    def __init__(
        self,
        stores: Stores,
        project: Project,
        table: ComparedTrials,
        groups: Sequence[Sequence[Trial]],
        names: Sequence[str],
    ) -> None:
        self._table = table
        self._groups = groups
        self._values: Sequence[Mapping[str, float]] = [table.found.values.get(name, {}) for name in names]
        self._examples = Examples(stores, project, (trials[0] for trials in groups))
        shown = {trial.call.id: trial for trials in groups for trial in trials[:_MOST_TRIALS]}
        self._calls = trial_calls(stores, project, shown)

    def shown(self) -> Iterator[RunExample]:
        """Row by row."""
        for trials in self._groups:
            yield RunExample(
                row_digest=trials[0].row_digest,
                example=shortened(self._examples.resolve(trials[0].example), _VALUE),
                trial_count=len(trials),
                errors=_errors(self._table, trials),
                running=_running(trials),
                values=[_mean(values, trials) for values in self._values],
                trials=[self._trial(self._calls[trial.call.id]) for trial in trials[:_MOST_TRIALS]],
            )

    def _trial(self, calls: TrialCalls) -> RunTrial:
        trial, predict = calls.trial, calls.predict
        exception = trial.call.exception or (predict.exception if predict else None)
        running = trial.call.ended_at is None
        return RunTrial(
            predict_and_score_call_id=trial.call.id,
            predict_call_id=predict.id if predict else None,
            status="error" if exception else "running" if running else "ok",
            output=shortened(_output(trial), _VALUE),
            values=[values.get(trial.call.id) for values in self._values],
            notes=list(_notes(trial))[:_MOST_NOTES],
            error=preview(exception_words(exception)) if exception else None,
        )


def _mean(values: Mapping[str, float], trials: Sequence[Trial]) -> float | None:
    known = [values[trial.call.id] for trial in trials if trial.call.id in values]
    return mean_of(known) if known else None


def _notes(trial: Trial) -> Iterator[ScoreNote]:
    """The texts among the values of the scorers, in order."""
    waiting: list[tuple[str, str | None, Any]] = [(key, None, value) for key, value in reversed(trial.scores.items())]
    while waiting:
        scorer, path, value = waiting.pop()
        if isinstance(value, str) and value:
            yield ScoreNote(scorer=preview(scorer), path=preview(path) if path else None, text=preview(value, _NOTE))
        elif isinstance(value, dict):
            inner = [(scorer, key if path is None else f"{path}.{key}", item) for key, item in value.items()]
            waiting.extend(reversed(inner))
