"""Feedback on calls as values of a query: one joined row per call, with one aggregate per condition asked for.

A condition on feedback holds for a call when any entry of its type fulfils it; a call without such an entry reads as
one whose value is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from weft.core.refs import INTERNAL
from weft.storage.events.query.fields import ANY_FEEDBACK, FeedbackPath, parse_field
from weft.storage.events.query.json_text import raw_text
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.values import Operands


class FeedbackValues:
    """Collects what a query needs of feedback and writes the join that provides it."""

    def __init__(self, parameters: Parameters, project_id: str) -> None:
        self._parameters = parameters
        self._prefix = f"{INTERNAL}{project_id}/call/"
        self._aggregates: dict[str, str] = {}

    @property
    def used(self) -> bool:
        """Whether anything was asked for."""
        return bool(self._aggregates)

    def text(self, path: FeedbackPath) -> str:
        """The SQL of the newest entry's text; the empty text when there is no entry."""
        matches = self._matches(path.type)
        return self._aggregate(f"argMaxIf({self._entry_text(path)}, created_at, {matches})")

    def any_entry(self, kind: str, condition: str) -> str:
        """The SQL of "some entry of the type fulfils it"; NULL when it is NULL for all."""
        return self._aggregate(f"maxIf(toNullable({condition}), {self._matches(kind)})")

    def count(self, kind: str) -> str:
        """The SQL of the number of entries of a type."""
        return self._aggregate(f"countIf({self._matches(kind)})")

    def in_entry(self, operands: Operands) -> Operands:
        """Operands that read the entry at hand, inside the join."""
        return replace(operands, feedback=_EntryReader(self))

    def missing(self, operands: Operands) -> Operands:
        """Operands that read every entry as missing."""
        return replace(operands, feedback=_MissingReader())

    def join(self) -> str:
        """The SQL that joins the aggregates to `calls`; empty when nothing was asked for."""
        if not self._aggregates:
            return ""
        columns = ", ".join(f"{sql} AS {name}" for sql, name in self._aggregates.items())
        length = self._parameters.integer(len(self._prefix) + 1)
        prefix = self._parameters.text(self._prefix)
        return f"""
LEFT JOIN (
    SELECT substring(weave_ref, {length}) AS fb_call, {columns}
    FROM feedback FINAL
    WHERE project_id = {{project_id:String}} AND deleted = 0 AND startsWith(weave_ref, {prefix})
    GROUP BY fb_call
) AS fb ON calls.id = fb.fb_call
"""

    def _aggregate(self, sql: str) -> str:
        return self._aggregates.setdefault(sql, f"fb_{len(self._aggregates)}")

    def _entry_text(self, path: FeedbackPath) -> str:
        if path.column == "payload":
            return raw_text("payload", path.segments, self._parameters)
        return path.column

    def _matches(self, kind: str) -> str:
        return "1" if kind == ANY_FEEDBACK else f"feedback_type = {self._parameters.text(kind)}"


def feedback_type(paths: Sequence[str]) -> str | None:
    """The one feedback type that a comparison reads, when it reads nothing else."""
    fields = [parse_field(path) for path in paths]
    kinds = {field.type for field in fields if isinstance(field, FeedbackPath)}
    alone = fields and all(isinstance(field, FeedbackPath) for field in fields)
    return kinds.pop() if alone and len(kinds) == 1 else None


class _EntryReader:
    def __init__(self, values: FeedbackValues) -> None:
        self._values = values

    def text(self, path: FeedbackPath) -> str:
        return self._values._entry_text(path)


class _MissingReader:
    def text(self, _path: FeedbackPath) -> str:
        return "''"
