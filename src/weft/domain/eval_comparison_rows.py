"""Examples of compared runs, side by side: which to show, in which order, and in how few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from weft.core import jsontext
from weft.core.identity import Project
from weft.domain.compared_trials import ComparedTrials, failed
from weft.domain.estimates import mean_of
from weft.domain.eval_trial_calls import trial_calls
from weft.domain.eval_trials import Trial, row_ref_of
from weft.domain.previews import preview
from weft.schemas.eval_comparison import ComparedCell, ComparedRow, ComparisonRows
from weft.storage.stores import Stores

Differences = Mapping[str, float | None]
"""Run to its difference from the baseline in one example."""


@dataclass(frozen=True, slots=True)
class RowList:
    """The chosen examples in order, with their differences."""

    table: ComparedTrials
    rows: Sequence[tuple[str, Differences]]

    def __len__(self) -> int:
        return len(self.rows)

    def page(
        self, stores: Stores, project: Project, names: Sequence[str], start: int, end: int
    ) -> Iterator[ComparedRow]:
        """A part of the rows in previews, with the values of the metrics named."""
        chosen = self.rows[start:end]
        shown = _Shown(stores, project, self.table, [digest for digest, _ in chosen])
        for digest, differences in chosen:
            cells = [shown.cell(run_id, digest, names) for run_id in self.table.run_ids]
            yield ComparedRow(
                row_digest=digest, example=shown.example(digest), difference=dict(differences), cells=cells
            )


def compared_rows(
    table: ComparedTrials, baseline: str, name: str | None, lower_is_better: bool, asked: ComparisonRows
) -> RowList:
    """The examples asked for. Those without any difference come last, and equal ones by their digest."""
    means = {digest: _means(table, name, digest) for digest in table.digests()}
    differences = {digest: _differences(found, baseline) for digest, found in means.items()}
    sign = -1.0 if lower_is_better else 1.0
    deciding = [asked.run_id] if asked.run_id and asked.run_id != baseline else None

    def gains(digest: str) -> list[float]:
        found = differences[digest]
        return [sign * step for run_id in deciding or found if (step := found.get(run_id)) is not None]

    def chosen(digest: str) -> bool:
        if asked.only is None:
            return True
        if asked.only == "missing":
            return any(value is None for value in means[digest].values())
        if asked.only == "disagree":
            known = [value for value in means[digest].values() if value is not None]
            return len(set(known)) > 1
        return any(step > 0 if asked.only == "better" else step < 0 for step in gains(digest))

    def place(digest: str) -> tuple[bool, float]:
        steps = gains(digest)
        if asked.sort == "example" or not steps:
            return not steps and asked.sort != "example", 0.0
        if asked.sort == "difference":
            return False, -max(map(abs, steps))
        return False, -max(steps) if asked.sort == "improvement" else min(steps)

    kept = sorted((digest for digest in means if chosen(digest)), key=lambda digest: (place(digest), digest))
    return RowList(table, [(digest, differences[digest]) for digest in kept])


def _means(table: ComparedTrials, name: str | None, digest: str) -> dict[str, float | None]:
    found = {run_id: table.values_of(name or "", run_id, digest) for run_id in table.run_ids}
    return {run_id: mean_of(values) if values else None for run_id, values in found.items()}


def _differences(means: Mapping[str, float | None], baseline: str) -> dict[str, float | None]:
    start = means[baseline]
    return {
        run_id: None if value is None or start is None else value - start
        for run_id, value in means.items()
        if run_id != baseline
    }


class _Shown:
    """Texts and calls of the rows of a page, read together."""

    def __init__(self, stores: Stores, project: Project, table: ComparedTrials, digests: Sequence[str]) -> None:
        self._table = table
        self._first: dict[tuple[str, str], Trial] = {
            (run_id, digest): examples[digest][0]
            for run_id, examples in table.trials.items()
            for digest in digests
            if digest in examples
        }
        self._calls = trial_calls(stores, project, {trial.call.id: trial for trial in self._first.values()})
        rows = {digest for digest in digests if self._is_row(project, digest)}
        self._rows = stores.tables.rows(project.id, sorted(rows)) if rows else {}

    def example(self, digest: str) -> str:
        """The example, the row itself where it is one of a dataset."""
        if digest in self._rows:
            return preview(jsontext.loads(self._rows[digest]))
        return preview(self._any(digest).example)

    def cell(self, run_id: str, digest: str, names: Sequence[str]) -> ComparedCell:
        """The example in one run."""
        trial = self._first.get((run_id, digest))
        values = [self._table.values_of(name, run_id, digest) for name in names]
        calls = self._calls[trial.call.id] if trial else None
        return ComparedCell(
            run_id=run_id,
            trials=len(self._table.trials[run_id].get(digest, ())),
            output=_output(trial),
            predict_call_id=calls.predict.id if calls and calls.predict else None,
            predict_and_score_call_id=trial.call.id if trial else None,
            error=calls is not None and failed(calls),
            values=[mean_of(found) if found else None for found in values],
        )

    def _any(self, digest: str) -> Trial:
        return next(trial for (_, known), trial in self._first.items() if known == digest)

    def _is_row(self, project: Project, digest: str) -> bool:
        ref = row_ref_of(self._any(digest).example)
        return ref is not None and ref.project == project.id


def _output(trial: Trial | None) -> str | None:
    if trial is None or not trial.output:
        return None
    value = trial.output.get("output", trial.output.get("model_output"))
    return None if value is None else preview(value)
