"""Scores: what a scorer said about a prediction, kept as a call and as runnable feedback on the prediction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from weft.core import ids
from weft.core.clock import now
from weft.core.identity import Project, User
from weft.core.refs import CallRef, ObjectRef
from weft.domain.call_lists import Page, any_among, is_flagged, select_calls
from weft.domain.calls import apply_changes, begin_changes, call_of
from weft.domain.evaluation_calls import (
    FLAG,
    existing_of_kind,
    first_text,
    inputs_of,
    object_of,
    output_of,
    pairing_of,
    require_prediction,
    require_run,
    require_score,
    run_id_of,
    scorer_key,
    scorer_op_name,
    scorer_ref,
    weave_attributes,
    with_output,
)
from weft.domain.feedback_payloads import storable_payload
from weft.domain.ops import ensure_placeholder_op
from weft.schemas.scores import ScoreCreateBody, ScoreReadRes
from weft.storage.events.call_changes import Call, CallChange, DeleteCall, PutCall
from weft.storage.events.call_queries import CallFilter
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores


def create_score(stores: Stores, project: Project, user: User, body: ScoreCreateBody) -> str:
    """Store a score: its call, and runnable feedback on the prediction that points at the call. Returns the call id.

    Raises NotFound for an unknown prediction or run and InvalidRequest for a bad scorer ref, before anything is
    written.
    """
    scorer = scorer_ref(body.scorer)
    prediction = require_prediction(stores, project.id, body.prediction_id)
    run = require_run(stores, project.id, body.evaluation_run_id) if body.evaluation_run_id else None
    call = _score_call(stores, project, user, body, scorer, prediction, run)
    feedback = _feedback(project, user, body, scorer, call, storable_payload({"output": body.value}))
    # Both tables have a writer of their own: handing over first and waiting after costs one wait instead of two.
    writing = (begin_changes(stores, [PutCall(call, fresh=True)]), stores.feedback.begin([feedback]))
    for submission in writing:
        submission.wait()
    return call.id


def read_score(stores: Stores, project: Project, score_id: str) -> ScoreReadRes:
    """A score as the API shows it."""
    return score_item(stores, require_score(stores, project.id, score_id))


def list_scores(stores: Stores, project: Project, evaluation_run_id: str | None, page: Page) -> Iterator[ScoreReadRes]:
    """The flagged scores of a project, perhaps of one run, in the order they were made."""
    conditions = [is_flagged("score")]
    if evaluation_run_id:
        conditions.append(any_among(["attributes.weave.evaluation_run_id"], [evaluation_run_id]))
    for call in select_calls(stores, project.id, CallFilter(), conditions, page):
        yield score_item(stores, call)


def delete_scores(stores: Stores, project: Project, score_ids: Sequence[str]) -> int:
    """Delete scores, the feedback they left and their values in ended predict-and-score calls.

    Returns how many of the ids existed.
    """
    scores = existing_of_kind(stores, project.id, score_ids, "score")
    if not scores:
        return 0
    doomed = sorted(scores.keys() | stores.call_queries.descendants(project.id, sorted(scores)))
    changes: list[CallChange] = [DeleteCall(project.id, call_id) for call_id in doomed]
    changes += [PutCall(pairing) for pairing in _pairings_without(stores, scores.values())]
    apply_changes(stores, changes, sampled=False)
    rows = _feedback_of(stores, project, scores)
    if rows:
        stores.feedback.purge(project.id, rows)
    return len(scores)


def score_item(stores: Stores, call: Call) -> ScoreReadRes:
    """The API's view of a score call."""
    return ScoreReadRes(
        score_id=call.id,
        scorer=_scorer_of(call),
        value=output_of(call),
        evaluation_run_id=run_id_of(stores, call),
        wb_user_id=call.wb_user_id or None,
    )


def _score_call(
    stores: Stores,
    project: Project,
    user: User,
    body: ScoreCreateBody,
    scorer: ObjectRef,
    prediction: Call,
    run: Call | None,
) -> Call:
    score_id = ids.new_id()
    weave: dict[str, Any] = {"score": FLAG, "prediction_id": prediction.id, "scorer": body.scorer}
    parent_id = ""
    if run is not None:
        weave["evaluation_run_id"] = run.id
        # A prediction of another run keeps its own tree; its score hangs directly below the run that asked.
        parent_id = (prediction.parent_id or run.id) if prediction.trace_id == run.trace_id else run.id
    moment = now()
    return call_of(
        project.id,
        score_id,
        trace_id=run.trace_id if run else score_id,
        parent_id=parent_id,
        op_name=ensure_placeholder_op(stores, project, scorer_op_name(scorer), "score"),
        started_at=moment,
        ended_at=now(),
        inputs={
            "self": body.scorer,
            "inputs": object_of(inputs_of(prediction).get("inputs")),
            "output": output_of(prediction),
        },
        output=body.value,
        attributes={"weave": weave},
        wb_user_id=user.id,
    )


def _feedback(
    project: Project, user: User, body: ScoreCreateBody, scorer: ObjectRef, call: Call, payload: dict[str, Any]
) -> Feedback:
    return Feedback(
        project_id=project.id,
        id=ids.new_id(),
        weave_ref=CallRef(project.id, body.prediction_id).uri(),
        wb_user_id=user.id,
        created_at=call.started_at,
        feedback_type=f"wandb.runnable.{scorer.name}",
        payload=payload,
        runnable_ref=body.scorer,
        call_ref=CallRef(project.id, call.id).uri(),
    )


def _scorer_of(call: Call) -> str:
    return first_text(weave_attributes(call).get("scorer"), inputs_of(call).get("self"))


def _pairings_without(stores: Stores, scores: Sequence[Call] | Any) -> list[Call]:
    """Ended predict-and-score calls of the scores, without the values of these scores in their outputs."""
    changed: dict[str, Call] = {}
    for call in scores:
        pairing = changed.get(call.parent_id) or pairing_of(stores, call)
        if pairing is None or pairing.ended_at is None:
            continue
        output = output_of(pairing)
        values = object_of(object_of(output).get("scores"))
        key = scorer_key(_scorer_of(call))
        if key in values:
            kept = {name: value for name, value in values.items() if name != key}
            changed[pairing.id] = with_output(pairing, {**output, "scores": kept})
    return list(changed.values())


def _feedback_of(stores: Stores, project: Project, scores: dict[str, Call]) -> list[str]:
    targets = {first_text(weave_attributes(call).get("prediction_id")) for call in scores.values()} - {""}
    refs = {CallRef(project.id, score_id).uri() for score_id in scores}
    attached = stores.feedback.for_calls(project.id, sorted(targets))
    return [row.id for rows in attached.values() for row in rows if row.call_ref in refs]
