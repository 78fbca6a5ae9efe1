"""Chat completions over HTTP, from any endpoint that speaks OpenAI's protocol.

Owns the connection, its limits and what a refusal means. Which endpoint may be called is decided by the caller; what is
asked and what the answer means, too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from weft.core import jsontext

_LARGEST_ANSWER = 8 * 1024 * 1024
_SHOWN = 300
# Conflict, too early, rate limits and timeouts pass; so does whatever the provider calls its own fault.
_TEMPORARY = frozenset({408, 409, 425, 429})
_REFUSED_KEY = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, up to and including `/v1`, and with which credentials."""

    base_url: str
    api_key: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class LLMError(Exception):
    """No answer. `temporary`: the same request may succeed later; `refused_key`: the credentials are to blame."""

    def __init__(
        self, reason: str, *, temporary: bool, refused_key: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary
        self.refused_key = refused_key
        self.retry_after = retry_after


class ChatClient:
    """Keeps connections open; safe for concurrent use by threads."""

    def __init__(self, timeout_seconds: float, connections: int, proxy: str | None = None) -> None:
        self._seconds = timeout_seconds
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        # A redirect could lead past the list of allowed hosts, a proxy of the environment anywhere.
        self._http = httpx.Client(
            timeout=timeout_seconds, limits=limits, follow_redirects=False, trust_env=False, proxy=proxy
        )

    def complete(self, endpoint: Endpoint, request: dict[str, Any]) -> dict[str, Any]:
        """The provider's answer to a chat completion request. Raises LLMError."""
        headers = {**endpoint.headers, "content-type": "application/json"}
        if endpoint.api_key:
            headers["authorization"] = f"Bearer {endpoint.api_key}"
        url = f"{endpoint.base_url.rstrip('/')}/chat/completions"
        try:
            status, answer_headers, body = self._post(url, headers, jsontext.dumps(request).encode())
        except httpx.TimeoutException as error:
            raise LLMError(f"The LLM did not answer within {self._seconds:g} s", temporary=True) from error
        except (httpx.LocalProtocolError, UnicodeError) as error:
            # Without the error's own words: they quote the header, which may hold a key.
            raise LLMError("The LLM endpoint's key or headers hold what HTTP cannot carry", temporary=False) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise LLMError(f"The LLM endpoint is no URL that can be called: {error}", temporary=False) from error
        except httpx.HTTPError as error:
            raise LLMError(f"The LLM cannot be reached: {error}", temporary=True) from error
        if status != 200:
            raise _refusal(status, answer_headers, body, endpoint.api_key)
        return _parsed(body)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _post(self, url: str, headers: dict[str, str], content: bytes) -> tuple[int, httpx.Headers, bytes]:
        deadline = time.monotonic() + self._seconds
        body = bytearray()
        with self._http.stream("POST", url, headers=headers, content=content) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _LARGEST_ANSWER:
                    raise LLMError(f"The LLM's answer is longer than {_LARGEST_ANSWER} bytes", temporary=False)
                # httpx counts the time between two bytes; an answer that drips would never end.
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer took too long")
            return response.status_code, response.headers, bytes(body)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        answer = jsontext.loads(body)
    except ValueError as error:
        raise LLMError("The LLM endpoint answered something that is not JSON", temporary=True) from error
    if not isinstance(answer, dict):
        raise LLMError("The LLM endpoint answered JSON that is not an object", temporary=True)
    return answer


def _refusal(status: int, headers: httpx.Headers, body: bytes, api_key: str) -> LLMError:
    text = _message(body)
    if api_key:
        text = text.replace(api_key, "***")
    return LLMError(
        f"The LLM endpoint answered {status}: {text[:_SHOWN]}" if text else f"The LLM endpoint answered {status}",
        temporary=status in _TEMPORARY or status >= 500,
        refused_key=status in _REFUSED_KEY,
        retry_after=_retry_after(headers.get("retry-after", "")),
    )


def _message(body: bytes) -> str:
    try:
        answer = jsontext.loads(body)
    except ValueError:
        return body[: 2 * _SHOWN].decode("utf-8", "replace").strip()
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else jsontext.dumps(error)


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from either form of the header."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
