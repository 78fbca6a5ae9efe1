"""A remote scorer for tests: a real HTTP or HTTPS server with a token endpoint, which answers what it is told to."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.scoring_objects import builtin_scorer

GOOD = {"schema_version": 1, "result": {"value": 0.5, "reason": "so so", "confidence": 0.75}}


@dataclass
class Said:
    """One answer. With `drip`, its headers come a byte at a time with that many seconds between them."""

    body: Any = field(default_factory=lambda: GOOD)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    drip: float = 0.0


@dataclass
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What the body holds."""
        return json.loads(self.body)


class RemoteScorerServer:
    """Answers what is scripted, in order, then `GOOD`; requests to `/token` are answered with new tokens."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.heard: list[Heard] = []
        self.script: deque[Said] = deque()
        self.tokens: list[str] = []
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server._serve(self, Heard(self.path, headers, body))

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{scheme}://{self.host}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        with self._lock:
            self.heard.append(heard)
            if heard.path == "/token" and not self.script:
                self.tokens.append(f"token-{len(self.tokens)}")
                said = Said({"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 3600})
            else:
                said = self.script.popleft() if self.script else Said()
        time.sleep(said.seconds)
        data = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
        try:
            if said.drip:
                for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"x" * 1000:
                    handler.wfile.write(bytes([byte]))
                    time.sleep(said.drip)
            handler.send_response(said.status)
            for name, value in {"content-length": str(len(data)), **said.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:
            handler.close_connection = True


def remote_scorer(endpoint_url: str, **fields: Any) -> dict[str, Any]:
    """A RemoteScorer as it is published."""
    return {**builtin_scorer("RemoteScorer"), "name": "far", "endpoint_url": endpoint_url, **fields}
