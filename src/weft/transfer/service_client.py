"""HTTP to a Weave server: one pool of connections, and patience with a server that is busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from weft.core import jsontext
from weft.core.errors import Forbidden, InvalidRequest, NotFound, Unavailable

_ATTEMPTS = 8
_LONGEST_WAIT = 60.0
_NOT_SERVED = (404, 405, 501)


class ServiceClient:
    """Asks one server with one key. Safe to use from one thread."""

    def __init__(self, url: str, api_key: str, sleep: Callable[[float], None] = time.sleep) -> None:
        if not _is_address(url):
            raise InvalidRequest(f"The address of a server begins with https:// or http://, unlike {url[:200]!r}")
        self.url = url.rstrip("/")
        self._sleep = sleep
        # A redirect is not followed, so that the key goes nowhere else.
        self._http = httpx.Client(base_url=self.url, auth=("api", api_key), timeout=httpx.Timeout(120, connect=20))

    def ask(self, path: str, **body: Any) -> Any:
        """The JSON that answers a POST. Raises NotFound where the server has no such thing."""
        return self._parsed(path, self.content(path, **body))

    def lines(self, path: str, **body: Any) -> tuple[list[dict[str, Any]], int]:
        """The rows of an answer in JSON Lines, and how many bytes they were."""
        content = self.content(path, **body)
        return [self._parsed(path, line) for line in content.splitlines() if line.strip()], len(content)

    def content(self, path: str, **body: Any) -> bytes:
        """The bytes that answer a POST.

        Raises NotFound where the server has no such thing, Forbidden for a key it refuses, InvalidRequest for what it
        does not understand, and Unavailable when it does not answer after many tries.
        """
        problem = ""
        for attempt in range(_ATTEMPTS):
            try:
                answer = self._http.post(path, json=body)
            except httpx.TransportError as error:
                problem, wait = str(error) or type(error).__name__, 2.0**attempt
            else:
                if answer.status_code == 200:
                    return answer.content
                if answer.status_code in _NOT_SERVED:
                    raise NotFound(f"{self.url}{path} answers {answer.status_code}")
                if answer.status_code != 429 and answer.status_code < 500:
                    raise _refusal(answer, path)
                problem, wait = f"status {answer.status_code}", _wait(answer, 2.0**attempt)
            if attempt + 1 < _ATTEMPTS:
                self._sleep(min(wait, _LONGEST_WAIT))
        raise Unavailable(f"{self.url}{path} cannot be read ({problem}): run the same command again to go on")

    def close(self) -> None:
        """Release the connections."""
        self._http.close()

    def _parsed(self, path: str, text: bytes) -> Any:
        try:
            return jsontext.loads(text)
        except ValueError as error:
            raise InvalidRequest(f"{self.url}{path} answers no JSON: is it the address of a Weave server?") from error


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _wait(answer: httpx.Response, otherwise: float) -> float:
    try:
        return max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        return otherwise


def _refusal(answer: httpx.Response, path: str) -> Forbidden | InvalidRequest:
    if answer.status_code in (401, 403):
        return Forbidden(f"The server refuses this API key or this project (status {answer.status_code} for {path})")
    return InvalidRequest(f"The server does not understand {path} (status {answer.status_code}): {answer.text[:300]}")
