"""An LLM provider for tests: speaks OpenAI's chat completions over HTTP and fails when told to."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer: a status, a body (or the text of a completion), headers, and how long it takes."""

    content: Any = '{"score": 1}'
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class LLMProvider:
    """Answers what is scripted, in order, then `otherwise`; remembers every request and its headers."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.script: deque[Reply] = deque()
        self.otherwise: Callable[[dict[str, Any]], Reply] = lambda _request: Reply()
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                provider._serve(self, body)

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
        self.script.clear()
        self.otherwise = lambda _request: Reply()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, request: dict[str, Any]) -> None:
        with self._lock:
            self.requests.append(request)
            self.headers.append({name.lower(): value for name, value in handler.headers.items()})
            reply = self.script.popleft() if self.script else self.otherwise(request)
        time.sleep(reply.seconds)
        body = reply.body
        if body is None:
            message = {"role": "assistant", "content": reply.content}
            body = {"choices": [{"index": 0, "message": message}], "usage": {"total_tokens": 3}}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            handler.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:
            handler.close_connection = True
