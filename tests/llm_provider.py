"""An LLM provider for tests: speaks OpenAI's protocol over HTTP, whole and streamed, and fails when told to."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


@dataclass
class Reply:
    """One answer: a status, a body (or the text of a completion), headers, and how long it takes.

    `events` are streamed as they are, with `pause` seconds between them; they may be objects or lines of bytes.
    """

    content: Any = '{"score": 1}'
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    usage: dict[str, Any] | None = field(default_factory=lambda: {"total_tokens": 3})
    events: list[Any] | None = None
    pause: float = 0.0


def completion(text: str, model: str = "gpt-4o-2024-08-06", **message: Any) -> dict[str, Any]:
    """A whole completion as OpenAI answers it."""
    answer = {"role": "assistant", "content": text, **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [{"index": 0, "message": answer, "finish_reason": "stop"}],
        "usage": {**USAGE},
    }


def chunk(delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk of a streamed completion as OpenAI sends it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        **more,
    }


def streamed(*texts: str) -> list[dict[str, Any]]:
    """The chunks of a completion whose text comes in these pieces."""
    pieces = [chunk({"content": text}) for text in texts]
    return [chunk({"role": "assistant"}), *pieces, chunk({}, "stop"), chunk({}, choices=[], usage=USAGE)]


class LLMProvider:
    """Answers what is scripted, in order, then `otherwise`; remembers every request, its path and its headers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.script: deque[Reply] = deque()
        self.otherwise: Callable[[dict[str, Any]], Reply] = lambda _request: Reply()
        self.pictures: dict[str, bytes] = {}
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                kind = self.headers.get("content-type", "")
                provider._serve(self, json.loads(raw) if "json" in kind else {"form": raw.decode()})

            def do_GET(self) -> None:
                picture = provider.pictures.get(self.path)
                reply = Reply(status=404, body=b"") if picture is None else Reply(body=picture)
                _answer(self, Reply(reply.content, reply.status, reply.body, {"content-type": "image/png"}))

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}/v1"

    def reset(self) -> None:
        """Forget requests and script."""
        self.requests.clear()
        self.headers.clear()
        self.paths.clear()
        self.script.clear()
        self.pictures.clear()
        self.otherwise = lambda _request: Reply()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, request: dict[str, Any]) -> None:
        with self._lock:
            self.requests.append(request)
            self.headers.append({name.lower(): value for name, value in handler.headers.items()})
            self.paths.append(handler.path)
            reply = self.script.popleft() if self.script else self.otherwise(request)
        time.sleep(reply.seconds)
        try:
            if reply.events is not None:
                _stream(handler, reply)
            else:
                _answer(handler, reply)
        except OSError:
            handler.close_connection = True


def _answer(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    body = reply.body
    if body is None:
        message = {"role": "assistant", "content": reply.content}
        body = {"choices": [{"index": 0, "message": message}], "usage": reply.usage}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(reply.status)
    for name, value in {"content-type": "application/json", **reply.headers}.items():
        handler.send_header(name, value)
    handler.send_header("content-length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def _stream(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.send_response(reply.status)
    for name, value in {"content-type": "text/event-stream", **reply.headers}.items():
        handler.send_header(name, value)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for data in _pieces(reply.events or []):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        handler.wfile.flush()
        time.sleep(reply.pause)
    handler.wfile.write(b"0\r\n\r\n")


def _pieces(events: list[Any]) -> Iterator[bytes]:
    for event in events:
        yield event if isinstance(event, bytes) else b"data: " + json.dumps(event).encode() + b"\n\n"
    if not any(isinstance(event, bytes) for event in events):
        yield b"data: [DONE]\n\n"
