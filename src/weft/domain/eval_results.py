"""Evaluation results side by side: the answer of /eval_results/query, put together from trials, rows and summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from weft.core.identity import Project
from weft.domain.eval_examples import Examples
from weft.domain.eval_fields import parse_field
from weft.domain.eval_filters import fields_of
from weft.domain.eval_rows import Row, RowFilter, RowOrder, in_every_evaluation, rows_of
from weft.domain.eval_spans import link_spans
from weft.domain.eval_summary import summarize_rows
from weft.domain.eval_trial_calls import trial_calls
from weft.domain.eval_trial_details import TrialCalls, sort_out, total_cost, total_tokens, trial_item
from weft.domain.eval_trials import Trial, load_trials
from weft.domain.prices import price_source
from weft.schemas.eval_results import (
    EvalResultsQueryBody,
    EvalResultsQueryRes,
    EvalResultsRow,
    EvalResultsRowEvaluation,
    EvalResultsSummaryRes,
)
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores

_IDS_PER_QUERY = 1000
UNRESOLVED = "Failed to resolve dataset row refs; raw_data_row may contain refs"


def query_eval_results(stores: Stores, project: Project, body: EvalResultsQueryBody) -> EvalResultsQueryRes:
    """Rows of the evaluations with their trials, and their summary. Unknown evaluations have no rows.

    Raises InvalidRequest and InvalidField for sort keys and filters that cannot be read.
    """
    root_ids = body.root_ids()
    row_filter = RowFilter(body.filters or (), body.filter_logic_operator)
    order = RowOrder(body.sort_by or (), len(root_ids))
    rows = rows_of(load_trials(stores, project.id, root_ids))
    examples = Examples(stores, project, _firsts(rows) if _reads_inputs(body) else ())
    kept = row_filter.keep(rows, examples.resolve)
    shared = in_every_evaluation(kept, root_ids)
    selected = shared if body.require_intersection else kept
    narrow = (
        body.require_intersection if body.summary_require_intersection is None else body.summary_require_intersection
    )
    page = _page(order.sort(selected, examples.resolve), body) if body.include_rows else []
    summarized = (shared if narrow else kept) if body.include_summary else []
    details = _Details(stores, project, body, [*page, *summarized])
    answer = EvalResultsQueryRes(rows=details.items(page), total_rows=len(selected))
    link_spans(stores, project, answer)
    if body.include_summary:
        answer.summary = _summary(stores, project, summarized, details)
    if body.include_raw_data_rows:
        _fill_raw_rows(answer, page, Examples(stores, project, _firsts(page) if body.resolve_row_refs else ()))
    return answer


def _firsts(rows: Sequence[Row]) -> list[Trial]:
    return [row.first() for row in rows]


def _page(rows: Sequence[Row], body: EvalResultsQueryBody) -> list[Row]:
    end = None if body.limit is None else body.offset + body.limit
    return list(rows[body.offset : end])


def _reads_inputs(body: EvalResultsQueryBody) -> bool:
    names = {key.field for key in body.sort_by or ()}.union(*(fields_of(item.query) for item in body.filters or ()))
    return any(parse_field(name).root == "inputs" for name in names)


def _summary(stores: Stores, project: Project, rows: Sequence[Row], details: _Details) -> EvalResultsSummaryRes:
    roots = stores.calls.get_many(project.id, {root_id for row in rows for root_id in row.trials})
    amounts = {trial.call.id: details.amounts(trial) for row in rows for trial in row.within(None)}
    return summarize_rows(rows, roots, amounts)


def _fill_raw_rows(answer: EvalResultsQueryRes, page: Sequence[Row], examples: Examples) -> None:
    for item, row in zip(answer.rows, page, strict=True):
        item.raw_data_row = examples.resolve(row.first().example)
    if any(isinstance(item.raw_data_row, str) for item in answer.rows):
        answer.warnings.append(UNRESOLVED)


class _Details:
    """The children of the trials of some rows, read together, and what follows from them."""

    def __init__(self, stores: Stores, project: Project, body: EvalResultsQueryBody, rows: Sequence[Row]) -> None:
        trials = {trial.call.id: trial for row in rows for trial in row.within(None)}
        if body.include_predict_and_score_children:
            self._calls = trial_calls(stores, project, trials)
        else:
            self._calls = {key: sort_out(trial, ()) for key, trial in trials.items()}
        self._feedback = _feedback_for(stores, project, self._calls.values())
        self._prices = price_source(stores, project.id) if body.include_costs else None

    def amounts(self, trial: Trial) -> tuple[int | None, float | None]:
        """Tokens and cost of a trial's prediction."""
        return total_tokens(self._calls[trial.call.id]), self._cost(trial)

    def items(self, rows: Sequence[Row]) -> list[EvalResultsRow]:
        """The API's view of rows."""
        return [
            EvalResultsRow(
                row_digest=row.digest,
                evaluations=[
                    EvalResultsRowEvaluation(
                        evaluation_call_id=root_id,
                        trials=[
                            trial_item(self._calls[t.call.id], self._feedback.get(t.call.id, ()), self._cost(t))
                            for t in trials
                        ],
                    )
                    for root_id, trials in row.trials.items()
                ],
            )
            for row in rows
        ]

    def _cost(self, trial: Trial) -> float | None:
        return total_cost(self._calls[trial.call.id], self._prices) if self._prices else None


def _feedback_for(stores: Stores, project: Project, all_calls: Iterable[TrialCalls]) -> dict[str, list[Feedback]]:
    """Predict-and-score call id to the feedback on its prediction, where only that can tell who scored."""
    asked = {calls.predict.id: calls.trial.call.id for calls in all_calls if calls.predict and calls.scorers_unknown}
    ids = list(asked)
    found: dict[str, list[Feedback]] = {}
    for start in range(0, len(ids), _IDS_PER_QUERY):
        attached = stores.feedback.for_calls(project.id, ids[start : start + _IDS_PER_QUERY])
        found.update({asked[predict_id]: rows for predict_id, rows in attached.items()})
    return found
