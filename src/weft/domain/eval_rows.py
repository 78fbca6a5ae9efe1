"""Rows of evaluation results: trials about one example, filtered and sorted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidRequest
from weft.domain.eval_fields import Field, parse_field, read_field
from weft.domain.eval_filters import Condition, compile_filter
from weft.domain.eval_trials import Trial
from weft.domain.summary_maths import as_number, mean, number_in
from weft.schemas.eval_results import EvalResultsFilter, EvalResultsSortBy

ResolveRow = Callable[[Any], Any]
"""An example with its row ref replaced by the row."""


@dataclass(slots=True)
class Row:
    """The trials about one example, by evaluation in the order of the request."""

    digest: str
    trials: dict[str, list[Trial]] = field(default_factory=dict)

    def within(self, root_id: str | None) -> Iterable[Trial]:
        """The trials of one evaluation, or of all."""
        if root_id is not None:
            return self.trials.get(root_id, ())
        return (trial for group in self.trials.values() for trial in group)

    def first(self) -> Trial:
        """The trial that speaks for the row."""
        return next(iter(self.within(None)))


def rows_of(trials: Sequence[Trial]) -> list[Row]:
    """The rows of trials, by digest."""
    rows: dict[str, Row] = {}
    for trial in trials:
        row = rows.setdefault(trial.row_digest, Row(trial.row_digest))
        row.trials.setdefault(trial.root_id, []).append(trial)
    return [rows[digest] for digest in sorted(rows)]


def in_every_evaluation(rows: Sequence[Row], root_ids: Sequence[str]) -> list[Row]:
    """The rows that every one of the evaluations has."""
    return [row for row in rows if len(row.trials) == len(root_ids)]


class RowFilter:
    """The filters of a request, checked.

    With `or`, filters on one evaluation must all hold and one evaluation suffices; with `and` all must hold.
    """

    def __init__(self, filters: Sequence[EvalResultsFilter], operator: str) -> None:
        self._groups: dict[str | None, list[tuple[str | None, Condition]]] = {}
        for item in filters:
            group = item.evaluation_call_id if operator == "or" else None
            condition = compile_filter(item.query)
            self._groups.setdefault(group, []).append((item.evaluation_call_id, condition))

    def keep(self, rows: Sequence[Row], resolve: ResolveRow) -> list[Row]:
        """The rows that pass."""
        return [row for row in rows if self._passes(row, resolve)] if self._groups else list(rows)

    def _passes(self, row: Row, resolve: ResolveRow) -> bool:
        return any(all(_holds(row, *item, resolve) for item in group) for group in self._groups.values())


class RowOrder:
    """The sort keys of a request, checked."""

    def __init__(self, sort_by: Sequence[EvalResultsSortBy], evaluations: int) -> None:
        self._keys = [(_sort_field(key), key) for key in sort_by]
        self._several = evaluations > 1

    def sort(self, rows: Sequence[Row], resolve: ResolveRow) -> list[Row]:
        """The rows in order; equal ones by digest, and rows without a value last in either direction."""
        ordered = list(rows)
        for name, key in reversed(self._keys):
            ordered = self._sort_by_one(ordered, name, key, resolve)
        return ordered

    def _sort_by_one(self, rows: list[Row], name: Field, key: EvalResultsSortBy, resolve: ResolveRow) -> list[Row]:
        numbers: list[tuple[float, Row]] = []
        texts: list[tuple[str, Row]] = []
        rest: list[Row] = []
        for row in rows:
            value = self._value(row, name, key, resolve)
            if value is None:
                rest.append(row)
            elif isinstance(value, float):
                numbers.append((value, row))
            else:
                texts.append((value, row))
        descending = key.direction == "desc"
        numbers.sort(key=lambda item: item[0], reverse=descending)
        texts.sort(key=lambda item: item[0], reverse=descending)
        return [row for _, row in numbers] + [row for _, row in texts] + rest

    def _value(self, row: Row, name: Field, key: EvalResultsSortBy, resolve: ResolveRow) -> float | str | None:
        if name.root != "scores":
            return _first_value(name, row.within(key.evaluation_call_id), resolve)
        if key.mode == "difference" and self._several:
            means = [_mean(name, group) for group in row.trials.values()]
            known = [value for value in means if value is not None]
            return max(known) - min(known) if known else None
        return _mean(name, row.within(key.evaluation_call_id))


def _holds(row: Row, root_id: str | None, condition: Condition, resolve: ResolveRow) -> bool:
    return any(condition(partial(_field_of, trial, resolve)) for trial in row.within(root_id))


def _field_of(trial: Trial, resolve: ResolveRow, name: Field) -> Any:
    return read_field(name, trial, resolve(trial.example))


def _sort_field(key: EvalResultsSortBy) -> Field:
    name = parse_field(key.field)
    if name.root == "row_digest":
        raise InvalidRequest("row_digest cannot be sorted by; it is the order of rows that are equal otherwise")
    if key.mode == "difference" and name.root != "scores":
        raise InvalidRequest("mode 'difference' is for scores")
    return name


def _mean(name: Field, trials: Iterable[Trial]) -> float | None:
    return mean([read_field(name, trial, None) for trial in trials])


def _first_value(name: Field, trials: Iterable[Trial], resolve: ResolveRow) -> float | str | None:
    for trial in trials:
        value = read_field(name, trial, resolve(trial.example))
        if value is not None and value != "":
            return _sort_value(value)
    return None


def _sort_value(value: Any) -> float | str:
    if isinstance(value, str):
        number = number_in(value)
        return value if number is None else number
    number = None if isinstance(value, bool) else as_number(value)
    return jsontext.dumps(value) if number is None else number
