"""How feedback and its values are distributed: how much there is of each type, and histograms and counts of values.

Means and medians over time are feedback_stats.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback_stats import NUMBER, FeedbackWindow, bucket_of, inside
from weft.storage.events.query.json_text import raw_text
from weft.storage.events.query.parameters import Parameters


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How much feedback of a type there is, when the last was given (ISO), and how much in each bucket by its start."""

    feedback_type: str
    count: int
    newest: str
    by_bucket: dict[int, int]


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """How many texts there are at a place in payloads, and the most frequent of them."""

    total: int
    values: Sequence[tuple[str, int]]


def count_types(
    engine: EventsEngine, window: FeedbackWindow, edges: Sequence[int], limit: int
) -> tuple[list[TypeCount], int]:
    """The types with most feedback, the largest first, and how many types there are."""
    parameters = Parameters()
    where = inside(window, parameters)
    largest = f"""SELECT feedback_type, count() AS n, max(created_at) AS newest, count() OVER () AS types
        FROM feedback FINAL WHERE {where} GROUP BY feedback_type
        ORDER BY n DESC, feedback_type LIMIT {parameters.integer(limit)}"""
    found = engine.query(largest, {**parameters.values, "project_id": window.project_id})
    names = parameters.texts([row["feedback_type"] for row in found])
    sql = f"""SELECT feedback_type, toInt64({bucket_of(edges, parameters)}) AS bucket, count() AS n
        FROM feedback FINAL WHERE {where} AND feedback_type IN {names} GROUP BY feedback_type, bucket"""
    by_type: dict[str, dict[int, int]] = {}
    for row in engine.query(sql, {**parameters.values, "project_id": window.project_id}) if found else ():
        by_type.setdefault(row["feedback_type"], {})[row["bucket"]] = int(row["n"])
    types = [
        TypeCount(row["feedback_type"], int(row["n"]), row["newest"], by_type.get(row["feedback_type"], {}))
        for row in found
    ]
    return types, int(found[0]["types"]) if found else 0


def count_values(
    engine: EventsEngine, window: FeedbackWindow, path: tuple[str, ...], longest: int, limit: int
) -> ValueCounts:
    """The texts at a place in payloads, cut at `longest` characters, the most frequent first."""
    parameters = Parameters()
    text = f"substringUTF8({raw_text('payload', path, parameters)}, 1, {parameters.integer(longest)})"
    sql = f"""SELECT value, count() AS n, sum(count()) OVER () AS total FROM (
            SELECT {text} AS value FROM feedback FINAL WHERE {inside(window, parameters)}) WHERE value != ''
        GROUP BY value ORDER BY n DESC, value LIMIT {parameters.integer(limit)}"""
    rows = engine.query(sql, {**parameters.values, "project_id": window.project_id})
    return ValueCounts(int(rows[0]["total"]) if rows else 0, [(row["value"], int(row["n"])) for row in rows])


def count_bins(
    engine: EventsEngine, window: FeedbackWindow, path: tuple[str, ...], edges: Sequence[float]
) -> list[int]:
    """How many numbers at a place in payloads lie between neighbouring edges, which are even and hold all of them."""
    parameters = Parameters()
    bins = len(edges) - 1
    number = NUMBER.format(raw_text("payload", path, parameters))
    low, width = parameters.real(edges[0]), parameters.real((edges[-1] - edges[0]) / bins)
    sql = f"""SELECT greatest(0, least({bins - 1}, toInt64(floor((value - {low}) / {width})))) AS bin, count() AS n
        FROM (SELECT {number} AS value FROM feedback FINAL WHERE {inside(window, parameters)})
        WHERE value IS NOT NULL GROUP BY bin"""
    counts = [0] * bins
    for row in engine.query(sql, {**parameters.values, "project_id": window.project_id}):
        counts[row["bin"]] = int(row["n"])
    return counts


def count_annotators(
    engine: EventsEngine, project_id: str, feedback_type: str, limit: int
) -> tuple[list[tuple[str, int]], int]:
    """The ids of those who gave feedback of a type (any for the empty text), who gave most first, and how many."""
    parameters = Parameters()
    of_type = f"AND feedback_type = {parameters.text(feedback_type)}" if feedback_type else ""
    sql = f"""SELECT wb_user_id, count() AS n, count() OVER () AS users FROM feedback FINAL
        WHERE project_id = {{project_id:String}} AND deleted = 0 AND wb_user_id != '' {of_type}
        GROUP BY wb_user_id ORDER BY n DESC, wb_user_id LIMIT {parameters.integer(limit)}"""
    rows = engine.query(sql, {**parameters.values, "project_id": project_id})
    return [(row["wb_user_id"], int(row["n"])) for row in rows], int(rows[0]["users"]) if rows else 0
