"""Tables of rows: a table is its list of row digests, a row is JSON text under its digest; both never change.

Writing is durable and shared between requests; paging resolves digests first and then reads only the page's rows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core.clock import VersionClock
from weft.core.errors import WeftError
from weft.core.metrics import Metrics
from weft.storage.events.engine import EventsEngine
from weft.storage.events.group_commit import GroupCommit

# A parameter of a ClickHouse query travels in the URL or a form field: keep each one modest.
_DIGESTS_PER_QUERY = 5_000
_CACHED_DIGESTS = 500_000

_DIGESTS = """
SELECT row_digests FROM tables WHERE project_id = {project_id:String} AND digest = {digest:String} LIMIT 1
"""

_ROWS = """
SELECT digest, val FROM table_rows
WHERE project_id = {project_id:String} AND digest IN {digests:Array(String)} LIMIT 1 BY digest
"""

_KNOWN = """
SELECT DISTINCT digest FROM table_rows
WHERE project_id = {project_id:String} AND digest IN (
    SELECT arrayJoin(row_digests) FROM tables WHERE project_id = {project_id:String} AND digest = {digest:String}
)
"""

_MEMBERS = """
SELECT digest, JSONExtractRaw(val, {member:String}) AS raw FROM table_rows
WHERE project_id = {project_id:String} AND digest IN (
    SELECT arrayJoin(row_digests) FROM tables WHERE project_id = {project_id:String} AND digest = {digest:String}
) LIMIT 1 BY digest
"""

_COUNTS = """
SELECT digest, length(row_digests) AS count FROM tables
WHERE project_id = {project_id:String} AND digest IN {digests:Array(String)} LIMIT 1 BY digest
"""

_SIZES = """
SELECT listed.digest AS digest, sum(sizes.size) AS size FROM (
    SELECT digest, arrayJoin(row_digests) AS row_digest FROM (
        SELECT digest, row_digests FROM tables
        WHERE project_id = {project_id:String} AND digest IN {digests:Array(String)} LIMIT 1 BY digest
    )
) AS listed INNER JOIN (
    SELECT digest, any(length(val)) AS size FROM table_rows
    WHERE project_id = {project_id:String} AND digest IN (
        SELECT arrayJoin(row_digests) FROM tables
        WHERE project_id = {project_id:String} AND digest IN {digests:Array(String)}
    ) GROUP BY digest
) AS sizes ON sizes.digest = listed.row_digest GROUP BY listed.digest
"""


@dataclass(frozen=True, slots=True)
class TableWrite:
    """What one request adds: rows as digest → JSON text, and a table as its digest and row digests.

    Without a digest it is rows alone, for tables that follow.
    """

    project_id: str
    rows: Mapping[str, str]
    digest: str = ""
    row_digests: Sequence[str] = ()


class TableStore:
    """Durable tables. Remembers the digests of recent tables; their content can never differ."""

    def __init__(self, engine: EventsEngine, metrics: Metrics | None = None) -> None:
        self._engine = engine
        self._versions = VersionClock(after=engine.newest_version("tables"))
        self._recent = _RecentTables(_CACHED_DIGESTS)
        self._commit: GroupCommit[TableWrite] = GroupCommit("tables", self._write, metrics=metrics)

    def put(self, write: TableWrite) -> None:
        """Make the rows and the table durable."""
        self._commit.submit(write, weight=1 + len(write.rows))

    def put_all(self, writes: Sequence[TableWrite]) -> None:
        """Make several tables and their rows durable; when one cannot be, others may be."""
        for waiting in [self._commit.enqueue(write, weight=1 + len(write.rows)) for write in writes]:
            waiting.wait()

    def row_digests(self, project_id: str, digest: str) -> Sequence[str] | None:
        """The row digests of a table in order, or None for a table nobody stored."""
        known = self._recent.get((project_id, digest))
        if known is not None:
            return known
        rows = self._engine.query(_DIGESTS, {"project_id": project_id, "digest": digest})
        if not rows:
            return None
        found: list[str] = rows[0]["row_digests"]
        self._recent.put((project_id, digest), found)
        return found

    def missing_rows(self, project_id: str, digest: str) -> set[str]:
        """Those row digests of a table under which no row is stored. Rows stay, so a full table is asked once."""
        listed = self.row_digests(project_id, digest)
        if listed is None or self._recent.is_full((project_id, digest)):
            return set()
        rows = self._engine.query(_KNOWN, {"project_id": project_id, "digest": digest})
        missing = set(listed).difference(row["digest"] for row in rows)
        if not missing:
            self._recent.set_full((project_id, digest))
        return missing

    def rows(self, project_id: str, digests: Iterable[str]) -> dict[str, str]:
        """The JSON texts of the stored rows among the digests."""
        found: dict[str, str] = {}
        # What is no plain text (a ref can hold anything) is no digest either, and the engine would not take it.
        for some in _portions([digest for digest in dict.fromkeys(digests) if digest.isprintable()]):
            for row in self._engine.query(_ROWS, {"project_id": project_id, "digests": some}):
                found[row["digest"]] = row["val"]
        return found

    def members(self, project_id: str, digest: str, member: str) -> dict[str, str]:
        """The JSON text of one top-level member of every stored row of a table; empty where a row has none."""
        params = {"project_id": project_id, "digest": digest, "member": member}
        return {row["digest"]: row["raw"] for row in self._engine.query(_MEMBERS, params)}

    def counts(self, project_id: str, digests: Collection[str]) -> dict[str, int]:
        """How many rows each of the tables has; unknown ones are left out."""
        return {row["digest"]: row["count"] for row in self._by_digests(_COUNTS, project_id, digests)}

    def sizes(self, project_id: str, digests: Collection[str]) -> dict[str, int]:
        """The bytes of JSON text in each of the tables; those without stored rows are left out."""
        return {row["digest"]: row["size"] for row in self._by_digests(_SIZES, project_id, digests)}

    def close(self) -> None:
        """Write what is waiting, then stop the writer."""
        self._commit.close()

    def _by_digests(self, sql: str, project_id: str, digests: Collection[str]) -> Iterator[dict[str, Any]]:
        for some in _portions(list(dict.fromkeys(digests))):
            yield from self._engine.query(sql, {"project_id": project_id, "digests": some})

    def _write(self, writes: list[TableWrite]) -> dict[int, WeftError]:
        version = self._versions.next()
        rows: dict[tuple[str, str], str] = {}
        tables: dict[tuple[str, str], Sequence[str]] = {}
        for write in writes:
            rows.update({(write.project_id, digest): text for digest, text in write.rows.items()})
            if write.digest:
                tables[write.project_id, write.digest] = write.row_digests
        # Rows first: a table that can be seen has its rows.
        self._engine.insert("table_rows", [_row(key, version) | {"val": text} for key, text in rows.items()])
        self._engine.insert("tables", [_row(key, version) | {"row_digests": list(d)} for key, d in tables.items()])
        for (project_id, digest), digests in tables.items():
            self._recent.put((project_id, digest), digests)
            if all((project_id, row) in rows for row in digests):
                self._recent.set_full((project_id, digest))
        return {}


class _RecentTables:
    """The row digests of the tables used last, up to a number of digests."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._lock = threading.Lock()
        self._tables: OrderedDict[tuple[str, str], Sequence[str]] = OrderedDict()
        self._full: set[tuple[str, str]] = set()

    def get(self, key: tuple[str, str]) -> Sequence[str] | None:
        with self._lock:
            if key not in self._tables:
                return None
            self._tables.move_to_end(key)
            return self._tables[key]

    def put(self, key: tuple[str, str], digests: Sequence[str]) -> None:
        with self._lock:
            self._size += len(digests) + 1 - self._weight(self._tables.pop(key, None))
            self._tables[key] = digests
            while self._size > self._capacity:
                oldest, forgotten = self._tables.popitem(last=False)
                self._size -= self._weight(forgotten)
                self._full.discard(oldest)

    def is_full(self, key: tuple[str, str]) -> bool:
        return key in self._full

    def set_full(self, key: tuple[str, str]) -> None:
        with self._lock:
            if key in self._tables:
                self._full.add(key)

    @staticmethod
    def _weight(digests: Sequence[str] | None) -> int:
        return 0 if digests is None else len(digests) + 1


def _row(key: tuple[str, str], version: int) -> dict[str, Any]:
    return {"project_id": key[0], "digest": key[1], "version": version}


def _portions(digests: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(digests), _DIGESTS_PER_QUERY):
        yield digests[start : start + _DIGESTS_PER_QUERY]
