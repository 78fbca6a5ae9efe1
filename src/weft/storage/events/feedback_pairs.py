"""What two sources of feedback say about the same things: the newest word of each, laid side by side by the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.values import to_microseconds

LONGEST_LABEL = 300
ALONE = "x"
"""Stands for any label where only one source speaks of a thing, and is no JSON text itself."""

_VISIBLE = "project_id = {project_id:String} AND deleted = 0"


@dataclass(frozen=True, slots=True)
class Source:
    """Feedback of one type, and the place in its payload; with a threshold numbers become `true` or `false`."""

    feedback_type: str
    path: Sequence[str]
    threshold: float | None = None
    wb_user_id: str = ""


@dataclass(frozen=True, slots=True)
class PairSelection:
    """Two sources, and when their feedback was given, if that matters."""

    project_id: str
    left: Source
    right: Source
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class PairCount:
    """How many things the sources speak of with these labels, which are JSON texts; an empty one says nothing."""

    left: str
    right: str
    count: int


def count_pairs(engine: EventsEngine, selection: PairSelection, limit: int) -> list[PairCount]:
    """The pairs of labels, the most frequent first; what only one source speaks of is counted together."""
    parameters = Parameters()
    sides = _sides(selection, parameters)
    # What one source alone speaks of is one group, whatever it says.
    sql = f"""SELECT if(two.label = '', '{ALONE}', one.label) AS said,
            if(one.label = '', '{ALONE}', two.label) AS answered, count() AS n
        FROM ({sides[0]}) AS one FULL OUTER JOIN ({sides[1]}) AS two ON one.weave_ref = two.weave_ref
        GROUP BY said, answered ORDER BY (said = '' OR answered = '') DESC, n DESC, said, answered
        LIMIT {parameters.integer(limit)}"""
    rows = engine.query(sql, {**parameters.values, "project_id": selection.project_id})
    return [PairCount(row["said"], row["answered"], int(row["n"])) for row in rows]


def refs_of_pairs(
    engine: EventsEngine, selection: PairSelection, labels: Sequence[tuple[str, str]], limit: int
) -> list[tuple[str, str, str]]:
    """Things of which the sources say one of these pairs, as (ref, left, right); the last spoken of come first."""
    parameters = Parameters()
    one, two = _sides(selection, parameters)
    sql = f"""SELECT one.weave_ref AS ref, one.label AS said, two.label AS answered
        FROM ({one}) AS one INNER JOIN ({two}) AS two ON one.weave_ref = two.weave_ref
        WHERE (one.label, two.label) IN {parameters.pairs(labels)}
        ORDER BY greatest(one.at, two.at) DESC, ref LIMIT {parameters.integer(limit)}"""
    rows = engine.query(sql, {**parameters.values, "project_id": selection.project_id})
    return [(row["ref"], row["said"], row["answered"]) for row in rows]


def _sides(selection: PairSelection, parameters: Parameters) -> tuple[str, str]:
    return _side(selection, selection.left, parameters), _side(selection, selection.right, parameters)


def _side(selection: PairSelection, source: Source, parameters: Parameters) -> str:
    place = ", ".join(parameters.text(segment) for segment in source.path)
    conditions = [_VISIBLE, f"feedback_type = {parameters.text(source.feedback_type)}", "label NOT IN ('', 'null')"]
    if source.wb_user_id:
        conditions.append(f"wb_user_id = {parameters.text(source.wb_user_id)}")
    for sign, moment in ((">=", selection.start), ("<", selection.end)):
        if moment is not None:
            limit = parameters.integer(to_microseconds(moment.isoformat()))
            conditions.append(f"toUnixTimestamp64Micro(created_at) {sign} {limit}")
    label = f"substringUTF8(JSONExtractRaw(payload, {place}), 1, {LONGEST_LABEL})"
    if source.threshold is not None:
        number = f"toFloat64OrNull({label})"
        level = parameters.real(source.threshold)
        told = f"multiIf(isNull({number}), '', {number} >= {level}, 'true', 'false')"
        label = f"if({label} IN ('true', 'false'), {label}, {told})"
    rows = f"SELECT weave_ref, {label} AS label, created_at, id FROM feedback FINAL WHERE {' AND '.join(conditions)}"
    return f"""SELECT weave_ref, argMax(label, (created_at, id)) AS label, max(created_at) AS at
        FROM ({rows}) GROUP BY weave_ref"""
