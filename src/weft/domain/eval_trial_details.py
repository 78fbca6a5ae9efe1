"""What a trial shows beyond its scores: its prediction, its score calls, latency, tokens, cost and agent spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.refs import CallRef, ObjectRef, try_parse_ref
from weft.domain.costs import PriceSource, costs_of
from weft.domain.eval_trials import Trial
from weft.domain.evaluation_calls import (
    attributes_of,
    inputs_of,
    is_marked_as_score,
    object_of,
    op_title,
    weave_attributes,
)
from weft.domain.summary_maths import as_number
from weft.schemas.eval_results import EvalResultsTrial
from weft.schemas.predictions import GenAISpanRef
from weft.storage.events.call_changes import Call
from weft.storage.events.feedback import Feedback

CHILD_COLUMNS = (
    "id", "parent_id", "op_name", "started_at", "ended_at", "exception", "inputs", "attributes", "summary",
)  # fmt: skip
_COST_PARTS = (
    "prompt_tokens_total_cost",
    "completion_tokens_total_cost",
    "cache_read_input_tokens_total_cost",
    "cache_creation_input_tokens_total_cost",
)


@dataclass(frozen=True, slots=True)
class TrialCalls:
    """A trial with its children sorted out; `predict` is None when no child can be the prediction."""

    trial: Trial
    predict: Call | None
    others: Sequence[Call]

    @property
    def scorers_unknown(self) -> list[str]:
        """Score keys that no child answers to by its name; feedback may know them."""
        known = _scorer_calls(self)
        return [key for key in self.trial.scores if key not in known]


def sort_out(trial: Trial, children: Sequence[Call]) -> TrialCalls:
    """Tell the prediction of a trial from its other children."""
    predict = _predict_call(trial, children)
    return TrialCalls(trial, predict, [call for call in children if call is not predict])


def total_tokens(calls: TrialCalls) -> int | None:
    """Tokens the prediction used, all models together; None when nobody counted."""
    usage = object_of(_summary(calls.predict or calls.trial.call).get("usage"))
    counts = [object_of(entry).get("total_tokens") for entry in usage.values()]
    numbers = [int(number) for count in counts if (number := as_number(count)) is not None]
    return sum(numbers) if numbers else None


def total_cost(calls: TrialCalls, prices: PriceSource) -> float | None:
    """What the prediction cost, all models together; None when nothing is priced."""
    if calls.predict is None:
        return None
    costs = costs_of(_summary(calls.predict).get("usage"), calls.predict.started_at, prices)
    return sum(cost[name] for cost in costs.values() for name in _COST_PARTS) if costs else None


def scorer_refs(calls: TrialCalls) -> dict[str, str]:
    """Score key to the ref of the scorer, or of the op, whose call gave it; keys nobody answers to are left out."""
    found = _scorer_calls(calls)
    by_id = {call.id: call for call in calls.others}
    return {key: _scorer_ref(by_id[call_id]) for key, call_id in found.items()}


def trial_item(calls: TrialCalls, feedback: Sequence[Feedback], cost: float | None) -> EvalResultsTrial:
    """The API's view of a trial; `feedback` is what is attached to its prediction."""
    output = calls.trial.output
    return EvalResultsTrial(
        predict_and_score_call_id=calls.trial.call.id,
        predict_call_id=calls.predict.id if calls.predict else None,
        model_output=output.get("output", output.get("model_output")),
        scores=calls.trial.scores,
        model_latency_seconds=latency_seconds(calls),
        total_tokens=total_tokens(calls),
        total_cost=cost,
        scorer_call_ids=_scorer_call_ids(calls, feedback),
        genai_span_ref=_span_refs(calls),
    )


def _predict_call(trial: Trial, children: Sequence[Call]) -> Call | None:
    named = weave_attributes(trial.call).get("predict_call_id")
    for call in children:
        if call.id == named:
            return call
    unmarked = [call for call in children if not _is_scorer(call)]
    for call in unmarked:
        if trial.model is not None and trial.model in (inputs_of(call).get("self"), call.op_name):
            return call
    for call in unmarked:
        title = op_title(call.op_name).lower()
        if "predict" in title or "invoke" in title:
            return call
    return None


def _is_scorer(call: Call) -> bool:
    attributes = attributes_of(call)
    return is_marked_as_score(attributes) or object_of(attributes.get("weave")).get("kind") == "scorer"


def latency_seconds(calls: TrialCalls) -> float | None:
    """How long the prediction took, or else what the trial noted of it."""
    predict = calls.predict
    if predict is not None and predict.ended_at is not None:
        return (predict.ended_at - predict.started_at).total_seconds()
    noted = calls.trial.output.get("model_latency")
    return as_number(noted.get("mean") if isinstance(noted, dict) else noted)


def _scorer_call_ids(calls: TrialCalls, feedback: Sequence[Feedback]) -> dict[str, str]:
    found = _scorer_calls(calls)
    for row in feedback:
        key = row.feedback_type.removeprefix("wandb.runnable.")
        ref = try_parse_ref(row.call_ref)
        if key in calls.trial.scores and key not in found and isinstance(ref, CallRef):
            found[key] = ref.id
    return {key: found[key] for key in calls.trial.scores if key in found}


def _scorer_calls(calls: TrialCalls) -> dict[str, str]:
    """Score key to call id; of several calls of one scorer the last counts, as it does for the value."""
    ended_at = calls.trial.call.ended_at
    found: dict[str, str] = {}
    for call in calls.others:
        late = ended_at is not None and call.started_at > ended_at
        for name in _scorer_names(call):
            # A score given after the trial was closed is not the one whose value it shows.
            found[name] = found.get(name, call.id) if late else call.id
    return {key: found[key] for key in calls.trial.scores if key in found}


def _scorer_ref(call: Call) -> str:
    scorer = weave_attributes(call).get("scorer") or inputs_of(call).get("self")
    ref = try_parse_ref(scorer)
    return ref.uri() if isinstance(ref, ObjectRef) else call.op_name


def _scorer_names(call: Call) -> set[str]:
    title = op_title(call.op_name)
    scorer = weave_attributes(call).get("scorer") or inputs_of(call).get("self")
    ref = try_parse_ref(scorer)
    names = {title, title.removesuffix(".score")}
    return names | {ref.name, ref.name.removesuffix(".score")} if isinstance(ref, ObjectRef) else names


def _span_refs(calls: TrialCalls) -> list[GenAISpanRef] | None:
    found: dict[tuple[str, str], GenAISpanRef] = {}
    for call in filter(None, (calls.predict, calls.trial.call)):
        noted = weave_attributes(call).get("genai_span_ref")
        if noted is None:
            noted = object_of(_summary(call).get("weave")).get("genai_span_ref")
        for item in noted if isinstance(noted, list) else ():
            trace_id, span_id = object_of(item).get("trace_id"), object_of(item).get("span_id")
            if isinstance(trace_id, str) and isinstance(span_id, str):
                found.setdefault((trace_id, span_id), GenAISpanRef(trace_id=trace_id, span_id=span_id))
    return list(found.values()) or None


def _summary(call: Call) -> dict[str, Any]:
    return object_of(jsontext.loads(call.summary))
