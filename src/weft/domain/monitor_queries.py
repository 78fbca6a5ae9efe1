"""Which of some calls the query of a monitor matches, as the compiler of call queries in the store decides it.

What else a monitor asks of a call is monitors.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core.errors import WeftError
from weft.core.identity import Project
from weft.domain.queue_items import queue_members
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.events.query.filters import MAX_VALUES
from weft.storage.stores import Stores

_AND = "$and"
# So many parts of a query are told apart when it is explained; the others are told together.
_MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One of the conditions that a query joins by `$and`, and whether the call fulfils it, or the error."""

    condition: Any
    holds: bool
    error: str = ""


def matching_ids(
    stores: Stores, project: Project, query: Mapping[str, Any] | None, call_ids: Sequence[str]
) -> set[str]:
    """The ids of the visible calls among these that the query matches; all of them without a query.

    Raises what a query of calls raises.
    """
    if query is None:
        return set(call_ids)
    members = queue_members(stores, project, query)
    found: set[str] = set()
    for start in range(0, len(call_ids), MAX_VALUES):
        some = CallFilter(call_ids=call_ids[start : start + MAX_VALUES])
        found.update(stores.call_queries.ids(CallSelection(project.id, some, query, queue_members=members)))
    return found


def parts_of(stores: Stores, project: Project, query: Mapping[str, Any], call_id: str) -> list[QueryPart]:
    """Each condition of the query by itself, for one stored call."""
    conditions = _conditions(next(iter(query.values()), None))
    if len(conditions) > _MOST_PARTS:
        conditions = [*conditions[: _MOST_PARTS - 1], {_AND: conditions[_MOST_PARTS - 1 :]}]
    return [_part(stores, project, condition, call_id) for condition in conditions]


def _part(stores: Stores, project: Project, condition: Any, call_id: str) -> QueryPart:
    try:
        # Joined with nothing, since a condition may be a mere value.
        holds = call_id in matching_ids(stores, project, {"$expr": {_AND: [condition]}}, [call_id])
        return QueryPart(condition, holds)
    except WeftError as error:
        return QueryPart(condition, False, error.reason)


def _conditions(expression: Any) -> list[Any]:
    joined = expression.get(_AND, expression.get("and_")) if isinstance(expression, dict) else None
    if not isinstance(joined, list):
        return [expression]
    return [condition for part in joined for condition in _conditions(part)]
