"""Evaluation runs: the root call of an evaluation, its start, its end with the results, its deletion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from weft.core import ids, jsontext
from weft.core.clock import iso, now
from weft.core.identity import Project, User
from weft.core.refs import OpRef, find_refs
from weft.domain.call_lists import Page, any_among, is_flagged, select_calls
from weft.domain.calls import apply_changes, call_of
from weft.domain.evaluation_calls import (
    EVALUATE,
    FLAG,
    SUMMARIZE,
    evaluation_ref_of,
    existing_of_kind,
    is_predict_and_score,
    model_op_name,
    model_ref_of,
    object_of,
    output_of,
    require_run,
    status_of,
    weave_attributes,
)
from weft.domain.ops import ensure_placeholder_op
from weft.domain.predict_and_score import children_of, closing
from weft.domain.predictions import delete_subtrees
from weft.domain.summaries import with_derived
from weft.domain.summary_maths import summarize_column
from weft.schemas.evaluation_runs import EvaluationRunCreateBody, EvaluationRunReadRes
from weft.storage.events.call_changes import Call, CallChange, EndCall, PutCall, fold
from weft.storage.events.call_queries import CallFilter
from weft.storage.stores import Stores


def create_run(stores: Stores, project: Project, user: User, body: EvaluationRunCreateBody) -> str:
    """Start a run of an evaluation on a model; its id is its trace id too. Neither needs to exist."""
    model_op_name(body.model)
    weave: dict[str, Any] = {"evaluation_run": FLAG, "evaluation": body.evaluation, "model": body.model}
    if body.source_evaluation_run_id is not None:
        weave["source_evaluation_run_id"] = body.source_evaluation_run_id
    run_id = ids.new_id()
    call = call_of(
        project.id,
        run_id,
        trace_id=run_id,
        op_name=ensure_placeholder_op(stores, project, EVALUATE, "evaluate"),
        started_at=now(),
        inputs={"self": body.evaluation, "model": body.model},
        attributes={"weave": weave},
        wb_user_id=user.id,
    )
    apply_changes(stores, [PutCall(call, fresh=True)], sampled=False)
    return run_id


def read_run(stores: Stores, project: Project, run_id: str) -> EvaluationRunReadRes:
    """A run as the API shows it, whoever made it."""
    return run_item(require_run(stores, project.id, run_id))


def finish_run(stores: Stores, project: Project, user: User, run_id: str, summary: dict[str, Any] | None) -> None:
    """End a run: close its open predict-and-score calls, condense all scores, write the summarize call and the end.

    All of it is one write. A run that has ended is left as it is.
    """
    run = require_run(stores, project.id, run_id)
    if run.ended_at is not None:
        return
    children = children_of(stores, project.id, [run.id])[run.id]
    pairings = [call for call in children if is_predict_and_score(call)]
    moment = now()
    ends = _closings(stores, project, [call for call in pairings if call.ended_at is None], moment)
    results = run_results(
        [ended for call in pairings if (ended := fold(call, ends[call.id]) if call.id in ends else call)]
    )
    changes: list[CallChange] = [*ends.values(), PutCall(_summarize_call(project, user, run, results, moment))]
    apply_changes(stores, [*changes, _end_of(run, results, summary or {}, moment)], sampled=False)


@dataclass(frozen=True, slots=True)
class RunSelection:
    """Which runs to list; an empty filter lets everything pass."""

    evaluations: Sequence[str] = ()
    models: Sequence[str] = ()
    run_ids: Sequence[str] = ()
    include_sdk_runs: bool = False
    page: Page = field(default_factory=Page)


def list_runs(stores: Stores, project: Project, selection: RunSelection) -> Iterator[EvaluationRunReadRes]:
    """The runs made through the API, and those of SDKs if asked for, in the order they were started."""
    conditions = [] if selection.include_sdk_runs else [is_flagged("evaluation_run")]
    if selection.evaluations:
        places = ["attributes.weave.evaluation", "inputs.self", "inputs.this"]
        conditions.append(any_among(places, selection.evaluations))
    if selection.models:
        conditions.append(any_among(["attributes.weave.model", "inputs.model"], selection.models))
    op_names = [EVALUATE, OpRef(project.id, EVALUATE, "*").uri()] if selection.include_sdk_runs else None
    filters = CallFilter(op_names=op_names, call_ids=list(selection.run_ids) or None)
    for call in select_calls(stores, project.id, filters, conditions, selection.page):
        yield run_item(call)


def delete_runs(stores: Stores, project: Project, run_ids: Sequence[str]) -> int:
    """Delete runs with everything below them and its runnable feedback. Returns how many of the ids existed."""
    runs = existing_of_kind(stores, project.id, run_ids, "run")
    delete_subtrees(stores, project.id, set(runs))
    return len(runs)


def run_item(call: Call) -> EvaluationRunReadRes:
    """The API's view of a run."""
    source = weave_attributes(call).get("source_evaluation_run_id")
    return EvaluationRunReadRes(
        evaluation_run_id=call.id,
        evaluation=evaluation_ref_of(call),
        model=model_ref_of(call),
        status=status_of(call),
        started_at=call.started_at,
        finished_at=call.ended_at,
        summary=_summary_of(call),
        source_evaluation_run_id=source if isinstance(source, str) else None,
    )


def run_results(pairings: Sequence[Call]) -> dict[str, Any]:
    """What ended predict-and-score calls amount to: a summary per scorer, and one of the outputs if there is one."""
    columns: dict[str, list[Any]] = {}
    outputs: list[Any] = []
    for pairing in pairings:
        result = output_of(pairing)
        if not isinstance(result, dict):
            continue
        outputs.append(result.get("output", result.get("model_output")))
        for name, value in object_of(result.get("scores")).items():
            columns.setdefault(name, []).append(value)
    results = {name: summary for name, values in columns.items() if (summary := summarize_column(values))}
    of_outputs = summarize_column(outputs)
    return {**results, "output": of_outputs} if of_outputs else results


def _summary_of(call: Call) -> dict[str, Any]:
    row = {
        "op_name": call.op_name,
        "display_name": call.display_name,
        "exception": call.exception,
        "started_at": iso(call.started_at),
        "ended_at": iso(call.ended_at) if call.ended_at else None,
    }
    return with_derived(object_of(jsontext.loads(call.summary)), row)


def _closings(stores: Stores, project: Project, pairings: Sequence[Call], moment: datetime) -> dict[str, EndCall]:
    children = children_of(stores, project.id, [call.id for call in pairings])
    return {call.id: closing(call, children[call.id], moment) for call in pairings}


def _summarize_call(project: Project, user: User, run: Call, results: dict[str, Any], moment: datetime) -> Call:
    return call_of(
        project.id,
        _summarize_id(run),
        trace_id=run.trace_id,
        parent_id=run.id,
        op_name=SUMMARIZE,
        started_at=moment,
        ended_at=now(),
        inputs={"self": evaluation_ref_of(run)},
        output=results,
        attributes={},
        wb_user_id=user.id,
    )


def _summarize_id(run: Call) -> str:
    # Derived from the run, so that two finishes at the same time write one summarize call; shaped like every new id.
    millis = int(run.started_at.timestamp() * 1000)
    digest = hashlib.sha256(f"summarize {run.project_id} {run.id}".encode()).hexdigest()
    text = f"{millis:012x}7{digest[:3]}{'89ab'[int(digest[3], 16) % 4]}{digest[4:19]}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _end_of(run: Call, results: dict[str, Any], summary: dict[str, Any], moment: datetime) -> EndCall:
    return EndCall(
        project_id=run.project_id,
        id=run.id,
        ended_at=moment,
        output=jsontext.dumps_finite(results),
        output_refs=find_refs(results),
        summary=jsontext.dumps_finite(summary),
        must_exist=True,
    )
