"""HTTP to endpoints: connections, limits, and what a refusal means. Hosts that users name go through the guard.

What is said over it is the protocols' business. A redirect is never followed, so that no key goes where nobody sent it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from weft.core import jsontext
from weft.core.clock import now
from weft.core.guarded_http import Deadline, HostNotFound, HostRefused, aim
from weft.core.rate_limits import asked_pause
from weft.llm.endpoints import Endpoint, LLMError, Prepared

_LARGEST_ERROR = 64 * 1024
_SHOWN = 300
# Conflict, too early, rate limits and timeouts pass; so does whatever the provider calls its own fault.
_TEMPORARY = frozenset({408, 409, 425, 429})
_REFUSED_KEY = frozenset({401, 403})
_TIMED_OUT = 408


class Transport:
    """Keeps connections open; safe for concurrent use by threads."""

    def __init__(self, timeout_seconds: float, connections: int, proxy: str | None = None) -> None:
        self._seconds = timeout_seconds
        self._proxied = proxy is not None
        self._trusted = _client(timeout_seconds, connections, connections, proxy)
        # Connections are pooled by address: one that was verified for a name must not serve another one there.
        self._guarded = _client(timeout_seconds, connections, 0, proxy)

    @contextmanager
    def exchange(
        self, endpoint: Endpoint, prepared: Prepared, seconds: float | None = None
    ) -> Iterator[httpx.Response]:
        """Send a request; the answer, if it is a 200, with its body unread. Raises LLMError for everything else."""
        wait = min(seconds or self._seconds, self._seconds)
        with _translated(wait):
            url, headers = prepared.url, dict(prepared.headers)
            extensions: dict[str, Any] = {}
            client = self._trusted
            if endpoint.public_only:
                client = self._guarded
                url, headers, extensions = self._pinned(url, headers)
            request = client.build_request(
                "POST", url, headers=headers, content=prepared.content, timeout=wait, extensions=_with(wait, extensions)
            )
            response = self._begin(client, request, wait)
            try:
                if response.status_code != 200:
                    raise _refusal(response, endpoint, wait)
                yield response
            finally:
                response.close()

    def fetch(self, url: str, limit: int, public_only: bool) -> tuple[bytes, str]:
        """The content at a URL, of at most `limit` bytes, and its type. Raises LLMError."""
        with _translated(self._seconds):
            target, headers, extensions = self._pinned(url, {}) if public_only else (url, {}, {})
            extensions = _with(self._seconds, extensions)
            request = self._guarded.build_request("GET", target, headers=headers, extensions=extensions)
            response = self._begin(self._guarded, request, self._seconds)
            try:
                if response.status_code != 200:
                    raise LLMError(f"The content answered {response.status_code}", temporary=False)
                content = b"".join(limited(response, self._seconds, limit))
            finally:
                response.close()
        return content, response.headers.get("content-type", "").partition(";")[0].strip().lower()

    def close(self) -> None:
        """Close every connection."""
        self._trusted.close()
        self._guarded.close()

    def _begin(self, client: httpx.Client, request: httpx.Request, seconds: float) -> httpx.Response:
        """Send it; the answer with its body unread."""
        if client is self._trusted:
            return client.send(request, stream=True)
        deadline = Deadline(seconds)
        try:
            with deadline.running() as watched:
                request.extensions = {**request.extensions, **watched}
                return client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise _too_slow(seconds) if deadline.passed else error from None

    def _pinned(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str], dict[str, Any]]:
        """The request aimed at an address that was checked, so that the name cannot change its mind in between."""
        try:
            aimed = aim(url, headers)
        except HostNotFound as error:
            raise LLMError(str(error), temporary=True) from error
        except HostRefused as error:
            reason = f"{error} and is not among WEFT_LLM_ALLOWED_HOSTS"
            raise LLMError(reason, temporary=False, status=400) from error
        if self._proxied:
            # A proxy connects by itself, and TLS through it needs the name.
            return url, headers, {}
        return aimed.url, aimed.headers, aimed.extensions


def limited(response: httpx.Response, seconds: float, limit: int) -> Iterator[bytes]:
    """The body piece by piece. Raises LLMError when it is longer than `limit` bytes or takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    size = 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > limit:
            raise LLMError(f"The LLM's answer is longer than {limit} bytes", temporary=False)
        # httpx counts the time between two bytes; an answer that drips would never end.
        if time.monotonic() > deadline:
            raise _too_slow(seconds)
        yield piece


def refused_in_words(value: Any) -> str:
    """What an error object of a provider says."""
    error = value.get("error", value) if isinstance(value, dict) else value
    message = error.get("message") if isinstance(error, dict) else error
    return (message if isinstance(message, str) else jsontext.dumps_finite(error))[:_SHOWN]


def _client(seconds: float, connections: int, kept: int, proxy: str | None) -> httpx.Client:
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=kept)
    # A redirect could lead past the list of allowed hosts, a proxy of the environment anywhere.
    return httpx.Client(timeout=seconds, limits=limits, follow_redirects=False, trust_env=False, proxy=proxy)


def _with(seconds: float, extensions: dict[str, Any]) -> dict[str, Any]:
    return {"timeout": httpx.Timeout(seconds).as_dict(), **extensions}


@contextmanager
def _translated(seconds: float) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise _too_slow(seconds) from error
    except (httpx.LocalProtocolError, UnicodeError) as error:
        # Without the error's own words: they quote the header, which may hold a key.
        raise LLMError(
            "The LLM endpoint's key or headers hold what HTTP cannot carry", temporary=False, status=400
        ) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        reason = f"The LLM endpoint is no URL that can be called: {error}"
        raise LLMError(reason, temporary=False, status=400) from error
    except httpx.HTTPError as error:
        raise LLMError(f"The LLM cannot be reached: {error}", temporary=True) from error


def _too_slow(seconds: float) -> LLMError:
    return LLMError(f"The LLM did not answer within {seconds:g} s", temporary=True, status=_TIMED_OUT)


def _refusal(response: httpx.Response, endpoint: Endpoint, seconds: float) -> LLMError:
    status = response.status_code
    body = bytearray()
    for piece in limited(response, seconds, 2**62):
        body += piece
        if len(body) > _LARGEST_ERROR:
            break
    text = endpoint.hide_secrets(_message(bytes(body)))
    return LLMError(
        f"The LLM endpoint answered {status}: {text[:_SHOWN]}" if text else f"The LLM endpoint answered {status}",
        temporary=_may_pass(status),
        status=status,
        refused_key=status in _REFUSED_KEY,
        retry_after=asked_pause(response.headers, now()) if _may_pass(status) else None,
    )


def _message(body: bytes) -> str:
    try:
        return refused_in_words(jsontext.loads(body))
    except ValueError:
        return body[: 2 * _SHOWN].decode("utf-8", "replace").strip()


def _may_pass(status: int) -> bool:
    return status in _TEMPORARY or status >= 500
