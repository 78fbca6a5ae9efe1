"""A stand-in for an LLM provider: speaks the OpenAI chat protocol on this machine, and no language model is behind it.

It lets the demo show an LLM judge at work without a network or a key: it compares the words of ticket and reply. It
turns some requests away once with a 429, as busy providers do, so that retries can be watched.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "word-overlap-stand-in"
_TURN_AWAY_EVERY = 6
_ENOUGH = 0.9
_PROMPT = re.compile(r"Ticket: (?P<ticket>.*?)\nReply: (?P<reply>.*?)\nDoes the reply", re.DOTALL)


class _Server(ThreadingHTTPServer):
    """Remembers which prompts it has seen, and in which order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: dict[str, int] = {}


class StandInProvider:
    """The provider, listening on a free port until it is closed."""

    def __init__(self) -> None:
        self._server = _Server()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, name="stand-in-provider", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def judge(prompt: str) -> dict[str, Any]:
    """The verdict on a reply: does it repeat most of the ticket's words?"""
    match = _PROMPT.search(prompt)
    if match is None:
        return {"answers": False, "reason": "The prompt names no ticket and reply."}
    ticket, reply = (set(re.findall(r"\w{3,}", match[name].lower())) for name in ("ticket", "reply"))
    share = len(ticket & reply) / max(len(ticket), 1)
    return {"answers": share >= _ENOUGH, "reason": f"{share:.0%} of the ticket's words are in the reply."}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = "\n".join(str(message["content"]) for message in request["messages"])
        seen = self.server.seen
        first = prompt not in seen
        seen.setdefault(prompt, len(seen))
        if first and seen[prompt] % _TURN_AWAY_EVERY == 1:
            self._answer(429, {"error": {"message": "The stand-in provider is busy, try again", "type": "rate_limit"}})
            return
        message = {"role": "assistant", "content": json.dumps(judge(prompt))}
        words = len(prompt.split())
        usage = {"prompt_tokens": words, "completion_tokens": 20, "total_tokens": words + 20}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = {"id": f"stand-in-{seen[prompt]}", "object": "chat.completion", "created": 0, "model": MODEL}
        self._answer(200, {**body, "choices": [choice], "usage": usage})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Stay quiet: the demo's own words are on this terminal."""
