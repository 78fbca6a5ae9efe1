"""Sends prepared HTTP/1.1 requests over keep-alive connections, as fast as they are answered, and times each.

Prepared bytes and a bare protocol, because on two cores a comfortable client would be what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

KEY = "benchmark0" * 4
_AUTHORIZATION = "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode()


@dataclass(slots=True)
class Traffic:
    """What happened: how many requests in how many seconds, how long each took, and the answers where asked for."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return len(self.latencies) / self.seconds

    @property
    def p50_ms(self) -> float:
        """The median latency."""
        return statistics.median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        """The latency that one in a hundred exceeded."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)] * 1000


def post(path: str, body: object) -> bytes:
    """A POST request, ready to send."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {_AUTHORIZATION}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def send(
    port: int, requests: Iterable[bytes], connections: int, seconds: float = 3600, keep_bodies: bool = False
) -> Traffic:
    """Send until the requests or the seconds run out. Raises RuntimeError at the first answer that is not a 200."""
    return uvloop.run(_send(port, iter(requests), connections, seconds, keep_bodies))


def ask(port: int, request: bytes) -> bytes:
    """Send one request and return the body of its answer."""
    return send(port, [request], 1, keep_bodies=True).bodies[0]


async def _send(port: int, requests: Iterator[bytes], connections: int, seconds: float, keep_bodies: bool) -> Traffic:
    traffic = Traffic()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()

    def next_request() -> bytes | None:
        return next(requests, None) if time.perf_counter() - started < seconds else None

    opened = [_Connection(next_request, traffic, keep_bodies, loop.create_future()) for _ in range(connections)]
    for connection in opened:
        await loop.create_connection(connection.itself, "127.0.0.1", port)
    await asyncio.gather(*(connection.end for connection in opened))
    traffic.seconds = time.perf_counter() - started
    return traffic


class _Connection(asyncio.Protocol):
    def __init__(
        self,
        next_request: Callable[[], bytes | None],
        traffic: Traffic,
        keep_bodies: bool,
        end: asyncio.Future[None],
    ) -> None:
        self._next_request = next_request
        self._traffic = traffic
        self._keep_bodies = keep_bodies
        self.end = end
        self._buffer = bytearray()
        self._sent_at = 0.0

    def itself(self) -> _Connection:
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        body = _body(self._buffer)
        if body is None:
            return
        self._traffic.latencies.append(time.perf_counter() - self._sent_at)
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self._fail(f"the server answered {bytes(self._buffer[:600])!r}")
            return
        if self._keep_bodies:
            self._traffic.bodies.append(body)
        self._buffer.clear()
        self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the server closed the connection: {exc}")

    def _send_next(self) -> None:
        request = self._next_request()
        if request is None:
            if not self.end.done():
                self.end.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _fail(self, reason: str) -> None:
        if not self.end.done():
            self.end.set_exception(RuntimeError(reason))
            self._transport.close()


def _body(buffer: bytearray) -> bytes | None:
    """The body of a complete answer; None while it is still arriving."""
    head_end = buffer.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = bytes(buffer[:head_end]).lower()
    start = head_end + 4
    at = head.find(b"content-length:")
    if at >= 0:
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        return bytes(buffer[start : start + length]) if len(buffer) >= start + length else None
    return _unchunk(bytes(buffer[start:])) if buffer.endswith(b"0\r\n\r\n") else None


def _unchunk(data: bytes) -> bytes | None:
    parts: list[bytes] = []
    at = 0
    while True:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(data[at:line_end], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(data[line_end + 2 : line_end + 2 + size])
        at = line_end + 4 + size
        if at > len(data):
            return None
