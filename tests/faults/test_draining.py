"""A server that is told to end says so first, answers meanwhile, and finishes what it has begun."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import LiveServer

pytestmark = pytest.mark.timeout(900)

# Longer than any test: only a second signal ends it.
FOREVER = "3600"
# Uvicorn ends, when all is done, by the signal it was told to end with.
ENDED = (0, -signal.SIGTERM)
BODY = b'{"project_id": "drain/p", "weave_ref": "weave:///drain/p/call/c", "feedback_type": "wandb.note.1", '
REST = b'"payload": {"note": "late"}}'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    live = LiveServer(tmp_path / "data", WEFT_DRAIN_SECONDS=FOREVER)
    live.start(timeout=240)
    yield live
    live.kill()


def _signal(server: LiveServer, number: signal.Signals) -> None:
    assert server._process is not None
    os.kill(server._process.pid, number)


def _until(what: str, found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 240
    while not (value := found()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
    return value


def _ready(server: LiveServer) -> tuple[int, str]:
    answer = httpx.get(f"{server.url}/ready", timeout=60)
    return answer.status_code, answer.json()["status"]


def _half_sent(server: LiveServer) -> socket.socket:
    """A request of which the server has the first half of the body."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=240)
    head = (
        f"POST /feedback/create HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\ncontent-type: application/json\r\n"
        f"authorization: Basic YXBpOmtleQ==\r\ncontent-length: {len(BODY + REST)}\r\n\r\n"
    )
    connection.sendall(head.encode() + BODY)
    return connection


def _listens(server: LiveServer) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=60).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_server_that_ends_is_not_ready_and_answers_on(server: LiveServer) -> None:
    assert _ready(server) == (200, "ready")
    _signal(server, signal.SIGTERM)
    _until("/ready says draining", lambda: _ready(server) == (503, "draining"))
    assert httpx.get(f"{server.url}/health", timeout=60).status_code == 200
    answer = httpx.post(f"{server.url}/call/read", json={"project_id": "a/b", "id": "c"}, auth=("api", "k"), timeout=60)
    assert answer.status_code in (403, 404)
    assert answer.headers["connection"] == "close"
    _signal(server, signal.SIGTERM)
    assert server._process is not None
    assert server._process.wait(240) in ENDED
    assert "draining" in server.log.read_text()


def test_a_request_in_flight_is_finished_after_the_door_is_closed(server: LiveServer) -> None:
    with _half_sent(server) as connection:
        in_progress = "weft_http_requests_in_progress 2.0"
        _until("the request is in flight", lambda: in_progress in httpx.get(f"{server.url}/metrics", timeout=60).text)
        _signal(server, signal.SIGTERM)
        _until("/ready says draining", lambda: _ready(server) == (503, "draining"))
        _signal(server, signal.SIGTERM)
        _until("the listener is closed", lambda: not _listens(server))
        connection.sendall(REST)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert server._process is not None
    assert server._process.wait(240) in ENDED


def test_without_a_drain_delay_the_server_ends_at_once(tmp_path: Path) -> None:
    live = LiveServer(tmp_path / "data")
    live.start(timeout=240)
    process = live._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    assert process.wait(240) in ENDED
    assert "draining" not in live.log.read_text()
