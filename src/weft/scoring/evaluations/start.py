"""The first part of a run: find out what it consists of, or why it cannot be made, and write its root call."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core.clock import now
from weft.core.errors import NotFound, ObjectDeleted
from weft.core.refs import ObjectRef, TableRef, try_parse_ref
from weft.domain.eval_trial_details import CHILD_COLUMNS, sort_out
from weft.domain.eval_trials import load_trials
from weft.domain.evaluation_calls import first_text, object_of, weave_attributes
from weft.domain.evaluation_writing import prediction_id, root_call
from weft.domain.objects import read_object
from weft.domain.predict_and_score import children_of
from weft.domain.score_writing import ScoreError
from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.evaluations.run import Run, RunLoader
from weft.scoring.outcomes import NOTHING, Writing
from weft.scoring.retry import CannotWork, NotThereYet, ScoringFailure
from weft.storage.entities.evaluation_jobs import EvaluationJob, Plan
from weft.storage.entities.ledger_tables import FINISH, ROW, Task, run_task_id
from weft.storage.events.call_changes import PutCall
from weft.storage.stores import Stores

MAX_ROWS = 50_000
"""Most rows, each counted once per trial, that one run may have: their tasks are committed in one transaction."""

_FIRST = ("amber", "brisk", "calm", "clear", "eager", "fair", "keen", "lively", "mellow", "noble", "quiet", "swift")
_SECOND = ("brook", "cliff", "dune", "fern", "grove", "heron", "lagoon", "meadow", "otter", "pine", "ridge", "willow")


@dataclass(frozen=True, slots=True)
class StartOutcome:
    """A run that begins with its plan, or one that is refused."""

    task: Task
    loader: RunLoader
    job: EvaluationJob
    run: Run | None = None
    plan: Plan | None = None
    failure: ScoringFailure | None = None
    endpoints: Sequence[EndpointKey] = ()

    def writing(self, stores: Stores, state: str) -> Writing:
        """The root call; that of a refused run has ended and tells why."""
        began = self.task.started_at or now()
        if self.failure is None and self.run is not None:
            root = root_call(self.run.frame, began, _display_name(stores, self.run, began))
            return Writing([PutCall(root, fresh=self.task.first_try)], plan=self.plan)
        if state != "failed" or self.failure is None:
            return NOTHING
        error = ScoreError(self.failure.error_type, self.failure.reason)
        return Writing([PutCall(root_call(self.loader.frame(self.job), began, "", error))])


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """Plans a run."""

    task: Task
    loader: RunLoader
    job: EvaluationJob
    endpoints: Sequence[EndpointKey] = ()
    waits: bool = True

    def run(self) -> StartOutcome:
        """Read what the run consists of. Raises ScoringFailure when it cannot be made."""
        run = self.loader.load(self.job)
        rows, dataset_ref = self._rescored_rows() if run.frame.rescores else self._dataset_rows(run)
        if len(rows) > MAX_ROWS:
            raise CannotWork(f"The run has {len(rows)} rows, all trials counted; at most {MAX_ROWS} are possible")
        tasks = [self._row_task(number, *row) for number, row in enumerate(rows)]
        finish = self._task(FINISH, self.job.id, "", len(rows))
        scorer_refs = [scorer.uri for scorer in run.scorers]
        plan = Plan(self.job.id, self.task.id, dataset_ref, scorer_refs, [*tasks, finish])
        return StartOutcome(self.task, self.loader, self.job, run, plan)

    def failed(self, failure: ScoringFailure) -> StartOutcome:
        """The outcome when the run cannot be made."""
        return StartOutcome(self.task, self.loader, self.job, failure=failure)

    def _row_task(self, number: int, subject: str, call_id: str) -> Task:
        made = prediction_id(run_task_id(self.job.id, ROW, number))
        return self._task(ROW, call_id or made, subject, number)

    def _task(self, kind: str, call_id: str, subject: str, position: int) -> Task:
        start = self.task
        return Task(
            start.project_id,
            call_id,
            "",
            start.user_id,
            now(),
            start.max_attempts,
            kind=kind,
            run_id=self.job.id,
            subject=subject,
            position=position,
        )

    def _dataset_rows(self, run: Run) -> tuple[list[tuple[str, str]], str]:
        """(row digest, no call yet) for every trial of every row, and the dataset by its exact version."""
        evaluation_ref = try_parse_ref(self.job.evaluation_ref)
        project_ids = {self.job.project_id, evaluation_ref.project if evaluation_ref else ""}
        table, dataset_ref = self._table(run.evaluation.get("dataset"), project_ids)
        digests = self.loader.stores.tables.row_digests(table.project, table.digest)
        if digests is None:
            raise NotThereYet("The dataset's rows were not found", self.loader.settings.scoring_missing_seconds)
        trials = run.evaluation.get("trials")
        times = max(1, trials) if isinstance(trials, int) else 1
        if len(digests) * times > MAX_ROWS:
            raise CannotWork(
                f"The run has {len(digests) * times} rows, all trials counted; at most {MAX_ROWS} are possible"
            )
        return [(digest, "") for _ in range(times) for digest in digests], dataset_ref

    def _table(self, dataset: Any, project_ids: set[str]) -> tuple[TableRef, str]:
        """The table of a dataset, and the ref that its rows are named by: the dataset's, or the table's own."""
        ref = try_parse_ref(dataset)
        pinned = ""
        value = object_of(dataset)
        if isinstance(ref, ObjectRef) and ref.project in project_ids and not ref.edges:
            value, pinned = self._dataset(ref)
        table = try_parse_ref(value.get("rows"))
        if not isinstance(table, TableRef) or table.project not in project_ids:
            raise CannotWork("The evaluation's dataset has no rows that may be read")
        return table, pinned or table.uri()

    def _dataset(self, ref: ObjectRef) -> tuple[dict[str, Any], str]:
        try:
            found = read_object(self.loader.stores, ref.project, ref.name, ref.version, kind=ref.kind)
        except ObjectDeleted as error:
            raise CannotWork("The evaluation's dataset was deleted") from error
        except NotFound as error:
            patience = self.loader.settings.scoring_missing_seconds
            raise NotThereYet("The evaluation's dataset was not found", patience) from error
        return object_of(found.val), ObjectRef(ref.project, ref.name, found.digest).uri()

    def _rescored_rows(self) -> tuple[list[tuple[str, str]], str]:
        """(predict-and-score call, prediction) for every row of the source."""
        stores, project_id = self.loader.stores, self.job.project_id
        if stores.calls.get(project_id, self.job.source_run_id) is None:
            raise CannotWork("The run to score again was deleted")
        trials = load_trials(stores, project_id, [self.job.source_run_id])
        children = children_of(stores, project_id, [trial.call.id for trial in trials], CHILD_COLUMNS)
        rows = []
        for trial in trials:
            found = sort_out(trial, children[trial.call.id]).predict
            # Of a run that was itself a rescoring the prediction lies elsewhere, and is only named.
            named = first_text(weave_attributes(trial.call).get("predict_call_id"))
            rows.append((trial.call.id, found.id if found else named or trial.call.id))
        return rows, ""


def _display_name(stores: Stores, run: Run, began: datetime) -> str:
    """The name the evaluation gives its runs, or the source has, else one with the day and two words."""
    job = run.frame.job
    given = first_text(run.evaluation.get("evaluation_name"))
    if run.frame.rescores:
        source = stores.calls.get(job.project_id, job.source_run_id)
        given = f"{source.display_name} (rescored)" if source is not None and source.display_name else ""
    if given:
        return given[:1000]
    place = int.from_bytes(hashlib.sha256(job.id.encode()).digest()[:8])
    return f"eval-{began:%Y-%m-%d}-{_FIRST[place % len(_FIRST)]}-{_SECOND[place // 97 % len(_SECOND)]}"
