"""Lists of calls: selecting, counting, sizes and descendants. Writing and reading by id are in calls.py.

A list is read in two steps: the keys of the page from the light columns, then the payloads of those keys in chunks, so
that neither a sort nor a long stream ever holds more payloads than one chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from weft.core.errors import InvalidRequest
from weft.storage.events.call_changes import Call
from weft.storage.events.calls import COLUMNS, call_from_row
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.fields import JsonPath
from weft.storage.events.query.filters import CallFilter
from weft.storage.events.query.statement import VISIBLE, CallSelection, CallStatement

__all__ = ["CallFilter", "CallQueries", "CallSelection"]

_CHUNK = 200
# A long list is read in larger chunks where its payloads are small, since each costs a statement, and in smaller ones
# where they are large, since each is held in memory.
_LARGEST_CHUNK = 2_000
_CHUNK_BYTES = 4 * 1024 * 1024
# The size of a text is stored beside it, so summing sizes reads no payload.
SIZE = "(inputs.size + output.size + attributes.size + summary.size + otel_dump.size)"
_BIGGEST_WINDOW = (1 << 63) - 1


class CallQueries:
    """Reads lists of calls: visible calls only, newest versions only."""

    def __init__(self, engine: EventsEngine) -> None:
        self._engine = engine

    def select(self, selection: CallSelection) -> Iterator[Call]:
        """The selected calls; columns that were not asked for keep their defaults."""
        for chunk in self.rows(selection):
            for row in chunk:
                row.pop("size", None)
                yield call_from_row(row)

    def rows(self, selection: CallSelection, *, size: bool = False) -> Iterator[list[dict[str, Any]]]:
        """The selected calls as rows of the table, in chunks; with `size` each row has its bytes of payload."""
        columns = _checked(selection.columns)
        listed = ", ".join([*columns, f"{SIZE} AS size"] if size else columns)
        selection = _bounded(selection)
        statement = self._statement(selection)
        short = 0 < (selection.limit or 0) <= _CHUNK and not selection.offset
        page = self._page_in_order(selection, statement, listed) if short and statement.in_order else None
        if page is not None:
            yield page
            return
        keys = self._keys(selection, statement, short=short, sized=not short)
        for chunk in _chunks(keys):
            yield self._payloads(selection.project_id, chunk, listed)

    def ids(self, selection: CallSelection) -> list[str]:
        """The ids of the selected calls, in order."""
        selection = _bounded(selection)
        return [key["id"] for key in self._keys(selection, self._statement(selection))]

    def count(self, selection: CallSelection) -> int:
        """How many calls are selected, counting no further than the limit."""
        selection = _bounded(selection)
        statement = self._statement(selection)
        rows = self._engine.query(statement.count(selection.limit), statement.parameters)
        return int(rows[0]["n"])

    def total_size(self, selection: CallSelection) -> int:
        """The bytes of payload in the traces whose root is selected."""
        statement = self._statement(selection)
        root_traces = statement.values("if(parent_id = '', trace_id, '')")
        roots = f"SELECT value FROM ({root_traces}) WHERE value != ''"
        sql = f"SELECT sum({SIZE}) AS bytes FROM calls FINAL WHERE {VISIBLE} AND trace_id IN ({roots})"
        return int(self._engine.query(sql, statement.parameters)[0]["bytes"])

    def trace_sizes(self, project_id: str, trace_ids: Sequence[str]) -> dict[str, int]:
        """The bytes of payload of each trace."""
        sql = f"""SELECT trace_id, sum({SIZE}) AS bytes FROM calls FINAL
            WHERE {VISIBLE} AND trace_id IN {{trace_ids:Array(String)}} GROUP BY trace_id"""
        rows = self._engine.query(sql, {"project_id": project_id, "trace_ids": list(trace_ids)})
        return {row["trace_id"]: int(row["bytes"]) for row in rows}

    def distinct_texts(self, selection: CallSelection, path: JsonPath, prefix: str) -> list[str]:
        """The different texts at a JSON path of the selected calls that start with the prefix."""
        statement = self._statement(selection)
        reads_text = self._finds(statement.path_probe(path), statement)
        sql = statement.distinct_texts(path, prefix, reads_text)
        return [row["value"] for row in self._engine.query(sql, statement.parameters)]

    def descendants(self, project_id: str, call_ids: Sequence[str]) -> set[str]:
        """The visible calls below the given ones, within their traces, at any depth; without the given ones."""
        sql = f"""SELECT id, parent_id FROM calls FINAL WHERE {VISIBLE} AND parent_id != '' AND trace_id IN (
            SELECT trace_id FROM calls WHERE project_id = {{project_id:String}} AND id IN {{ids:Array(String)}})"""
        children: dict[str, list[str]] = {}
        for row in self._engine.query(sql, {"project_id": project_id, "ids": list(call_ids)}):
            children.setdefault(row["parent_id"], []).append(row["id"])
        given, found, waiting = set(call_ids), set[str](), list(call_ids)
        while waiting:
            below = [child for child in children.get(waiting.pop(), ()) if child not in found]
            found.update(below)
            waiting += below
        return found - given

    def _keys(
        self, selection: CallSelection, statement: CallStatement, *, short: bool = False, sized: bool = False
    ) -> Iterator[dict[str, Any]]:
        # Composed even for an empty page, because composing finds the mistakes of a sort.
        reads_text = self._finds(statement.sort_probe(), statement)
        sql = statement.keys(sort_reads_text=reads_text, size=SIZE if sized else "")
        if selection.limit == 0:
            return iter(())
        quick = self._keys_without_final(selection, statement) if short and statement.sorts_by_column else None
        if quick is not None:
            return iter(quick)
        lines = self._engine.query_bytes(sql, statement.parameters).splitlines()
        return (orjson.loads(line) for line in lines)

    def _page_in_order(
        self, selection: CallSelection, statement: CallStatement, columns: str
    ) -> list[dict[str, Any]] | None:
        """The first calls in time, read in one step; None when too many of the rows there are outdated."""
        limit = selection.limit or 0
        wanted = limit + limit // 4 + 8
        rows = self._engine.query(statement.versions_in_order(columns, wanted), statement.parameters)
        complete = len(rows) < wanted
        newest = _newest(rows)
        if not complete:
            # The versions of the last call may continue beyond what was read.
            newest.pop(next(reversed(newest)))
        page = [row for row in newest.values() if _is_visible(row)]
        return page[:limit] if complete or len(page) >= limit else None

    def _keys_without_final(self, selection: CallSelection, statement: CallStatement) -> list[dict[str, Any]] | None:
        """The keys of a short page, found among all versions; None when too many of those were outdated.

        Merging versions while reading costs several times the reading where parts overlap; checking a page does not.
        """
        limit = selection.limit or 0
        wanted = 2 * limit + 10
        found = self._engine.query(statement.matching_versions(wanted), statement.parameters)
        sql = """SELECT id, max(version) AS version FROM calls
            WHERE project_id = {project_id:String} AND id IN {ids:Array(String)} GROUP BY id"""
        ids = [row["id"] for row in found]
        rows = self._engine.query(sql, {"project_id": selection.project_id, "ids": ids}) if ids else []
        newest = {row["id"]: row["version"] for row in rows}
        keys = [row for row in found if newest[row["id"]] == row["version"]]
        return keys[:limit] if len(keys) >= limit or len(found) < wanted else None

    def _statement(self, selection: CallSelection) -> CallStatement:
        statement = CallStatement(selection)
        if statement.query_probe is None or self._finds(statement.query_probe, statement):
            return statement
        # No row needs its payload read. One written since then is not acknowledged yet, so it may be missed.
        return CallStatement(selection, leaves_only=True)

    def _finds(self, probe: str | None, statement: CallStatement) -> bool:
        return probe is not None and bool(self._engine.query(probe, statement.parameters))

    def _payloads(self, project_id: str, keys: list[dict[str, str]], columns: str) -> list[dict[str, Any]]:
        moments = [key["started_at"] for key in keys]
        sql = f"""
            SELECT {columns}, deleted, orphan, version FROM calls
            PREWHERE project_id = {{project_id:String}} AND id IN {{ids:Array(String)}}
              AND started_at >= parseDateTime64BestEffort({{first:String}}, 6, 'UTC')
              AND started_at <= parseDateTime64BestEffort({{last:String}}, 6, 'UTC')
        """
        parameters: Mapping[str, Any] = {
            "project_id": project_id,
            "ids": [key["id"] for key in keys],
            "first": min(moments),
            "last": max(moments),
        }
        # Choosing the newest version here is cheaper than sorting payloads in the engine.
        newest = _newest(self._engine.query(sql, parameters))
        rows = [newest.get((key["started_at"], key["id"])) for key in keys]
        # A call deleted since its key was read is left out.
        return [row for row in rows if row is not None and _is_visible(row)]


def _chunks(keys: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    size = 0
    for key in keys:
        if size >= _CHUNK_BYTES or len(chunk) >= _LARGEST_CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(key)
        size += int(key.get("bytes", _CHUNK_BYTES // _CHUNK))
    if chunk:
        yield chunk


def _newest(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest version of each call, in the order of first sight."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["started_at"], row["id"])
        other = newest.get(key)
        if other is None or row["version"] > other["version"]:
            newest[key] = row
    return newest


def _is_visible(row: dict[str, Any]) -> bool:
    """Whether readers see the row's call; takes the columns away that say so."""
    row.pop("version")
    deleted, orphan = row.pop("deleted"), row.pop("orphan")
    return not (deleted or orphan)


def _checked(columns: Sequence[str] | None) -> Sequence[str]:
    if columns is None:
        return COLUMNS
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise InvalidRequest(f"Unknown column: {unknown[0][:80]!r}")
    return list(dict.fromkeys(("id", "project_id", "started_at", *columns)))


def _bounded(selection: CallSelection) -> CallSelection:
    """The selection with a limit and an offset the engine can take."""
    limit, offset = selection.limit, selection.offset
    if (limit or 0) <= _BIGGEST_WINDOW and (offset or 0) <= _BIGGEST_WINDOW:
        return selection
    if (offset or 0) > _BIGGEST_WINDOW:
        return replace(selection, limit=0, offset=None)
    return replace(selection, limit=None)
