"""How a run that the worker makes ends: its rows condensed as the SDK does it, and the calls that record the end.

What the rows themselves write is evaluation_writing.py's; runs that clients finish are evaluation_runs.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core import ids, jsontext
from weft.core.clock import now
from weft.core.identity import User
from weft.core.refs import Edge, ObjectRef, TableRef, find_refs
from weft.domain.calls import call_of
from weft.domain.evaluation_calls import SUMMARIZE, object_of, output_of
from weft.domain.evaluation_runs import run_results
from weft.domain.evaluation_writing import RunFrame
from weft.domain.objects import publish_object
from weft.domain.score_writing import ScoreError, call_summary, exception_text, worker_op
from weft.domain.summary_maths import mean
from weft.domain.tables import create_table
from weft.storage.events.call_changes import Call, CallChange, EndCall, PutCall
from weft.storage.stores import Stores

SUMMARIZE_SCORES = "Scorer.summarize"
# Beyond so many, naming every row in the inputs of each scorer's summary would outweigh all the rest of the run.
_NAMED_ROWS = 1000


@dataclass(frozen=True, slots=True)
class RunEnd:
    """A run whose rows have all ended: its predict-and-score calls, and its scorers as (ref, key) in order."""

    frame: RunFrame
    pairings: Sequence[Call]
    scorers: Sequence[tuple[str, str]]
    started_at: datetime
    error: ScoreError | None = None


def run_summary(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """What rows `{output, scores, model_latency}` amount to, with an entry for each of the score keys.

    A row without a score counts among the rows of which a fraction is true.
    """
    scores = [object_of(row.get("scores")) for row in rows]
    summary: dict[str, Any] = {key: condense([of_row.get(key, {}) for of_row in scores]) for key in keys}
    for name in ("output", "model_latency"):
        condensed = condense([row.get(name) for row in rows])
        if condensed:
            summary[name] = condensed
    return summary


def condense(values: Sequence[Any]) -> dict[str, Any] | None:
    """The summary of a column, None when its values allow none.

    Nulls do not count. `{}` stands for a missing value: it counts among the booleans and decides nothing.
    """
    known = [value for value in values if value is not None]
    first = next((value for value in known if value != {}), None)
    if isinstance(first, bool):
        true_count = sum(1 for value in known if value)
        return {"true_count": true_count, "true_fraction": true_count / len(known)}
    if isinstance(first, int | float):
        return {"mean": mean(known)}
    if not isinstance(first, dict):
        return None
    objects = [value for value in known if isinstance(value, dict)]
    summary: dict[str, Any] = {}
    for key in dict.fromkeys(key for item in objects for key in item):
        child = condense([item.get(key, {}) for item in objects])
        # A column that is itself called `mean` would nest a mean in a mean; clients expect it merged up.
        summary |= {} if not child else child if key in child else {key: child}
    return summary or None


def end_changes(stores: Stores, end: RunEnd) -> list[CallChange]:
    """The calls that end a run, the table of its rows being stored on the way. Repeating it changes nothing."""
    if end.frame.rescores:
        results = run_results(end.pairings)
        calls = [_summarize_call(end, {}, results, SUMMARIZE, 1)]
    else:
        rows = [_row_of(pairing) for pairing in end.pairings]
        results = run_summary(rows, [key for _, key in end.scorers])
        table = _publish_rows(stores, end.frame, rows)
        below = [_scorer_summary(stores, end, number, results, table) for number in range(len(end.scorers))]
        own = {"eval_table": table.ref.uri()}
        calls = [_summarize_call(end, own, results, end.frame.ops[SUMMARIZE], 1 + len(below)), *below]
    return [*(PutCall(call) for call in calls), _end_of(end, results, len(calls))]


def failed_end(frame: RunFrame, error: ScoreError) -> EndCall:
    """The end of a run whose rows cannot be condensed."""
    return _root_end(frame, error, None, call_summary([error]))


@dataclass(frozen=True, slots=True)
class _Table:
    ref: ObjectRef
    row_digests: Sequence[str]


def _row_of(pairing: Call) -> dict[str, Any]:
    """The row of a predict-and-score call; one that failed has neither output nor scores."""
    result = output_of(pairing)
    if not isinstance(result, dict):
        return {"output": None, "scores": {}, "model_latency": None}
    return {name: result.get(name) for name in ("output", "scores", "model_latency")}


def _publish_rows(stores: Stores, frame: RunFrame, rows: Sequence[dict[str, Any]]) -> _Table:
    digest, row_digests = create_table(stores, frame.project, rows)
    name = "EvaluationResults"
    value = {
        "_type": name,
        "_class_name": name,
        "_bases": ["Object", "BaseModel"],
        "name": None,
        "description": None,
        "rows": TableRef(frame.project.id, digest).uri(),
    }
    user = User(frame.job.user_id, "")
    version = publish_object(stores, frame.project, user, name, value)
    return _Table(ObjectRef(frame.project.id, name, version.digest), row_digests)


def _summarize_call(end: RunEnd, inputs: dict[str, Any], results: dict[str, Any], op_name: str, successes: int) -> Call:
    job = end.frame.job
    return call_of(
        job.project_id,
        _summary_id(end),
        trace_id=end.frame.trace_id,
        parent_id=job.id,
        op_name=op_name,
        started_at=end.started_at,
        ended_at=now(),
        inputs={"self": job.evaluation_ref, **inputs},
        output=results,
        attributes=end.frame.attributes(),
        summary=call_summary([None] * successes),
        wb_user_id=job.user_id,
    )


def _scorer_summary(stores: Stores, end: RunEnd, number: int, results: dict[str, Any], table: _Table) -> Call:
    job, (scorer_ref, key) = end.frame.job, end.scorers[number]
    steps = (Edge("attr", "rows"), Edge("id", ""), Edge("key", "scores"), Edge("key", key))
    rows: Any = table.ref.uri()
    if len(table.row_digests) <= _NAMED_ROWS:
        rows = [_below(table.ref, (steps[0], Edge("id", digest), *steps[2:])) for digest in table.row_digests]
    return call_of(
        job.project_id,
        ids.stable_id("evaluation scorer summary", job.id, str(number)),
        trace_id=end.frame.trace_id,
        parent_id=_summary_id(end),
        op_name=worker_op(stores, end.frame.project, SUMMARIZE_SCORES, "summarize"),
        started_at=end.started_at,
        ended_at=now(),
        inputs={"self": scorer_ref, "score_rows": rows},
        output=results.get(key),
        attributes=end.frame.attributes(),
        summary=call_summary([None]),
        wb_user_id=job.user_id,
    )


def _below(ref: ObjectRef, steps: Sequence[Edge]) -> str:
    return ObjectRef(ref.project, ref.name, ref.version, tuple(steps)).uri()


def _summary_id(end: RunEnd) -> str:
    return ids.stable_id("evaluation summary", end.frame.job.id)


def _end_of(end: RunEnd, results: dict[str, Any], summaries: int) -> EndCall:
    outcomes: dict[str, int] = call_summary([end.error, *[None] * summaries])["status_counts"]
    for pairing in end.pairings:
        below = object_of(object_of(jsontext.loads(pairing.summary)).get("status_counts"))
        outcomes = {name: count + _count(below.get(name)) for name, count in outcomes.items()}
    return _root_end(end.frame, end.error, results, {"status_counts": outcomes})


def _root_end(frame: RunFrame, error: ScoreError | None, results: Any, summary: dict[str, Any]) -> EndCall:
    return EndCall(
        project_id=frame.job.project_id,
        id=frame.job.id,
        ended_at=now(),
        exception=exception_text(error),
        output=jsontext.dumps_finite(results),
        output_refs=find_refs(results),
        summary=jsontext.dumps_finite(summary),
        must_exist=True,
        trace_id=frame.trace_id,
        of_evaluation=True,
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0
