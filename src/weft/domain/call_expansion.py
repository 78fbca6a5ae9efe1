"""Refs inside calls: replacing them with what they name in answers, and finding values behind them for conditions.

Only refs of objects and ops of the same project are followed. Resolving a ref is refs.py's job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidField, InvalidRequest, WeftError
from weft.core.identity import Project
from weft.core.refs import INTERNAL, ObjectRef, try_parse_ref
from weft.domain.refs import resolve_refs
from weft.storage.events.call_queries import CallSelection
from weft.storage.events.leaves import scalar_text
from weft.storage.events.query.expressions import field_paths, parse_query
from weft.storage.events.query.fields import JsonPath, parse_field
from weft.storage.events.query.values import Expansion
from weft.storage.stores import Stores

CanRead = Callable[[str], bool]
_ROOTS = ("inputs", "output", "attributes")
_MAX_CONDITIONS = 10
_BATCH = 1000


def expand_rows(
    stores: Stores, project: Project, rows: Sequence[dict[str, Any]], columns: Sequence[str], can_read: CanRead
) -> None:
    """Replace the refs at the listed paths by what they name, shallow paths first; changes the rows' JSON texts.

    Raises NotFound for a ref whose target does not exist and InvalidRequest for one that may not be followed.
    """
    paths = sorted({tuple(column.split(".")) for column in columns}, key=len)
    for root in _ROOTS:
        below = [path[1:] for path in paths if path[0] == root]
        documents = [{root: jsontext.loads(row[root])} if root in row and INTERNAL in row[root] else {} for row in rows]
        if not below or not any(documents):
            continue
        for path in below:
            _expand_path(stores, project, documents, (root, *path), can_read)
        for row, document in zip(rows, documents, strict=True):
            if document:
                row[root] = jsontext.dumps_finite(document[root])


def expansions_for(
    stores: Stores, project: Project, selection: CallSelection, columns: Sequence[str], can_read: CanRead
) -> dict[str, Expansion]:
    """For each field of the query and the sort that lies behind refs: its text for each ref found in the calls."""
    listed = {path: column for column in columns if isinstance(path := _parsed(column), JsonPath)}
    wanted = [
        *(field_paths(parse_query(selection.query)) if selection.query else ()),
        *(f for f, _ in selection.sort or ()),
    ]
    behind = {field: base for field in dict.fromkeys(wanted) if (base := _base(field, list(listed))) is not None}
    if len(behind) > _MAX_CONDITIONS:
        raise InvalidRequest(f"At most {_MAX_CONDITIONS} conditions may look through refs")
    light = CallSelection(selection.project_id, filter=selection.filter)
    found: dict[str, Expansion] = {}
    for field, base in behind.items():
        target = parse_field(field)
        assert isinstance(target, JsonPath)
        refs = stores.call_queries.distinct_texts(light, base, f"{INTERNAL}{project.id}/")
        walk = _Walk(stores, can_read, target, {path.segments for path in listed if path.root == target.root})
        found[field] = Expansion(base, walk.texts(refs, len(base.segments)))
    return found


def _expand_path(
    stores: Stores, project: Project, documents: Sequence[dict[str, Any]], path: tuple[str, ...], can_read: CanRead
) -> None:
    places: list[tuple[Any, Any]] = []
    for document in documents:
        holder: Any = document
        for segment in path[:-1]:
            holder = _child(holder, segment)
        if isinstance(_child(holder, path[-1]), str):
            places.append((holder, int(path[-1]) if isinstance(holder, list) else path[-1]))
    refs = [holder[key] for holder, key in places if isinstance(try_parse_ref(holder[key]), ObjectRef)]
    values = _resolve_all(stores, project, list(dict.fromkeys(refs)), can_read)
    for holder, key in places:
        uri = holder[key]
        value = values.get(uri)
        if value is not None:
            holder[key] = {"_ref": uri, **value} if isinstance(value, dict) else value


def _resolve_all(stores: Stores, project: Project, refs: list[str], can_read: CanRead) -> Mapping[str, Any]:
    for uri in refs:
        ref = try_parse_ref(uri)
        if isinstance(ref, ObjectRef) and ref.project != project.id:
            raise InvalidRequest("expand_columns follows only refs of the same project")
    values: dict[str, Any] = {}
    for start in range(0, len(refs), _BATCH):
        batch = refs[start : start + _BATCH]
        values.update(zip(batch, resolve_refs(stores, batch, can_read), strict=True))
    return values


class _Walk:
    """The way from refs to the field behind them, taken for all refs at once, one segment after the other."""

    def __init__(self, stores: Stores, can_read: CanRead, target: JsonPath, listed: set[tuple[str | int, ...]]) -> None:
        self._stores = stores
        self._can_read = can_read
        self._target = target
        self._listed = listed

    def texts(self, refs: Sequence[str], depth: int) -> dict[str, str]:
        """The field's text for each ref; empty where there is none."""
        values: dict[str, Any] = {ref: ref for ref in refs}
        for at in range(depth, len(self._target.segments)):
            if self._target.segments[:at] in self._listed:
                self._follow(values)
            for ref, value in values.items():
                values[ref] = _child(value, self._target.segments[at])
        return {ref: _text(value) for ref, value in values.items()}

    def _follow(self, values: dict[str, Any]) -> None:
        uris = [value for value in values.values() if isinstance(try_parse_ref(value), ObjectRef)]
        resolved = self._resolve(list(dict.fromkeys(uris)))
        for ref, value in values.items():
            if isinstance(value, str) and value in resolved:
                values[ref] = resolved[value]

    def _resolve(self, uris: list[str]) -> dict[str, Any]:
        resolved: dict[str, Any] = {}
        for start in range(0, len(uris), _BATCH):
            resolved |= self._resolve_what_exists(uris[start : start + _BATCH])
        return resolved

    def _resolve_what_exists(self, uris: list[str]) -> dict[str, Any]:
        try:
            return dict(zip(uris, resolve_refs(self._stores, uris, self._can_read), strict=True))
        except WeftError:
            # A condition must not fail because of one dangling ref, so the bad ones are found by halving.
            if len(uris) == 1:
                return {uris[0]: None}
            middle = len(uris) // 2
            return self._resolve_what_exists(uris[:middle]) | self._resolve_what_exists(uris[middle:])


def _parsed(path: str) -> object:
    try:
        return parse_field(path)
    except InvalidField:
        return None


def _base(field: str, listed: Sequence[JsonPath]) -> JsonPath | None:
    """The shortest listed path above a field."""
    target = _parsed(field)
    if not isinstance(target, JsonPath):
        return None
    above = [
        path
        for path in listed
        if path.root == target.root
        and len(path.segments) < len(target.segments)
        and target.segments[: len(path.segments)] == path.segments
    ]
    return min(above, key=lambda path: len(path.segments), default=None)


def _child(value: Any, segment: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(segment) if isinstance(segment, str) else None
    if isinstance(value, list):
        index = int(segment) if isinstance(segment, int) or segment.isdecimal() else len(value)
        return value[index] if index < len(value) else None
    return None


def _text(value: Any) -> str:
    if value is None or value == "null":
        return ""
    return scalar_text(value) if isinstance(value, str | int | float | bool) else jsontext.dumps_finite(value)
