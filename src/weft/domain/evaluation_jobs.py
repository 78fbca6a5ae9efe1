"""Asking for evaluations that the server runs by itself, and saying where a run stands.

Making the run is the scoring worker's. What a run writes is evaluation_writing.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.core import ids
from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound, TooLarge
from weft.core.identity import Project, User
from weft.core.refs import ObjectRef, TableRef, try_parse_ref
from weft.domain.evaluation_calls import (
    EVALUATE,
    evaluation_ref_of,
    exception_words,
    is_predict_and_score,
    model_ref_of,
    object_of,
    op_title,
    output_of,
    require_run,
)
from weft.domain.objects import read_object
from weft.domain.predict_and_score import children_of
from weft.domain.scoring import pinned_version
from weft.domain.tables import count_rows
from weft.schemas.evaluation_jobs import (
    EvaluateModelReq,
    EvaluationStatusComplete,
    EvaluationStatusFailed,
    EvaluationStatusNotFound,
    EvaluationStatusRes,
    EvaluationStatusRunning,
    RescoreReq,
)
from weft.storage.entities.evaluation_jobs import EvaluationJob, RunProgress
from weft.storage.entities.ledger_tables import EVALUATE_MODEL, RESCORE, START, Job, Task
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

MAX_SCORERS = 1000
_LONGEST_ID = 128
_COUNTED = ("id", "parent_id", "op_name", "started_at", "ended_at")


def request_evaluation(
    stores: Stores,
    project: Project,
    user: User,
    body: EvaluateModelReq,
    can_read: Callable[[str], bool],
    max_attempts: int,
) -> str:
    """Commit a job that runs the evaluation on the model; the id of the run to be.

    Raises InvalidRequest for what is no version of an object the caller may read, and NotFound for one named by number
    or alias that does not exist. Whether the server can run them shows when it tries: the run then fails and says why.
    """
    evaluation_ref = pinned_version(stores, body.evaluation_ref, can_read, "evaluation")
    model_ref = pinned_version(stores, body.model_ref, can_read, "model")
    moment = now()
    job = EvaluationJob(
        ids.new_id(), project.id, user.id, EVALUATE_MODEL, moment, evaluation_ref=evaluation_ref, model_ref=model_ref
    )
    return _queue(stores, job, max_attempts)


def request_rescoring(
    stores: Stores,
    project: Project,
    user: User,
    body: RescoreReq,
    can_read: Callable[[str], bool],
    max_attempts: int,
) -> str:
    """Commit a job that scores the predictions of a run again, as a new run; its id.

    Raises NotFound for an unknown run, InvalidRequest for scorers the caller may not read, and TooLarge.
    """
    if len(body.scorer_refs) > MAX_SCORERS:
        raise TooLarge(f"Request too large: at most {MAX_SCORERS} scorers at once")
    if not _may_be_id(body.source_evaluation_run_id):
        raise NotFound("The source evaluation run was not found")
    source = require_run(stores, project.id, body.source_evaluation_run_id)
    refs = dict.fromkeys(body.scorer_refs)
    scorer_refs = list(dict.fromkeys(pinned_version(stores, uri, can_read, "scorer") for uri in refs))
    job = EvaluationJob(
        ids.new_id(),
        project.id,
        user.id,
        RESCORE,
        now(),
        evaluation_ref=evaluation_ref_of(source),
        model_ref=model_ref_of(source),
        source_run_id=source.id,
        scorer_refs=scorer_refs,
    )
    return _queue(stores, job, max_attempts)


def evaluation_status(stores: Stores, project: Project, call_id: str) -> EvaluationStatusRes:
    """Where the run of that root call stands. Raises InvalidRequest for a call that is no evaluation."""
    if not _may_be_id(call_id):
        return EvaluationStatusRes(status=EvaluationStatusNotFound())
    call = stores.calls.get(project.id, call_id)
    if call is not None and EVALUATE not in op_title(call.op_name):
        raise InvalidRequest(f"Call {call_id[:80]} is not an evaluation")
    job = stores.ledger.evaluations.by_ids([call_id]).get(call_id)
    mine = job is not None and job.project_id == project.id
    progress = stores.ledger.evaluations.progress(call_id) if mine else None
    return EvaluationStatusRes(status=_status(stores, project, call, progress))


def _may_be_id(text: str) -> bool:
    # Lone surrogates and NUL are no printable text; no store could look for them.
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


def _queue(stores: Stores, job: EvaluationJob, max_attempts: int) -> str:
    start = Task(job.project_id, job.id, "", job.user_id, job.created_at, max_attempts, kind=START, run_id=job.id)
    scorer_refs = list(job.scorer_refs)
    stores.ledger.add(Job(job.id, job.project_id, job.user_id, scorer_refs, job.created_at, job.kind), [start], job)
    return job.id


def _status(stores: Stores, project: Project, call: Call | None, progress: RunProgress | None) -> Any:
    is_open = progress is not None and progress.is_open
    # A step that failed may be tried again, and its run with it.
    failure = None if progress is None or is_open else progress.failure
    if call is None:
        return EvaluationStatusNotFound() if failure is None else EvaluationStatusFailed(error=failure)
    if call.exception and not is_open:
        return EvaluationStatusFailed(error=exception_words(call.exception))
    if failure is not None:
        return EvaluationStatusFailed(error=failure)
    if call.ended_at is not None and not is_open:
        output = output_of(call)
        # The answer has to be an object, and a run that was closed without a summary has none.
        return EvaluationStatusComplete(output=output if isinstance(output, dict) else {})
    if progress is not None:
        return EvaluationStatusRunning(completed_rows=progress.completed, total_rows=progress.total)
    children = children_of(stores, project.id, [call.id], _COUNTED)[call.id]
    completed = sum(1 for child in children if is_predict_and_score(child) and child.ended_at is not None)
    return EvaluationStatusRunning(
        completed_rows=completed, total_rows=max(completed, _expected_rows(stores, project, call))
    )


def _expected_rows(stores: Stores, project: Project, call: Call) -> int:
    """Rows of the evaluation's dataset times its trials; 0 when that cannot be found out."""
    value = _value_of(stores, project, evaluation_ref_of(call))
    trials = value.get("trials")
    dataset = value.get("dataset")
    rows = (object_of(dataset) or _value_of(stores, project, dataset)).get("rows")
    table = try_parse_ref(rows)
    if not isinstance(table, TableRef) or table.project != project.id:
        return 0
    count = count_rows(stores, project.id, table.digest)
    return count * max(1, trials) if isinstance(trials, int) else count


def _value_of(stores: Stores, project: Project, uri: Any) -> dict[str, Any]:
    ref = try_parse_ref(uri)
    if not isinstance(ref, ObjectRef) or ref.project != project.id:
        return {}
    try:
        return object_of(read_object(stores, ref.project, ref.name, ref.version).val)
    except NotFound:
        return {}
