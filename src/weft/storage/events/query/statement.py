"""One list of calls as SQL: the filter, the query and the sort put together, for keys, counts and aggregates.

Rows where every JSON path of the query is a plain leaf are answered without touching the payload columns. The others
are found by a sub-select that reads the payload of those rows only; it names them by version, so it needs no FINAL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.core.errors import InvalidRequest
from weft.storage.events.query.conditions import Conditions
from weft.storage.events.query.expressions import parse_query
from weft.storage.events.query.feedback import FeedbackValues
from weft.storage.events.query.fields import COLUMNS, JsonPath
from weft.storage.events.query.filters import CallFilter, filter_conditions
from weft.storage.events.query.json_text import FromLeaves, FromText, JsonReader, is_opaque
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.sorting import SortKey, order_by
from weft.storage.events.query.values import Expansion, Operands

VISIBLE = "project_id = {project_id:String} AND deleted = 0 AND orphan = 0"


@dataclass(frozen=True, slots=True)
class CallSelection:
    """Which calls, in which order. `query` is `{"$expr": …}`; `columns` are table columns, None is all of them.

    `expansions` and `queue_members` are facts from the other stores that the query needs: texts behind refs by field
    path, and the call ids of an annotation queue.
    """

    project_id: str
    filter: CallFilter = field(default_factory=CallFilter)
    query: Mapping[str, Any] | None = None
    sort: Sequence[SortKey] | None = None
    limit: int | None = None
    offset: int | None = None
    columns: Sequence[str] | None = None
    expansions: Mapping[str, Expansion] = field(default_factory=dict)
    queue_members: Mapping[str, Sequence[str]] = field(default_factory=dict)


class CallStatement:
    """The SQL of one selection. Raises InvalidField, InvalidRequest and TooLarge for what cannot be asked.

    `query_probe` is SQL that yields a row when some row's payload must be read for the query, None when none ever must.
    With `leaves_only` the caller knows that it yields nothing.
    """

    def __init__(self, selection: CallSelection, *, leaves_only: bool = False) -> None:
        for name, value in (("limit", selection.limit), ("offset", selection.offset)):
            if value is not None and value < 0:
                raise InvalidRequest(f"{name} cannot be negative")
        self._selection = selection
        self._parameters = Parameters()
        self._conditions = filter_conditions(selection.filter, self._parameters)
        self._join = ""
        self._leaves_only = leaves_only
        self.query_probe: str | None = None
        self._sort_paths: list[JsonPath] = []
        if selection.query is not None:
            self._add_query(selection.query)
        self._where = " AND ".join([VISIBLE, *self._conditions])

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of all placeholders so far."""
        return {**self._parameters.values, "project_id": self._selection.project_id}

    def sort_probe(self) -> str | None:
        """SQL that yields a row when sorting must read payloads; None when it never must."""
        if not self._selection.sort:
            return None
        leaves = FromLeaves()
        feedback = self._feedback()
        order_by(self._selection.sort, self._operands(leaves, feedback))
        return _probe(list(leaves.paths), self._parameters) if leaves.paths else None

    def keys(self, *, sort_reads_text: bool = False, size: str = "") -> str:
        """SQL of the keys (id, started_at) of the selected calls, sorted, within limit and offset.

        With `size`, an expression over light columns, each has it as its `bytes`.
        """
        reader: JsonReader = FromText(self._parameters) if sort_reads_text else FromLeaves()
        feedback = self._feedback()
        order = order_by(self._selection.sort, self._operands(reader, feedback))
        source = self._source()
        if feedback.used:
            # A join of its own: its columns are numbered apart from those of the query.
            source = f"({self._matching('*', source)}) AS calls {feedback.join()}"
            where = "1"
        else:
            where = self._where
        # A joined source has no sizes beside its texts any more.
        columns = f"id, started_at, {size} AS bytes" if size and not feedback.used else "id, started_at"
        return f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {order} {self._window()}"

    @property
    def in_order(self) -> bool:
        """Whether the calls are simply the first or last ones in time, so that nothing is read but their rows."""
        return not self._conditions and all(path == "started_at" for path, _ in self._selection.sort or ())

    @property
    def sorts_by_column(self) -> bool:
        """Whether the order follows from plain columns, so that every version sorts like its call."""
        return all(path in COLUMNS for path, _ in self._selection.sort or ())

    def versions_in_order(self, columns: str, limit: int) -> str:
        """SQL of the first rows in time, all versions; those of one call stand side by side, in any order."""
        order = order_by(self._selection.sort, self._operands(FromLeaves(), self._feedback()))
        # Sorting by the version as well would stop the engine from reading in the order of the table.
        return f"""SELECT {columns}, deleted, orphan, version FROM calls WHERE project_id = {{project_id:String}}
            ORDER BY {order} LIMIT {limit:d}"""

    def matching_versions(self, limit: int) -> str:
        """SQL of the keys of the first matches, sorted, with their `version`; older versions may be among them."""
        order = order_by(self._selection.sort, self._operands(FromLeaves(), self._feedback()))
        return f"""SELECT id, started_at, version FROM calls {self._join} WHERE {self._where}
            ORDER BY {order} LIMIT {limit:d}"""

    def count(self, limit: int | None) -> str:
        """SQL of the number of matches `n`, counting no further than the limit."""
        if limit is None:
            return f"SELECT count() AS n FROM {self._source()} WHERE {self._where}"
        rows = f"SELECT 1 FROM {self._source()} WHERE {self._where} LIMIT {limit:d}"
        return f"SELECT count() AS n FROM ({rows})"

    def values(self, expression: str) -> str:
        """SQL of one expression over light columns, for every match, as `value`."""
        return f"SELECT {expression} AS value FROM {self._source()} WHERE {self._where}"

    def path_probe(self, path: JsonPath) -> str:
        """SQL that yields a row when reading the path must read payloads."""
        return _probe([path], self._parameters)

    def distinct_texts(self, path: JsonPath, prefix: str, reads_text: bool) -> str:
        """SQL of the different texts at a path that start with a prefix, as `value`."""
        reader: JsonReader = FromText(self._parameters) if reads_text else FromLeaves()
        text = reader.text(path)
        starts = f"startsWith({text}, {self._parameters.text(prefix)})"
        return f"SELECT DISTINCT {text} AS value FROM {self._source()} WHERE {self._where} AND {starts}"

    def _add_query(self, query: Mapping[str, Any]) -> None:
        node = parse_query(query)
        feedback = self._feedback()
        leaves = FromLeaves()
        fast = self._compiler(leaves, feedback).condition(node)
        if not leaves.paths or self._leaves_only:
            self._conditions.append(fast)
            self._join = feedback.join()
            return
        self.query_probe = _probe(list(leaves.paths), self._parameters)
        slow = self._compiler(FromText(self._parameters), feedback).condition(node)
        self._join = feedback.join()
        opaque = is_opaque(list(leaves.paths), self._parameters)
        parts = [VISIBLE, *self._conditions, slow]
        # PREWHERE, so that payloads are read for the opaque rows only.
        rows = f"SELECT started_at, id, version FROM calls {self._join} PREWHERE {opaque} WHERE {' AND '.join(parts)}"
        self._conditions.append(f"if({opaque}, (started_at, id, version) IN ({rows}), ifNull({fast}, 0))")

    def _compiler(self, reader: JsonReader, feedback: FeedbackValues) -> Conditions:
        return Conditions(self._operands(reader, feedback), feedback, self._selection.queue_members)

    def _operands(self, reader: JsonReader, feedback: FeedbackValues) -> Operands:
        return Operands(self._parameters, reader, feedback, self._selection.expansions)

    def _feedback(self) -> FeedbackValues:
        return FeedbackValues(self._parameters, self._selection.project_id)

    def _source(self) -> str:
        return f"calls FINAL {self._join}"

    def _matching(self, columns: str, source: str) -> str:
        return f"SELECT calls.{columns} FROM {source} WHERE {self._where}"

    def _window(self) -> str:
        limit, offset = self._selection.limit, self._selection.offset
        # Both are integers by type; a limit must stand before an offset.
        window = f"LIMIT {limit:d}" if limit is not None else ""
        return f"{window} OFFSET {offset:d}" if offset else window


def _probe(paths: list[JsonPath], parameters: Parameters) -> str:
    # The engine remembers which granules such a condition rules out, so asking again costs next to nothing.
    return f"SELECT 1 AS found FROM calls PREWHERE {is_opaque(paths, parameters)} WHERE {VISIBLE} LIMIT 1"
