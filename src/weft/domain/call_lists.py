"""Lists of the calls that the evaluation API made, found by the flags it put on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from weft.core.errors import InvalidRequest
from weft.domain.evaluation_calls import FLAG
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.stores import Stores

Flag = Literal["evaluation_run", "prediction", "score"]


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that was asked for; no limit means all of it."""

    limit: int | None = None
    offset: int | None = None

    def check(self) -> Page:
        """The page. Raises InvalidRequest when a bound is negative."""
        if (self.limit is not None and self.limit < 0) or (self.offset is not None and self.offset < 0):
            raise InvalidRequest("limit and offset must not be negative")
        return self


def select_calls(
    stores: Stores, project_id: str, filters: CallFilter, conditions: Sequence[dict[str, Any]], page: Page
) -> Iterator[Call]:
    """The calls that meet all conditions, oldest first."""
    if page.limit == 0:
        return iter(())
    selection = CallSelection(
        project_id=project_id,
        filter=filters,
        query={"$expr": {"$and": list(conditions)}} if conditions else None,
        sort=[("started_at", "asc"), ("id", "asc")],
        limit=page.limit,
        offset=page.offset,
    )
    return stores.call_queries.select(selection)


def is_flagged(flag: Flag) -> dict[str, Any]:
    """The condition that a call carries a flag."""
    return any_among([f"attributes.weave.{flag}"], [FLAG])


def any_among(fields: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    """The condition that one of the fields has one of the values."""
    literals = [{"$literal": value} for value in values]
    tests = [{"$in": [{"$getField": field}, literals]} for field in fields]
    return tests[0] if len(tests) == 1 else {"$or": tests}
