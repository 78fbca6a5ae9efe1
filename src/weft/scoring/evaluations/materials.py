"""What the rows of a run are about: dataset rows or predictions of another run, and what earlier attempts have done.

All rows of a batch are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.core import jsontext
from weft.core.refs import Edge, ObjectRef, TableRef, try_parse_ref
from weft.domain.eval_trials import row_ref_of
from weft.domain.evaluation_calls import inputs_of, object_of, output_of, weave_attributes
from weft.domain.evaluation_writing import Prediction, pairing_id, row_score_id
from weft.scoring.evaluations.run import Run
from weft.scoring.retry import CannotWork, ScoringFailure
from weft.scoring.stored_values import stored_value
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

NO_OUTPUT = "The prediction has no output: it failed, or has not ended"


@dataclass(frozen=True, slots=True)
class Material:
    """What is known about a row before an attempt.

    `values` are what a scorer may ask for by name, `shown` the same as the trace shows it. `prediction` and `scores`
    (score calls by the scorer's number) are there already; `output` is what is scored. `trouble` is why nothing can
    be done about the row.
    """

    example: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)
    pairing: Call | None = None
    prediction: Prediction | None = None
    output: Any = None
    scores: Mapping[int, Call] = field(default_factory=dict)
    spans: Any = None
    trouble: ScoringFailure | None = None
    size: int = 0


def materials_of(stores: Stores, run: Run, tasks: Sequence[Task]) -> dict[str, Material]:
    """The materials of row tasks of one run, by task."""
    return (
        _Rescored(stores, run, tasks).materials() if run.frame.rescores else _Evaluated(stores, run, tasks).materials()
    )


class _Earlier:
    """The calls that earlier attempts at some tasks have left."""

    def __init__(self, stores: Stores, run: Run, tasks: Sequence[Task]) -> None:
        self._numbers = [scorer.number for scorer in run.scorers]
        keys = [key for task in tasks if not task.first_try for key in self._ids_of(task)]
        project_id = run.frame.job.project_id
        self._calls = stores.calls.get_many(project_id, keys) if keys else {}

    def pairing(self, task: Task) -> Call | None:
        """Its predict-and-score call."""
        return self._calls.get(pairing_id(task))

    def prediction(self, task: Task) -> Call | None:
        """Its prediction, if it went well."""
        return _well_ended(self._calls.get(task.call_id))

    def scores(self, task: Task) -> dict[int, Call]:
        """Its score calls that went well, by number."""
        found = {number: _well_ended(self._calls.get(row_score_id(task, number))) for number in self._numbers}
        return {number: call for number, call in found.items() if call is not None}

    def _ids_of(self, task: Task) -> Iterable[str]:
        return (pairing_id(task), task.call_id, *(row_score_id(task, number) for number in self._numbers))


class _Evaluated:
    """Rows of a dataset."""

    def __init__(self, stores: Stores, run: Run, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._earlier = _Earlier(stores, run, tasks)
        self._dataset = try_parse_ref(run.frame.job.dataset_ref)
        project_id = self._dataset.project if self._dataset else run.frame.job.project_id
        self._texts = stores.tables.rows(project_id, {task.subject for task in tasks})

    def materials(self) -> dict[str, Material]:
        """The materials by task."""
        return {task.id: self._material(task) for task in self._tasks}

    def _material(self, task: Task) -> Material:
        text = self._texts.get(task.subject)
        row = jsontext.loads(text) if text is not None else None
        example = self._example(task, row)
        if not isinstance(row, dict):
            missing = "is not there" if text is None else "is not an object"
            return Material(example, trouble=CannotWork(f"The dataset row {task.subject[:80]} {missing}"))
        # What the prediction's inputs are called comes first, then the columns of the row, which win.
        known = {"user_input": row["user_input"]} if "user_input" in row else {}
        values = {**known, "template_vars": {}, **row}
        call = self._earlier.prediction(task)
        return Material(
            example,
            values,
            {name: self._shown(example, name, value, row) for name, value in values.items()},
            self._earlier.pairing(task),
            None if call is None else _stored_prediction(call),
            None if call is None else output_of(call),
            self._earlier.scores(task),
            size=len(text or ""),
        )

    def _example(self, task: Task, row: Any) -> Any:
        """The ref of the row; a dataset without a version of its own shows its rows as they are."""
        ref = self._dataset
        if not isinstance(ref, ObjectRef) or isinstance(ref, TableRef):
            return row
        return _below(ref, Edge("attr", "rows"), Edge("id", task.subject))

    def _shown(self, example: Any, name: str, value: Any, row: Mapping[str, Any]) -> Any:
        ref = try_parse_ref(example) if name in row else None
        # SDKs show a null as it is.
        return value if value is None or not isinstance(ref, ObjectRef) else _below(ref, Edge("key", name))


class _Rescored:
    """Predictions of another run."""

    def __init__(self, stores: Stores, run: Run, tasks: Sequence[Task]) -> None:
        self._stores = stores
        self._tasks = tasks
        self._earlier = _Earlier(stores, run, tasks)
        self._project_id = run.frame.job.project_id
        named = {call_id for task in tasks for call_id in (task.subject, task.call_id)}
        self._calls = stores.calls.get_many(self._project_id, named)
        self._rows = self._dataset_rows()

    def materials(self) -> dict[str, Material]:
        """The materials by task."""
        return {task.id: self._material(task) for task in self._tasks}

    def _dataset_rows(self) -> dict[str, Any]:
        """The rows that the examples of the source refer to, by digest."""
        examples = [inputs_of(call).get("example") for call in self._calls.values()]
        refs = [ref for ref in map(row_ref_of, examples) if ref is not None and ref.project == self._project_id]
        texts = self._stores.tables.rows(self._project_id, {ref.edges[1].value for ref in refs}) if refs else {}
        return {digest: jsontext.loads(text) for digest, text in texts.items()}

    def _material(self, task: Task) -> Material:
        source, call = self._calls.get(task.subject), self._calls.get(task.call_id)
        example = inputs_of(source).get("example") if source is not None else None
        ref = row_ref_of(example)
        row = self._rows.get(ref.edges[1].value) if ref is not None else example
        if call is None or call.id == task.subject:
            return Material(example, trouble=CannotWork("The source has no prediction for this row"))
        if _well_ended(call) is None:
            return Material(example, prediction=None, trouble=CannotWork(NO_OUTPUT))
        inputs = {name: value for name, value in inputs_of(call).items() if name != "self"}
        try:
            output = self._value(output_of(call))
        except CannotWork as failure:
            return Material(example, trouble=failure)
        return Material(
            example,
            {**inputs, **object_of(row)},
            object_of(inputs.get("inputs")) or inputs,
            self._earlier.pairing(task),
            _stored_prediction(call),
            output,
            self._earlier.scores(task),
            None if source is None else weave_attributes(source).get("genai_span_ref"),
            size=call.size,
        )

    def _value(self, output: Any) -> Any:
        """An output that is an object is scored by its value."""
        ref = try_parse_ref(output)
        if not isinstance(ref, ObjectRef):
            return output
        return stored_value(self._stores, ref, {self._project_id}, "The prediction's output")


def _well_ended(call: Call | None) -> Call | None:
    return call if call is not None and call.ended_at is not None and not call.exception else None


def _stored_prediction(call: Call) -> Prediction:
    ended_at = call.ended_at or call.started_at
    return Prediction(call.id, call.started_at, ended_at, output=output_of(call), stored=True)


def _below(ref: ObjectRef, *steps: Edge) -> str:
    return ObjectRef(ref.project, ref.name, ref.version, (*ref.edges, *steps)).uri()
