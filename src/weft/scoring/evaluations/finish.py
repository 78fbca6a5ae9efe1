"""The last part of a run, due when all its rows have ended: the summary, and the end of the root call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from weft.core.clock import now
from weft.domain.calls import begin_changes
from weft.domain.evaluation_calls import is_predict_and_score
from weft.domain.evaluation_writing import RunFrame, RunRow, pairing_id, row_changes
from weft.domain.predict_and_score import CHILD_COLUMNS, children_of
from weft.domain.run_summaries import RunEnd, end_changes, failed_end
from weft.domain.score_writing import ScoreError
from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.evaluations.materials import materials_of
from weft.scoring.evaluations.run import Run, RunLoader
from weft.scoring.evaluations.start import MAX_ROWS
from weft.scoring.outcomes import NOTHING, Writing
from weft.scoring.retry import ScoringFailure
from weft.storage.entities.evaluation_jobs import EvaluationJob
from weft.storage.entities.ledger_tables import ROW, Task, TaskFilter
from weft.storage.events.call_changes import Call, CallChange
from weft.storage.stores import Stores

_COLUMNS = (*CHILD_COLUMNS, "summary")


@dataclass(frozen=True, slots=True)
class FinishOutcome:
    """A run that ends, or why it cannot."""

    task: Task
    frame: RunFrame
    changes: Sequence[CallChange] = ()
    failure: ScoringFailure | None = None
    endpoints: Sequence[EndpointKey] = ()

    def writing(self, _stores: Stores, state: str) -> Writing:
        """The end of the root call, with what the run amounts to or the reason why that is not known."""
        if self.failure is None:
            return Writing(self.changes)
        if state != "failed":
            return NOTHING
        error = ScoreError(self.failure.error_type, self.failure.reason)
        return Writing([failed_end(self.frame, error)])


@dataclass(frozen=True, slots=True)
class FinishAttempt:
    """Ends a run."""

    task: Task
    loader: RunLoader
    job: EvaluationJob
    frame: RunFrame
    endpoints: Sequence[EndpointKey] = ()
    waits: bool = True

    def run(self) -> FinishOutcome:
        """Condense the rows."""
        stores = self.loader.stores
        failed = stores.ledger.tasks(TaskFilter(job_id=self.job.id, states=["failed"], kinds=[ROW]), MAX_ROWS)
        pairings = self._pairings()
        told = {pairing.id for pairing in pairings if pairing.ended_at is not None}
        lost = [task for task in failed if pairing_id(task) not in told]
        if lost:
            self._tell(lost)
            pairings = self._pairings()
        scorers = self.loader.scorer_keys(self.job)
        began = self.task.started_at or now()
        end = RunEnd(self.frame, pairings, scorers, began, self._error(failed))
        return FinishOutcome(self.task, self.frame, end_changes(stores, end))

    def failed(self, failure: ScoringFailure) -> FinishOutcome:
        """The outcome when the rows cannot be condensed."""
        return FinishOutcome(self.task, self.frame, failure=failure)

    def _pairings(self) -> list[Call]:
        children = children_of(self.loader.stores, self.job.project_id, [self.job.id], _COLUMNS)
        return [call for call in children[self.job.id] if is_predict_and_score(call)]

    def _tell(self, lost: Sequence[Task]) -> None:
        """Write the predict-and-score calls of failed rows that left none, such as those that killed their worker."""
        stores = self.loader.stores
        materials = materials_of(stores, Run(self.frame, {}, None, (), self.loader.watch), lost)
        changes: list[CallChange] = []
        for task in lost:
            error = ScoreError("RuntimeError", task.reason)
            row = RunRow(task, materials[task.id].example, task.started_at or now(), error=error)
            changes += row_changes(stores, self.frame, row, ended=True)
        begin_changes(stores, changes).wait()

    def _error(self, failed: Sequence[Task]) -> ScoreError | None:
        """A run of which nothing succeeded has failed itself, and says why."""
        total = self.loader.stores.ledger.evaluations.progress(self.job.id).total
        if not failed or len(failed) < total:
            return None
        return ScoreError("RuntimeError", f"All {total} rows failed, the first with: {failed[0].reason}")
