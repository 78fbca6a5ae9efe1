"""Makes attempts at the parts of runs; what the parts in a batch have in common is read once."""

from __future__ import annotations

from collections.abc import Sequence

from weft.scoring.evaluations.finish import FinishAttempt
from weft.scoring.evaluations.materials import Material, materials_of
from weft.scoring.evaluations.row import RowAttempt
from weft.scoring.evaluations.run import Run, RunLoader
from weft.scoring.evaluations.start import StartAttempt
from weft.scoring.outcomes import Attempt, Decided, NotAttempted
from weft.scoring.retry import CannotWork, ScoringFailure
from weft.storage.entities.evaluation_jobs import EvaluationJob
from weft.storage.entities.ledger_tables import FINISH, ROW, START, Task

_DELETED = "The run was deleted"


class RunPreparation:
    """Reads what the parts of runs in a batch need."""

    def __init__(self, loader: RunLoader, tasks: Sequence[Task]) -> None:
        self._loader = loader
        self._jobs = loader.stores.ledger.evaluations.by_ids({task.run_id or "" for task in tasks})
        keys = [(job.project_id, job.id) for job in self._jobs.values()]
        self._roots = loader.stores.calls.states(keys)
        self._rows: dict[str, list[Task]] = {}
        for task in tasks:
            if task.kind == ROW:
                self._rows.setdefault(task.run_id or "", []).append(task)
        self._runs: dict[str, tuple[Run, dict[str, Material]] | ScoringFailure] = {}
        for run_id in self._rows:
            self._runs[run_id] = self._read(run_id)

    @property
    def payload(self) -> int:
        """Characters of everything that was read for rows."""
        read = [found[1] for found in self._runs.values() if not isinstance(found, ScoringFailure)]
        return sum(material.size for materials in read for material in materials.values())

    def prepare(self, task: Task) -> Attempt:
        """The attempt at a part of a run; it is decided already when it cannot be made."""
        job = self._jobs.get(task.run_id or "")
        if job is None:
            return Decided(NotAttempted(task, CannotWork("The evaluation job does not exist any more")))
        if task.kind == START:
            return StartAttempt(task, self._loader, job)
        if self._is_gone(job):
            return Decided(NotAttempted(task, CannotWork(_DELETED)))
        if task.kind == FINISH:
            return FinishAttempt(task, self._loader, job, self._loader.frame(job))
        found = self._runs[job.id]
        if isinstance(found, ScoringFailure):
            return Decided(NotAttempted(task, found))
        run, materials = found
        return RowAttempt(task, run, materials[task.id])

    def _is_gone(self, job: EvaluationJob) -> bool:
        root = self._roots.get((job.project_id, job.id))
        return root is None or root.deleted

    def _read(self, run_id: str) -> tuple[Run, dict[str, Material]] | ScoringFailure:
        job = self._jobs.get(run_id)
        if job is None or self._is_gone(job):
            return CannotWork(_DELETED)
        try:
            run = self._loader.load(job, job.scorer_refs)
        except ScoringFailure as failure:
            return failure
        return run, materials_of(self._loader.stores, run, self._rows[run_id])
