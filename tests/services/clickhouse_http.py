"""What `clickhouse_front.py` runs: an HTTP server over connections to one embedded engine."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import re
import socket
import threading
import time
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame

_NOT_SETTINGS = frozenset(
    {
        "query", "database", "query_id", "session_id", "session_timeout", "session_check", "compress", "decompress",
        "wait_end_of_query", "buffer_size", "client_protocol_version", "role", "quota_key", "user", "password",
        "default_format", "enable_http_compression", "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
    }
)  # fmt: skip
# A server's defaults: `http_max_field_value_size` and `http_max_fields` hold for form fields, parameters included.
_MAX_FIELD_BYTES = 128 * 1024 + 1
_MAX_FIELDS = 1_000_000
_MAX_CONNECTIONS = 6
_INSERT = re.compile(rb"\s*(INSERT\s+INTO\s+[^;]*?)\s+FORMAT\s+(\w+)[ \t]*\r?\n", re.IGNORECASE | re.DOTALL)
_ANSWERS_ROWS = re.compile(rb"\s*\(*\s*(SELECT|WITH|SHOW|DESCRIBE|DESC|EXISTS|EXPLAIN|CHECK)\b", re.IGNORECASE)
_FORMAT = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)\.")
_STATUS = {
    159: 408, 209: 408, 60: 404, 81: 404, 46: 404, 47: 404, 50: 404, 115: 404, 62: 400, 6: 400, 26: 400, 27: 400,
    38: 400, 41: 400, 43: 400, 53: 400, 70: 400, 72: 400, 117: 400, 130: 400, 386: 400, 457: 400, 467: 400,
    497: 403, 516: 403, 241: 500, 202: 500,
}  # fmt: skip


class Refused(Exception):
    """An error as the server words it, with its code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Answer:
    """The outcome of a statement."""

    body: bytes
    format: str
    summary: dict[str, str]


@dataclass(slots=True)
class _Query:
    statement: bytes
    parameters: dict[str, str]
    settings: dict[str, str]
    database: str
    format: str


@dataclass(slots=True)
class Engine:
    """Connections to one engine, kept by what was set on them; a few are used at once."""

    folder: Path
    _idle: dict[tuple[Any, ...], list[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_MAX_CONNECTIONS))

    def run(self, query: _Query) -> Answer:
        """Run one statement. Raises Refused."""
        with self._turns:
            key = (query.database, *sorted(query.settings.items()))
            connection = self._take(key, query)
            started = time.perf_counter_ns()
            try:
                result = self._execute(connection, query)
            except Exception as error:
                raise _refusal(error) from error
            finally:
                with self._lock:
                    self._idle.setdefault(key, []).append(connection)
            inserts = _INSERT.match(query.statement) is not None
            rows, size = str(result.rows_read()), str(result.bytes_read())
            summary = {
                "read_rows": "0" if inserts else rows,
                "read_bytes": "0" if inserts else size,
                "written_rows": rows if inserts else "0",
                "written_bytes": size if inserts else "0",
                "elapsed_ns": str(time.perf_counter_ns() - started),
            }
            named = _FORMAT.search(query.statement)
            answers = _ANSWERS_ROWS.match(query.statement) is not None
            shown = (named[1].decode() if named else query.format) if answers else ""
            return Answer(result.bytes() or b"", shown, summary)

    def _take(self, key: tuple[Any, ...], query: _Query) -> Any:
        with self._lock:
            idle = self._idle.get(key)
            if idle:
                return idle.pop()
        connection = chdb.connect(str(self.folder / "engine"))
        try:
            if query.database:
                connection.query(f"USE `{query.database}`", "TabSeparated")
            if query.settings:
                pairs = ", ".join(f"{_name(name)} = {_quoted(value)}" for name, value in query.settings.items())
                connection.query(f"SET {pairs}", "TabSeparated")
        except Exception as error:
            connection.close()
            raise _refusal(error) from error
        return connection

    def _execute(self, connection: Any, query: _Query) -> Any:
        insert = _INSERT.match(query.statement)
        if insert is None or insert[2].upper() == b"VALUES":
            return connection.query(query.statement.decode(), query.format, params=query.parameters)
        # In the statement itself the engine would take a `;` for the end of the data.
        block = self.folder / f"insert-{uuid.uuid4().hex}"
        block.write_bytes(query.statement[insert.end() :])
        try:
            statement = f"{insert[1].decode()} FROM INFILE {_quoted(str(block))} FORMAT {insert[2].decode()}"
            return connection.query(statement, "TabSeparated", params=query.parameters)
        finally:
            block.unlink()


class EmbeddedServer:
    """The HTTP server over an engine in `folder`."""

    def __init__(self, folder: Path, port: int, user: str, password: str) -> None:
        engine = Engine(folder)
        credentials = (user, password)
        # Opened before the port answers, so that whoever waits for the port finds an engine.
        engine.run(_Query(b"SELECT 1", {}, {}, "", "TabSeparated"))

        class Handler(_Handler):
            pass

        Handler.engine, Handler.credentials = engine, credentials
        self._server = _Server(("127.0.0.1", port), Handler)

    def run(self) -> None:
        """Serve until stopped."""
        self._server.serve_forever(poll_interval=0.1)

    def stop_soon(self) -> None:
        """Make `run` return; for signal handlers, which run in its own thread."""
        threading.Thread(target=self._server.shutdown, daemon=True).start()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


class _Handler(BaseHTTPRequestHandler):
    engine: Engine
    credentials: tuple[str, str]
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ping":
            self._send(200, b"Ok.\n", {})
            return
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests."""

    def _answer(self, body: bytes) -> None:
        try:
            self._check_credentials()
            answer = self.engine.run(self._query(body))
        except Refused as refused:
            code = str(refused.code)
            text = f"{refused} (version 26.9.0.0)\n".encode()
            self._send(_STATUS.get(refused.code, 500), text, {"X-ClickHouse-Exception-Code": code})
            return
        headers = {"X-ClickHouse-Summary": json.dumps(answer.summary)}
        if answer.format:
            headers["X-ClickHouse-Format"] = answer.format
        content = answer.body
        if self._parameters.get("enable_http_compression") == "1" and "gzip" in self.headers.get("Accept-Encoding", ""):
            content, headers["Content-Encoding"] = gzip.compress(content, 1), "gzip"
        self._send(200, content, headers)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _query(self, body: bytes) -> _Query:
        self._parameters = given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        content = Message()
        content["Content-Type"] = self.headers.get("Content-Type", "")
        if content.get_content_type() == "multipart/form-data":
            given |= _form(_decoded(body, self.headers.get("Content-Encoding", "")), str(content.get_param("boundary")))
            body = b""
        statement = given.get("query", "").encode()
        rest = _decoded(body, self.headers.get("Content-Encoding", ""))
        return _Query(
            statement=b"\n".join(part for part in (statement, rest) if part),
            parameters={name[6:]: value for name, value in given.items() if name.startswith("param_")},
            settings={
                name: value
                for name, value in given.items()
                if name not in _NOT_SETTINGS and not name.startswith("param_")
            },
            database=given.get("database", ""),
            format=given.get("default_format", "TabSeparated"),
        )

    def _check_credentials(self) -> None:
        kind, _, encoded = self.headers.get("Authorization", "").partition(" ")
        wanted = ":".join(self.credentials)
        given = base64.b64decode(encoded).decode() if kind == "Basic" else ""
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            user = given.partition(":")[0] or "default"
            raise Refused(
                516,
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, or there is no user "
                "with such name. (AUTHENTICATION_FAILED)",
            )

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("X-ClickHouse-Query-Id", self._query_id())
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _query_id(self) -> str:
        return dict(parse_qsl(urlsplit(self.path).query)).get("query_id") or str(uuid.uuid4())


def _form(body: bytes, boundary: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in (b"\r\n" + body).split(f"\r\n--{boundary}".encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name is None:
            continue
        if len(content) > _MAX_FIELD_BYTES:
            raise Refused(
                1000, "Code: 1000. DB::Exception: HTML Form Exception: Field value too long. (POCO_EXCEPTION)"
            )
        fields[name[1].decode()] = content.decode()
    if len(fields) > _MAX_FIELDS:
        raise Refused(1000, "Code: 1000. DB::Exception: HTML Form Exception: Too many form fields. (POCO_EXCEPTION)")
    return fields


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    if encoding == "lz4":
        return bytes(lz4.frame.decompress(body))
    if encoding in ("", "identity"):
        return body
    raise Refused(89, f"Code: 89. DB::Exception: Unknown compression method {encoding}. (UNKNOWN_COMPRESSION_METHOD)")


def _refusal(error: Exception) -> Refused:
    text = str(error)
    found = _CODE.search(text)
    return Refused(int(found[1]) if found else 1002, text[found.start() :].strip() if found else text)


def _name(name: str) -> str:
    if not name.isidentifier():
        raise Refused(115, f"Code: 115. DB::Exception: Unknown setting {name!r}. (UNKNOWN_SETTING)")
    return name


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
