"""Predict-and-score calls: they pair a prediction of a run with its scores, and are ended once both are in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from weft.core import ids, jsontext
from weft.core.clock import now
from weft.core.identity import Project, User
from weft.core.refs import find_refs
from weft.domain.calls import call_of
from weft.domain.evaluation_calls import (
    PREDICT_AND_SCORE,
    attributes_of,
    evaluation_ref_of,
    inputs_of,
    is_marked_as_score,
    object_of,
    output_of,
    scorer_key,
    weave_attributes,
)
from weft.domain.ops import ensure_placeholder_op
from weft.schemas.predictions import PredictionCreateBody
from weft.storage.events.call_changes import Call, EndCall
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.stores import Stores

# As many parents as one query names at a time.
_PARENTS = 1000
CHILD_COLUMNS = ("id", "parent_id", "op_name", "started_at", "ended_at", "inputs", "output", "attributes")


def open_pairing(
    stores: Stores, project: Project, user: User, body: PredictionCreateBody, run: Call, prediction_id: str
) -> Call:
    """The predict-and-score call, not yet ended, for a new prediction of a run."""
    weave: dict[str, Any] = {"predict_call_id": prediction_id}
    if body.genai_span_ref is not None:
        weave["genai_span_ref"] = [ref.model_dump() for ref in body.genai_span_ref]
    return call_of(
        project.id,
        ids.new_id(),
        trace_id=run.trace_id,
        parent_id=run.id,
        op_name=ensure_placeholder_op(stores, project, PREDICT_AND_SCORE, "predict_and_score"),
        started_at=now(),
        inputs={"self": evaluation_ref_of(run), "model": body.model, "example": body.inputs},
        attributes={"weave": weave},
        wb_user_id=user.id,
    )


def children_of(
    stores: Stores, project_id: str, parent_ids: Sequence[str], columns: Sequence[str] = CHILD_COLUMNS
) -> dict[str, list[Call]]:
    """The direct children of each call, in the order they started."""
    children: dict[str, list[Call]] = {parent_id: [] for parent_id in parent_ids}
    for start in range(0, len(parent_ids), _PARENTS):
        selection = CallSelection(
            project_id=project_id,
            filter=CallFilter(parent_ids=list(parent_ids[start : start + _PARENTS])),
            columns=list(columns),
        )
        for call in stores.call_queries.select(selection):
            children[call.parent_id].append(call)
    for group in children.values():
        group.sort(key=lambda call: (call.started_at, call.id))
    return children


def closing(pairing: Call, children: Sequence[Call], moment: datetime) -> EndCall:
    """The end of a predict-and-score call: its prediction's output and latency, and the last score of each scorer."""
    named = weave_attributes(pairing).get("predict_call_id")
    unmarked = [call for call in children if not is_marked_as_score(attributes_of(call))]
    prediction = next((call for call in unmarked if call.id == named), unmarked[0] if unmarked else None)
    output = {
        "output": output_of(prediction) if prediction else None,
        "scores": _scores_among(children),
        "model_latency": _latency(prediction),
    }
    return EndCall(
        project_id=pairing.project_id,
        id=pairing.id,
        ended_at=moment,
        output=jsontext.dumps_finite(output),
        output_refs=find_refs(output),
        must_exist=True,
    )


def _scores_among(children: Sequence[Call]) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for call in children:
        attributes = attributes_of(call)
        value = output_of(call) if is_marked_as_score(attributes) else None
        if value is not None:
            scorer = object_of(attributes.get("weave")).get("scorer") or inputs_of(call).get("self")
            scores[scorer_key(scorer)] = value
    return scores


def _latency(prediction: Call | None) -> dict[str, float] | None:
    if prediction is None or prediction.ended_at is None:
        return None
    return {"mean": (prediction.ended_at - prediction.started_at).total_seconds()}
