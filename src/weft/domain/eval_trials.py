"""Trials of evaluations: the predict-and-score calls below their roots, and which example each one is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.digest import object_digest
from weft.core.refs import Edge, ObjectRef, try_parse_ref
from weft.domain.evaluation_calls import inputs_of, is_predict_and_score, object_of
from weft.domain.predict_and_score import children_of
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

_COLUMNS = (
    "id", "parent_id", "op_name", "started_at", "ended_at", "exception", "inputs", "output", "attributes", "summary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One predict-and-score call; `scores` and `output` are empty while it runs."""

    call: Call
    root_id: str
    row_digest: str
    example: Any
    model: Any
    output: dict[str, Any]
    scores: dict[str, Any]


def load_trials(stores: Stores, project_id: str, root_ids: Sequence[str]) -> list[Trial]:
    """Every trial of the evaluations: by evaluation in the order asked for, then by start."""
    children = children_of(stores, project_id, root_ids, _COLUMNS)
    return [_trial(call, root_id) for root_id in root_ids for call in children[root_id] if is_predict_and_score(call)]


def row_ref_of(example: Any) -> ObjectRef | None:
    """The ref of a dataset row, if the example is one."""
    ref = try_parse_ref(example)
    if isinstance(ref, ObjectRef) and len(ref.edges) == 2 and ref.edges[0] == Edge("attr", "rows"):
        return ref if ref.edges[1].kind == "id" else None
    return None


def _trial(call: Call, root_id: str) -> Trial:
    inputs = inputs_of(call)
    output = object_of(jsontext.loads(call.output))
    example = inputs.get("example")
    return Trial(
        call=call,
        root_id=root_id,
        row_digest=_row_digest(example),
        example=example,
        model=inputs.get("model"),
        output=output,
        scores=object_of(output.get("scores")),
    )


def _row_digest(example: Any) -> str:
    ref = row_ref_of(example)
    # The digest a table gives an equal row, so that inline examples and dataset rows meet.
    return ref.edges[1].value if ref else object_digest(example)
