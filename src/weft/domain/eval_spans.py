"""Links from trials to the agents that ran in them: beside those that were written down, those that spans tell of."""

from __future__ import annotations

from collections.abc import Sequence

from weft.core.errors import WeftError
from weft.core.identity import Project
from weft.schemas.eval_results import EvalResultsQueryRes, EvalResultsTrial
from weft.schemas.predictions import GenAISpanRef
from weft.storage.events.eval_spans import StampedSpan, TrialKey, spans_of_trials
from weft.storage.stores import Stores

NOT_LOADED = "Failed to load evaluation-linked agent spans"


def link_spans(stores: Stores, project: Project, answer: EvalResultsQueryRes) -> None:
    """Add to each trial one span of each trace that it does not name yet. Without the spans it warns and goes on."""
    trials: dict[TrialKey, EvalResultsTrial] = {
        (evaluation.evaluation_call_id, trial.predict_and_score_call_id): trial
        for row in answer.rows
        for evaluation in row.evaluations
        for trial in evaluation.trials
    }
    try:
        found = spans_of_trials(stores.spans.engine, project.id, trials)
    except WeftError:
        answer.warnings.append(NOT_LOADED)
        return
    for key, spans in found.items():
        if key in trials:
            _link(trials[key], spans)


def _link(trial: EvalResultsTrial, spans: Sequence[StampedSpan]) -> None:
    """Take of each new trace the first span that is below no other of the trial's."""
    linked = {ref.trace_id for ref in trial.genai_span_ref or ()}
    stamped = {(span.trace_id, span.span_id) for span in spans}
    tops = [span for span in spans if (span.trace_id, span.parent_span_id) not in stamped]
    for span in tops:
        if span.trace_id not in linked:
            linked.add(span.trace_id)
            ref = GenAISpanRef(trace_id=span.trace_id, span_id=span.span_id)
            trial.genai_span_ref = [*(trial.genai_span_ref or ()), ref]
