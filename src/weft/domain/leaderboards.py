"""Published leaderboards with their values: of every model the newest finished run of each column's evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core.errors import InvalidRequest
from weft.core.identity import Project
from weft.core.refs import ObjectRef, try_parse_ref
from weft.domain.estimates import LARGEST
from weft.domain.eval_run_lists import of_evaluations, roots_of
from weft.domain.evaluation_calls import evaluation_ref_of, first_text, model_ref_of, object_of, output_of
from weft.domain.evaluation_datasets import name_of
from weft.domain.objects import read_object
from weft.domain.previews import MOST_BYTES, fitting, preview
from weft.domain.summary_maths import as_number
from weft.schemas.eval_run_lists import (
    LeaderboardCell,
    LeaderboardReq,
    LeaderboardRes,
    LeaderboardResColumn,
    LeaderboardRow,
    LeaderboardWarning,
)
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallSelection
from weft.storage.stores import Stores

MOST_RUNS = 2000
MOST_COLUMNS = 40
_LONGEST_TEXT = 200
_COLUMNS = ("id", "started_at", "ended_at", "exception", "inputs", "attributes", "output")


@dataclass(frozen=True, slots=True)
class _Found:
    value: bool | float | str
    run: Call
    runs: int


def read_leaderboard(stores: Stores, project: Project, body: LeaderboardReq) -> LeaderboardRes:
    """A leaderboard resolved. Raises NotFound, and InvalidRequest for an object that is no leaderboard."""
    version = read_object(stores, project.id, body.object_id, body.version, "object")
    columns = _columns(version.val)
    if columns is None:
        raise InvalidRequest(f"{body.object_id[:100]} is no Leaderboard")
    shown, warnings = columns[:MOST_COLUMNS], []
    if len(columns) > len(shown):
        warnings.append(_warning("columns_omitted", f"Only the first {MOST_COLUMNS} of {len(columns)} columns"))
    roots, complete = _finished_runs(stores, project, {column.evaluation_object_ref for column in shown})
    if not complete:
        warnings.append(_warning("old_runs_omitted", f"Only the newest {MOST_RUNS} runs were looked at"))
    found = [_values(column, roots) for column in shown]
    for column, values in zip(shown, found, strict=True):
        if not values:
            where = f"{column.evaluation_name or column.evaluation_object_ref}: {column.scorer_name}"
            warnings.append(_warning("column_empty", f"No finished run has a value for {where[:300]}"))
    rows = _rows(shown, found)
    kept = fitting(rows, MOST_BYTES - 100_000)
    if len(kept) < len(rows):
        warnings.append(_warning("models_omitted", f"Only the best {len(kept)} of {len(rows)} models"))
    return LeaderboardRes(
        object_id=version.object_id,
        digest=version.digest,
        name=name_of(first_text(version.val.get("name"))),
        description=first_text(version.val.get("description"))[:2000] or None,
        columns=shown,
        rows=kept,
        warnings=fitting(warnings, 10_000) if warnings else [],
    )


def _warning(code: str, message: str) -> LeaderboardWarning:
    return LeaderboardWarning(code=code, message=message)


def _columns(value: Any) -> list[LeaderboardResColumn] | None:
    columns = value.get("columns") if isinstance(value, dict) else None
    if not isinstance(columns, list) or "Leaderboard" not in (value.get("_class_name"), value.get("_type")):
        return None
    return [
        LeaderboardResColumn(
            evaluation_object_ref=preview(first_text(column.get("evaluation_object_ref")), 1000),
            evaluation_name=name_of(first_text(column.get("evaluation_object_ref"))),
            scorer_name=preview(first_text(column.get("scorer_name"))),
            summary_metric_path=preview(first_text(column.get("summary_metric_path"))),
            should_minimize=column.get("should_minimize") is True,
        )
        for column in map(object_of, columns)
    ]


def _finished_runs(stores: Stores, project: Project, refs: set[str]) -> tuple[list[Call], bool]:
    """The finished runs of the evaluations, newest first, and whether these are all."""
    known = sorted(ref for ref in refs if isinstance(try_parse_ref(ref), ObjectRef))
    if not known:
        return [], True
    selection = CallSelection(
        project_id=project.id,
        filter=roots_of(project),
        query={"$expr": of_evaluations(known)},
        sort=[("started_at", "desc"), ("id", "desc")],
        limit=MOST_RUNS + 1,
        columns=list(_COLUMNS),
    )
    roots = list(stores.call_queries.select(selection))
    finished = [root for root in roots[:MOST_RUNS] if root.ended_at is not None and not root.exception]
    return finished, len(roots) <= MOST_RUNS


def _values(column: LeaderboardResColumn, roots: Sequence[Call]) -> dict[str, _Found]:
    """Model ref to what its newest run with a value has in the column."""
    found: dict[str, _Found] = {}
    for root in roots:
        model = model_ref_of(root)
        if not model or not _is_of(root, column.evaluation_object_ref):
            continue
        value = _value_at(output_of(root), column)
        if value is None:
            continue
        newest = found.get(model)
        found[model] = _Found(newest.value, newest.run, newest.runs + 1) if newest else _Found(value, root, 1)
    return found


def _is_of(root: Call, evaluation: str) -> bool:
    ref = evaluation_ref_of(root)
    return ref.startswith(evaluation[:-1]) if evaluation.endswith(":*") else ref == evaluation


def _value_at(output: Any, column: LeaderboardResColumn) -> bool | float | str | None:
    value = object_of(output).get(column.scorer_name)
    for part in column.summary_metric_path.split(".") if column.summary_metric_path else ():
        value = object_of(value).get(part)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    number = as_number(value)
    return number if number is not None and abs(number) <= LARGEST else None


def _rows(columns: Sequence[LeaderboardResColumn], found: Sequence[Mapping[str, _Found]]) -> list[LeaderboardRow]:
    ranks = [_ranks(values, column.should_minimize) for column, values in zip(columns, found, strict=True)]
    models = sorted({model for values in found for model in values})
    rows = []
    for model in models:
        cells = [_cell(values.get(model), rank.get(model)) for values, rank in zip(found, ranks, strict=True)]
        rows.append(LeaderboardRow(model_ref=preview(model, 1000), model_name=name_of(model), cells=cells))
    return sorted(rows, key=lambda row: _place(row, len(models)))


def _place(row: LeaderboardRow, last: int) -> float:
    """The mean rank over the columns; without a value a model stands last."""
    ranks = [cell.rank if cell and cell.rank else last for cell in row.cells]
    return sum(ranks) / len(ranks) if ranks else 0.0


def _ranks(values: Mapping[str, _Found], lower_is_better: bool) -> dict[str, int]:
    numbers = {model: float(one.value) for model, one in values.items() if not isinstance(one.value, str)}
    ordered = sorted(numbers.values(), reverse=not lower_is_better)
    places = {number: place for place, number in reversed(list(enumerate(ordered, 1)))}
    return {model: places[number] for model, number in numbers.items()}


def _cell(one: _Found | None, rank: int | None) -> LeaderboardCell | None:
    if one is None:
        return None
    return LeaderboardCell(value=one.value, run_id=one.run.id, started_at=one.run.started_at, rank=rank, runs=one.runs)
