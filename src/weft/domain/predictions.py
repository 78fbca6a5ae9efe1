"""Predictions: what a model answered, alone or as part of an evaluation run. Scores are scores.py's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from weft.core import ids
from weft.core.clock import now
from weft.core.identity import Project, User
from weft.domain.call_lists import Page, any_among, is_flagged, select_calls
from weft.domain.calls import apply_changes, call_of
from weft.domain.evaluation_calls import (
    FLAG,
    existing_of_kind,
    first_text,
    inputs_of,
    model_op_name,
    object_of,
    output_of,
    pairing_of,
    require_prediction,
    require_run,
    run_id_of,
    weave_attributes,
)
from weft.domain.ops import ensure_placeholder_op
from weft.domain.predict_and_score import children_of, closing, open_pairing
from weft.schemas.predictions import PredictionCreateBody, PredictionReadRes
from weft.storage.events.call_changes import Call, DeleteCall, PutCall
from weft.storage.events.call_queries import CallFilter
from weft.storage.stores import Stores


def create_prediction(stores: Stores, project: Project, user: User, body: PredictionCreateBody) -> str:
    """Store a prediction; under a run it hangs below a predict-and-score call of its own. Returns its id.

    Raises NotFound for a run that is none and InvalidRequest for a broken model ref, before anything is written.
    """
    op_name = model_op_name(body.model)
    run = require_run(stores, project.id, body.evaluation_run_id) if body.evaluation_run_id else None
    op_ref = ensure_placeholder_op(stores, project, op_name, "predict")
    prediction_id = ids.new_id()
    pairing = None if run is None else open_pairing(stores, project, user, body, run, prediction_id)
    moment = now()
    weave: dict[str, Any] = {"prediction": FLAG, "model": body.model}
    if run is not None:
        weave["evaluation_run_id"] = run.id
    prediction = call_of(
        project.id,
        prediction_id,
        trace_id=run.trace_id if run else prediction_id,
        parent_id=pairing.id if pairing else "",
        op_name=op_ref,
        started_at=moment,
        ended_at=now(),
        inputs={"self": body.model, "inputs": body.inputs},
        output=body.output,
        attributes={"weave": weave},
        wb_user_id=user.id,
    )
    calls = [prediction] if pairing is None else [pairing, prediction]
    apply_changes(stores, [PutCall(call, fresh=True) for call in calls], sampled=False)
    return prediction_id


def read_prediction(stores: Stores, project: Project, prediction_id: str) -> PredictionReadRes:
    """A prediction as the API shows it."""
    return prediction_item(stores, require_prediction(stores, project.id, prediction_id))


def list_predictions(
    stores: Stores, project: Project, evaluation_run_id: str | None, page: Page
) -> Iterator[PredictionReadRes]:
    """The flagged predictions of a project, perhaps of one run, in the order they were made."""
    conditions = [is_flagged("prediction")]
    if evaluation_run_id:
        conditions.append(any_among(["attributes.weave.evaluation_run_id"], [evaluation_run_id]))
    for call in select_calls(stores, project.id, CallFilter(), conditions, page):
        yield prediction_item(stores, call)


def finish_prediction(stores: Stores, project: Project, prediction_id: str) -> None:
    """Close the predict-and-score call of a prediction with the scores it has by now; a second time changes nothing.

    The prediction itself was ended when it was made and is left alone.
    """
    prediction = require_prediction(stores, project.id, prediction_id)
    pairing = pairing_of(stores, prediction)
    if pairing is not None and pairing.ended_at is None:
        end = closing(pairing, children_of(stores, project.id, [pairing.id])[pairing.id], now())
        apply_changes(stores, [end], sampled=False)


def delete_predictions(stores: Stores, project: Project, prediction_ids: Sequence[str]) -> int:
    """Delete predictions with everything that only exists for them: their predict-and-score calls, scores, feedback.

    Returns how many of the ids existed.
    """
    predictions = existing_of_kind(stores, project.id, prediction_ids, "prediction")
    roots = set(predictions)
    for call in predictions.values():
        pairing = pairing_of(stores, call)
        if pairing is not None and weave_attributes(pairing).get("predict_call_id") == call.id:
            roots.add(pairing.id)
    delete_subtrees(stores, project.id, roots)
    return len(predictions)


def delete_subtrees(stores: Stores, project_id: str, roots: set[str]) -> None:
    """Delete calls with all their descendants and the runnable feedback on any of them."""
    if not roots:
        return
    doomed = sorted(roots | stores.call_queries.descendants(project_id, sorted(roots)))
    stores.calls.apply([DeleteCall(project_id, call_id) for call_id in doomed])
    attached = stores.feedback.for_calls(project_id, doomed)
    rows = [row.id for group in attached.values() for row in group if row.feedback_type.startswith("wandb.runnable.")]
    if rows:
        stores.feedback.purge(project_id, rows)


def prediction_item(stores: Stores, call: Call) -> PredictionReadRes:
    """The API's view of a prediction call."""
    return PredictionReadRes(
        prediction_id=call.id,
        model=first_text(weave_attributes(call).get("model")),
        inputs=object_of(inputs_of(call).get("inputs")),
        output=output_of(call),
        evaluation_run_id=run_id_of(stores, call),
        wb_user_id=call.wb_user_id or None,
    )
