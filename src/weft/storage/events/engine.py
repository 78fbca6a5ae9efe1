"""The connection to the event engine, chDB in process or a ClickHouse server: one client API, one SQL.

Owns clients, parameters, formats and the translation of engine errors. Knows no table.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import clickhouse_connect
import orjson
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from weft.core.errors import EngineFailure, InvalidRequest, QueryTimeout, Unavailable, WeftError

# Engine error codes that mean "this query compares things that cannot be compared": the caller's to mend.
_CALLERS_FAULT = frozenset({6, 27, 32, 38, 41, 43, 53, 72, 130, 386, 457, 467, 691})
_TIMEOUTS = frozenset({159, 160})

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


class EventsEngine:
    """A small pool of clients; each is used by one operation at a time. Safe for concurrent use by threads."""

    def __init__(self, url: str, pool_size: int = 4) -> None:
        self._target = _parse_url(url)
        self.embedded = self._target.get("interface") == "chdb"
        self._pool: queue.LifoQueue[Client] = queue.LifoQueue()
        self._clients: list[Client] = []
        try:
            for _ in range(pool_size):
                client = clickhouse_connect.get_client(**self._target, settings=dict(_SETTINGS))
                self._clients.append(client)
                self._pool.put(client)
        except ClickHouseError as error:
            self.close()
            raise Unavailable(f"The event store cannot be opened: {error}") from error

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a SELECT as dicts. Datetimes come as ISO 8601 text with `Z`."""
        data = self.query_bytes(sql, params)
        return [orjson.loads(line) for line in data.splitlines() if line]

    def query_bytes(self, sql: str, params: Mapping[str, Any] | None = None) -> bytes:
        """The rows of a SELECT as JSON Lines, as the engine wrote them."""
        with self._client() as client:
            return bytes(client.raw_query(sql, parameters=dict(params or {}), fmt="JSONEachRow"))

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers no rows."""
        with self._client() as client:
            client.command(sql, parameters=dict(params or {}))

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

    def newest_version(self, table: str) -> int:
        """The highest row version in a table of ours; 0 when it is empty."""
        return int(self.query(f"SELECT max(version) AS newest FROM {table}")[0]["newest"])

    def close(self) -> None:
        """Release every client; operations after this fail with Unavailable."""
        clients, self._clients = self._clients, []
        for client in clients:
            client.close()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        if not self._clients:
            raise Unavailable("The event store is closed")
        client = self._pool.get()
        try:
            yield client
        except ClickHouseError as error:
            raise _translate(error) from error
        finally:
            self._pool.put(client)


def _translate(error: ClickHouseError) -> WeftError:
    code = getattr(error, "code", None)
    text = str(error).split("\n", 1)[0][:500]
    if code in _CALLERS_FAULT:
        return InvalidRequest(f"The query cannot be evaluated: {text}")
    if code in _TIMEOUTS:
        return QueryTimeout("The query took longer than its time limit")
    if isinstance(error, OperationalError) and code is None:
        return Unavailable(f"The event store cannot be reached: {text}")
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
