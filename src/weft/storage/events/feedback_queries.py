"""Reading feedback by fields and expressions: the query language of calls over the columns of feedback.

Writing rows is feedback.py's; what the operations of the language mean is query/conditions.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.core.clock import as_utc
from weft.core.errors import InvalidRequest
from weft.storage.events.engine import EventsEngine
from weft.storage.events.feedback import COLUMNS
from weft.storage.events.query.conditions import Conditions
from weft.storage.events.query.expressions import (
    Compare,
    Constant,
    Contains,
    FieldPath,
    Logic,
    Node,
    parse_query,
)
from weft.storage.events.query.fields import FeedbackPath, JsonPath, path_segments, split_path
from weft.storage.events.query.json_text import raw_text
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.values import NULL_FLAG, Operands, Value, literal_text

COUNT = "count(*)"

_NUMBERS_BY_NAME = ("scorer_tag_confidences", "scorer_ratings", "scorer_rating_confidences")
_TEXTS_BY_NAME = ("scorer_tag_reasons", "scorer_rating_reasons")
_HIGHEST = 2**63 - 1
# Whole numbers up to here are exact as floats, so they can be compared with fractions.
_EXACT = 2**53
_VISIBLE = "project_id = {project_id:String} AND deleted = 0"


@dataclass(frozen=True, slots=True)
class FeedbackSelection:
    """Which rows of a project, which of their fields (None is all columns), in which order."""

    project_id: str
    query: Mapping[str, Any] | None = None
    fields: Sequence[str] | None = None
    sort: Sequence[tuple[str, str]] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def counts(self) -> bool:
        """Whether only the number of rows is asked for."""
        return self.fields is not None and list(self.fields) == [COUNT]


def select_feedback(engine: EventsEngine, selection: FeedbackSelection) -> list[dict[str, Any]]:
    """The rows, each with the fields asked for under the names they were asked by.

    Raises InvalidRequest for unknown fields and negative numbers, InvalidField for malformed paths and queries.
    """
    fields = list(COLUMNS if selection.fields is None else selection.fields)
    paths = {} if selection.counts else {name: _Path.parse(name) for name in fields}
    parameters = Parameters()
    where = _where(selection, parameters)
    order = _order(selection.sort, parameters)
    window = _window(selection)
    if selection.limit == 0 or selection.counts:
        return []
    columns = ", ".join(dict.fromkeys(path.column for path in paths.values()))
    sql = f"SELECT {columns} FROM feedback FINAL WHERE {where} ORDER BY {order} {window}"
    rows = engine.query(sql, {**parameters.values, "project_id": selection.project_id})
    return [_projected(_decoded(row), paths) for row in rows]


def count_feedback(engine: EventsEngine, selection: FeedbackSelection) -> int:
    """How many rows match, whatever the page."""
    parameters = Parameters()
    sql = f"SELECT count() AS n FROM feedback FINAL WHERE {_where(selection, parameters)}"
    return int(engine.query(sql, {**parameters.values, "project_id": selection.project_id})[0]["n"])


def ids_in_query(query: Mapping[str, Any]) -> list[str]:
    """The ids of a query that is `id = <literal>`, or an `$or` of these. Raises InvalidRequest for any other."""
    node = parse_query(query)
    terms: Sequence[Node] = node.parts if isinstance(node, Logic) and node.operator == "$or" else (node,)
    ids: list[str] = []
    for term in terms:
        if not isinstance(term, Compare) or term.operator != "$eq" or term.left != FieldPath("id"):
            raise InvalidRequest("Feedback can only be purged by a query of the form id = <literal>, or $or of these")
        if not isinstance(term.right, Constant) or not isinstance(term.right.value, str):
            raise InvalidRequest("Feedback can only be purged by ids that are string literals")
        ids.append(term.right.value)
    return ids


@dataclass(frozen=True, slots=True)
class _Path:
    """A field: a column, or a place inside one."""

    column: str
    segments: tuple[str | int, ...] = ()

    @staticmethod
    def parse(name: str) -> _Path:
        if name in COLUMNS:
            return _Path(name)
        column, dot, rest = name.partition(".")
        if dot and column == "payload":
            return _Path(column, path_segments(split_path(rest), name))
        if dot and column in _NUMBERS_BY_NAME + _TEXTS_BY_NAME:
            return _Path(column, (rest,))
        raise InvalidRequest(f"Unknown feedback field: {name[:200]}")


@dataclass(slots=True)
class _Operands(Operands):
    """Operands whose fields are those of feedback."""

    def field(self, path: str) -> Value:
        """The value of a field of feedback. Raises InvalidRequest for one that does not exist."""
        found = _Path.parse(path)
        column = found.column
        if column == "payload":
            return Value(raw_text(column, found.segments, self.parameters), "json")
        if found.segments:
            name = self.parameters.text(str(found.segments[0]))
            sql = f"if(mapContains({column}, {name}), toNullable({column}[{name}]), NULL)"
            return Value(sql, "number" if column in _NUMBERS_BY_NAME else "text", f"isNull({sql})")
        if column == "created_at":
            return Value(column, "time")
        if column == "scorer_tags":
            return Value(column, "refs")
        if column in _NUMBERS_BY_NAME + _TEXTS_BY_NAME:
            return Value(f"toJSONString({column})", "text")
        return Value(column, "text", f"({column} = '')")


class _Conditions(Conditions):
    """Conditions that compare numbers as numbers, whole or not, and know lists of tags."""

    def _cast(self, value: Value, literal: Value) -> str:
        constant = literal.constant
        if value.kind == "json" and type(constant) is int and abs(constant) <= _EXACT:
            return f"toFloat64OrNull({value.sql})"
        return super()._cast(value, literal)

    def _placeholder(self, value: Value, literal: Value) -> str:
        constant = literal.constant
        if value.kind == "text" and constant is not None and not isinstance(constant, str):
            return self._parameters.text(literal_text(constant))
        return super()._placeholder(value, literal)

    def _contains(self, node: Contains) -> str:
        tags = self._value(node.input)
        if tags.kind != "refs":
            return super()._contains(node)
        wanted = self._value(node.substr)
        if wanted.kind == "literal" and wanted.constant is None:
            return NULL_FLAG
        text = self._parameters.text(literal_text(wanted.constant)) if wanted.constant is not None else wanted.sql
        if node.case_insensitive:
            return f"arrayExists(tag -> lowerUTF8(tag) = lowerUTF8({text}), {tags.sql})"
        return f"has({tags.sql}, {text})"


class _NoReader:
    """Feedback rows hold neither calls' JSON nor other feedback; `_Operands` never asks for them."""

    def text(self, path: JsonPath | FeedbackPath) -> str:
        raise InvalidRequest(f"Unknown feedback field: {path}")


def _operands(parameters: Parameters) -> _Operands:
    return _Operands(parameters, _NoReader(), _NoReader())


def _where(selection: FeedbackSelection, parameters: Parameters) -> str:
    if selection.query is None:
        return _VISIBLE
    condition = _Conditions(_operands(parameters)).condition(parse_query(selection.query))
    return f"{_VISIBLE} AND {condition}"


def _order(sort: Sequence[tuple[str, str]], parameters: Parameters) -> str:
    operands = _operands(parameters)
    terms: list[str] = []
    for path, direction in sort:
        way = "DESC" if direction == "desc" else "ASC"
        value = operands.field(path)
        if value.kind == "json":
            terms.append(f"({value.sql} != '') DESC")
            terms.append(f"toFloat64OrNull({value.sql}) {way} NULLS LAST")
        # Texts that may be missing are stored as empty ones; like every missing value they come last.
        sql = f"nullIf({value.sql}, '')" if value.kind == "text" else value.sql
        terms.append(f"{sql} {way} NULLS LAST")
    return ", ".join([*(terms or ["created_at"]), "id"])


def _window(selection: FeedbackSelection) -> str:
    for name, value in (("limit", selection.limit), ("offset", selection.offset)):
        if value is not None and value < 0:
            raise InvalidRequest(f"{name} cannot be negative")
    limit = "" if selection.limit is None else f"LIMIT {min(selection.limit, _HIGHEST):d}"
    return f"{limit} OFFSET {min(selection.offset, _HIGHEST):d}" if selection.offset else limit


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    if "created_at" in row:
        row["created_at"] = as_utc(datetime.fromisoformat(row["created_at"]))
    if "payload" in row:
        row["payload"] = jsontext.loads(row["payload"])
    for name in _NUMBERS_BY_NAME:
        if name in row:
            row[name] = {key: float(value) for key, value in row[name].items()}
    return row


def _projected(row: Mapping[str, Any], paths: Mapping[str, _Path]) -> dict[str, Any]:
    return {name: _read(row[path.column], path) for name, path in paths.items()}


def _read(value: Any, path: _Path) -> Any:
    if path.column != "payload":
        return value.get(path.segments[0]) if path.segments else value
    if not path.segments:
        return value
    for segment in path.segments:
        if isinstance(value, dict):
            value = value.get(str(segment))
        elif isinstance(value, list) and isinstance(segment, int) and segment < len(value):
            value = value[segment]
        else:
            return ""
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.dumps(value)
