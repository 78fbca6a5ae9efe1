"""The connection to the event engine, chDB in process or a ClickHouse server: one client API, one SQL.

Owns clients, parameters, formats and the translation of engine errors. Knows no table.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import clickhouse_connect
import orjson
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from weft.core.errors import EngineFailure, InvalidRequest, QueryTimeout, Unavailable, WeftError
from weft.storage.events.long_values import with_long_values
from weft.storage.reasons import of_events

# Engine error codes that mean "this query compares things that cannot be compared": the caller's to mend.
_CALLERS_FAULT = frozenset({6, 27, 32, 38, 41, 43, 53, 72, 130, 386, 457, 467, 691})
_TIMEOUTS = frozenset({159, 160})
# What a server answers while it, its replicas or its keeper cannot do their part, or refuses whoever asks: a try later
# may work, and nothing is wrong with what was asked.
_NOT_NOW = frozenset(
    {81, 164, 202, 209, 210, 225, 236, 241, 242, 252, 254, 279, 285, 286, 289, 319, 439, 497, 516, 999}
)

_SETTINGS: dict[str, Any] = {
    "date_time_output_format": "iso",
    "output_format_json_quote_64bit_integers": 0,
    # Texts among the JSON leaves stay texts, whatever they look like.
    "input_format_try_infer_dates": 0,
    "input_format_try_infer_datetimes": 0,
    "input_format_json_try_infer_numbers_from_strings": 0,
    "date_time_input_format": "best_effort",
    "max_execution_time": 60,
    # The query language has limits of its own (query/expressions.py); within them every query must be accepted.
    "max_query_size": 16_000_000,
    "max_ast_elements": 1_000_000,
    "max_expanded_ast_elements": 5_000_000,
}


# A server is asked for what the embedded engine does by its nature: an answered insert is in the table, all of it, and
# one that is sent again is not taken for a mistake.
_SERVED_SETTINGS: dict[str, Any] = {"async_insert": 0, "insert_deduplicate": 0}
# On a cluster an answered insert is on a majority of the replicas, and what was answered is read from any of them.
_CLUSTER_SETTINGS: dict[str, Any] = {
    "insert_quorum": "auto",
    "insert_quorum_parallel": 0,
    "select_sequential_consistency": 1,
}
_EMBEDDED_CLIENTS = 4
_SERVED_CLIENTS = 16
_KEYS_AT_ONCE = 5000


class EventsEngine:
    """A small pool of clients; each is used by one operation at a time. Safe for concurrent use by threads.

    `cluster` is the name that a server's configuration gives to its replicas, None for a server alone.
    """

    def __init__(self, url: str, cluster: str | None = None, pool_size: int | None = None) -> None:
        self._target = _parse_url(url)
        self.embedded = self._target.get("interface") == "chdb"
        self.cluster = None if self.embedded else cluster
        self._settings = dict(_SETTINGS)
        if not self.embedded:
            self._settings |= _SERVED_SETTINGS | (_CLUSTER_SETTINGS if cluster else {})
        self._most = pool_size or (_EMBEDDED_CLIENTS if self.embedded else _SERVED_CLIENTS)
        self._pool: queue.LifoQueue[Client] = queue.LifoQueue()
        self._opening = threading.Lock()
        self._clients: list[Client] = []
        # The embedded engine's are opened at once, since they cost nothing and the first one holds the data.
        try:
            for _ in range(self._most if self.embedded else 1):
                self._pool.put(self._open())
        except Unavailable:
            self.close()
            raise

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a SELECT as dicts. Datetimes come as ISO 8601 text with `Z`."""
        data = self.query_bytes(sql, params)
        return [orjson.loads(line) for line in data.splitlines() if line]

    def query_bytes(self, sql: str, params: Mapping[str, Any] | None = None) -> bytes:
        """The rows of a SELECT as JSON Lines, as the engine wrote them."""
        sql, bound = self._bound(sql, params)
        with self._client() as client:
            return bytes(client.raw_query(sql, parameters=bound, fmt="JSONEachRow"))

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers no rows."""
        sql, bound = self._bound(sql, params)
        with self._client() as client:
            client.command(sql, parameters=bound)

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows as one block; on return they are on disk (the tables fsync after each insert)."""
        if not rows:
            return
        block = b"\n".join([orjson.dumps(row) for row in rows])
        with self._client() as client:
            client.raw_insert(table, column_names=list(rows[0]), insert_block=block, fmt="JSONEachRow")

    def ping(self) -> None:
        """Ask the engine for nothing; raises Unavailable when it does not answer."""
        self.command("SELECT 1")

    def version(self) -> str:
        """The version of the engine."""
        return str(self.query("SELECT version() AS version")[0]["version"])

    def newest_version(self, table: str) -> int:
        """The highest row version in a table of ours; 0 when it is empty."""
        return int(self.query(f"SELECT max(version) AS newest FROM {table}")[0]["newest"])

    def newest_versions(
        self, table: str, key: Sequence[str], rows: Iterable[Mapping[str, Any]]
    ) -> dict[tuple[str, ...], int]:
        """The versions that other processes may have given to rows of these keys, the first of which is the project.

        Nothing for an embedded engine: its one process gave them all, and its clock only goes forward.
        """
        if self.embedded:
            return {}
        found: dict[tuple[str, ...], int] = {}
        names = ", ".join(key)
        conditions = " AND ".join(f"{name} IN {{{name}s:Array(String)}}" for name in key)
        wanted = list(rows)
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            values = {f"{name}s": sorted({str(row[name]) for row in some}) for name in key}
            for row in self.query(
                f"SELECT {names}, max(version) AS newest FROM {table} WHERE {conditions} GROUP BY {names}", values
            ):
                found[tuple(row[name] for name in key)] = int(row["newest"])
        return found

    def close(self) -> None:
        """Release every client; operations after this fail with Unavailable."""
        clients, self._clients = self._clients, []
        for client in clients:
            client.close()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        if not self._clients:
            raise Unavailable("The event store is closed")
        client = self._idle()
        try:
            yield client
        except ClickHouseError as error:
            raise self._translate(error) from error
        finally:
            self._pool.put(client)

    def _idle(self) -> Client:
        try:
            return self._pool.get_nowait()
        except queue.Empty:
            pass
        with self._opening:
            if len(self._clients) < self._most:
                return self._open()
        return self._pool.get()

    def _open(self) -> Client:
        try:
            client = clickhouse_connect.get_client(**self._target, settings=self._settings)
        except ClickHouseError as error:
            # Those that are open stay so: a store that is down while one more was wanted comes back.
            raise Unavailable(f"The event store cannot be opened: {of_events(error)}") from error
        self._clients.append(client)
        return client

    def _bound(self, sql: str, params: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        bound = dict(params or {})
        return (sql, bound) if self.embedded else with_long_values(sql, bound)

    def _translate(self, error: ClickHouseError) -> WeftError:
        code = getattr(error, "code", None)
        if not self.embedded and (code in _NOT_NOW or (code is None and isinstance(error, DatabaseError))):
            return Unavailable(f"The event store cannot be used: {of_events(error)}")
        return _translate(error)


def _first_line(error: ClickHouseError) -> str:
    # What follows is the address of the server, which is nobody's business who asked a question.
    return str(error).split("\n", 1)[0].partition(" (for url ")[0][:500]


def _translate(error: ClickHouseError) -> WeftError:
    code = getattr(error, "code", None)
    text = _first_line(error)
    if code in _CALLERS_FAULT:
        return InvalidRequest(f"The query cannot be evaluated: {text}")
    if code in _TIMEOUTS:
        return QueryTimeout("The query took longer than its time limit")
    return EngineFailure(f"The event store failed: {text}")


def _parse_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "chdb":
        return {"interface": "chdb", "path": parts.path}
    if parts.scheme in ("clickhouse", "clickhouses"):
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        return {
            "host": parts.hostname or "localhost",
            "port": parts.port or (8443 if parts.scheme == "clickhouses" else 8123),
            "username": unquote(parts.username or "default"),
            "password": unquote(parts.password or ""),
            "database": unquote(parts.path.strip("/")) or "default",
            "secure": parts.scheme == "clickhouses",
            # One query at a time per client; sessions would only serialise them further.
            "autogenerate_session_id": False,
            **options,
        }
    raise InvalidRequest(f"Unknown event store URL {url!r}: use chdb:///folder or clickhouse://host")
