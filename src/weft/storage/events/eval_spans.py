"""Spans of agents that say to which trial of which evaluation they belong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from weft.storage.events.engine import EventsEngine

TrialKey = tuple[str, str]
"""(id of the evaluation run, id of the predict-and-score call)"""

# The inner read looks at two columns of every span; the outer one, by key, sees the newest version of what was found.
_OF_TRIALS = """
SELECT eval_run_id, eval_predict_and_score_call_id, trace_id, span_id, parent_span_id FROM spans FINAL
WHERE project_id = {project_id:String} AND deleted = 0
  AND trace_id IN (
    SELECT trace_id FROM spans
    WHERE project_id = {project_id:String} AND eval_run_id IN {run_ids:Array(String)}
      AND eval_predict_and_score_call_id IN {call_ids:Array(String)}
  )
  AND eval_run_id IN {run_ids:Array(String)} AND eval_predict_and_score_call_id IN {call_ids:Array(String)}
ORDER BY started_at, span_id
"""
_IDS_A_QUERY = 1000


@dataclass(frozen=True, slots=True)
class StampedSpan:
    """A span with a trial's stamp."""

    trace_id: str
    span_id: str
    parent_span_id: str


def spans_of_trials(
    engine: EventsEngine, project_id: str, trials: Collection[TrialKey]
) -> dict[TrialKey, list[StampedSpan]]:
    """The spans of each trial by start, then id; trials without any are absent."""
    found: dict[TrialKey, list[StampedSpan]] = {}
    run_ids = sorted({run_id for run_id, _ in trials})
    call_ids = sorted({call_id for _, call_id in trials})
    for start in range(0, len(call_ids), _IDS_A_QUERY):
        some: Sequence[str] = call_ids[start : start + _IDS_A_QUERY]
        for row in engine.query(_OF_TRIALS, {"project_id": project_id, "run_ids": run_ids, "call_ids": some}):
            key = row["eval_run_id"], row["eval_predict_and_score_call_id"]
            found.setdefault(key, []).append(StampedSpan(row["trace_id"], row["span_id"], row["parent_span_id"]))
    return found
