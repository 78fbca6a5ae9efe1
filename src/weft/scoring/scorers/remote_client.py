"""HTTP to remote scorers and to the token endpoints in front of them: where it may go, how long, how much.

Only hosts that the operator lists are asked, at addresses that were checked; no redirect is followed. What goes wrong
becomes a failure of the decision table in retry.py.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx

from weft import __version__
from weft.core import jsontext
from weft.core.clock import now
from weft.core.guarded_http import Deadline, HostNotFound, HostRefused, aim
from weft.core.hosts import is_listed, parse_http_url
from weft.core.rate_limits import asked_pause
from weft.scoring.retry import CannotWork, WorldIsSlow
from weft.settings import Settings

MOST_TRIES = 3
"""Tries of one request that nobody answered; see docs/scorers.md for why there is more than one."""

_SCORER = "The remote scorer"
_TOKEN_ENDPOINT = "The token endpoint of the remote scorer"
_TEMPORARY = frozenset({408, 429})
_LARGEST_ANSWER = 1024 * 1024
_LARGEST_TOKEN = 64 * 1024
_LIFE_SECONDS = 300.0
_SPARE_SECONDS = 30.0
_MOST_TOKENS = 1000


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Whom to ask for a token, and as whom (client credentials, RFC 6749)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""

    @property
    def key(self) -> str:
        """What tokens are remembered by."""
        parts = (self.token_url, self.client_id, self.client_secret, self.scope)
        return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()


class RemoteClient:
    """Asks; safe for concurrent use by threads. Nothing is opened before the first request."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seconds = settings.remote_http_timeout_seconds
        self._networks = [ipaddress.ip_network(network) for network in settings.remote_scorer_allowed_private_cidrs]
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._tokens: dict[str, tuple[float, str]] = {}

    def score(
        self, url: str, headers: Mapping[str, str], content: bytes, bearer: str, oauth: OAuthClient | None
    ) -> bytes:
        """What the scorer answers to this request. Raises ScoringFailure."""
        if oauth is None:
            return self._ask(url, {**headers, **_authorization(bearer)}, content, _LARGEST_ANSWER, _SCORER)
        token, fresh = self._token(oauth)
        try:
            return self._ask(url, {**headers, **_authorization(token)}, content, _LARGEST_ANSWER, _SCORER)
        except _KeyRefused:
            self._forget(oauth)
            if fresh:
                raise
        # A token may end before its time; whoever refused it has not looked at the request.
        token, _ = self._token(oauth)
        return self._ask(url, {**headers, **_authorization(token)}, content, _LARGEST_ANSWER, _SCORER)

    def check(self, url: str) -> None:
        """Raise CannotWork for a URL whose host the operator does not let requests go to. Resolves no name."""
        settings = self._settings
        parts = parse_http_url(url)
        try:
            same = parts is not None and httpx.URL(url).host == (parts.hostname or "")
        except (httpx.InvalidURL, UnicodeError):
            same = False
        if parts is None or not same:
            raise CannotWork("The remote scorer's URL is not http(s) with a host")
        if parts.scheme != "https" and not settings.remote_scorer_allow_insecure_http:
            raise CannotWork(
                "The remote scorer's URL is not https, and WEFT_REMOTE_SCORER_ALLOW_INSECURE_HTTP is not set"
            )
        if settings.remote_scorer_validate_hosts and not is_listed(parts, settings.remote_scorer_allowed_hosts):
            raise CannotWork(
                f"The remote scorer's host {parts.netloc[:200]!r} is not among WEFT_REMOTE_SCORER_ALLOWED_HOSTS"
            )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _ask(self, url: str, headers: Mapping[str, str], content: bytes, limit: int, who: str) -> bytes:
        self.check(url)
        deadline = Deadline(self._seconds)
        try:
            aimed = aim(
                url, {"user-agent": f"weft/{__version__}", "accept-encoding": "identity", **headers}, self._networks
            )
            with deadline.running() as watched:
                request = self._opened().build_request("POST", aimed.url, headers=aimed.headers, content=content)
                request.extensions = {**request.extensions, **aimed.extensions, **watched}
                return self._read(request, limit, who)
        except HostRefused as error:
            raise CannotWork(f"{error}, and no network in WEFT_REMOTE_SCORER_ALLOWED_PRIVATE_CIDRS holds it") from error
        except HostNotFound as error:
            raise _again(str(error)) from error
        except (httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            # Without the error's own words: they quote the header, which may hold a secret.
            raise CannotWork(f"The URL or secret of {who[0].lower() + who[1:]} holds what HTTP cannot carry") from error
        except httpx.HTTPError as error:
            if deadline.passed or isinstance(error, httpx.TimeoutException):
                raise _again(f"{who} did not answer within {self._seconds:g} s") from error
            raise _again(f"{who} cannot be reached: {error}") from error

    def _read(self, request: httpx.Request, limit: int, who: str) -> bytes:
        response = self._opened().send(request, stream=True)
        try:
            _check_status(response, who)
            if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
                raise CannotWork(f"{who} answered something compressed, which was not asked for")
            content = bytearray()
            for piece in response.iter_raw():
                content += piece
                if len(content) > limit:
                    raise CannotWork(f"{who} answered more than {limit} bytes")
            return bytes(content)
        finally:
            response.close()

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                context = httpx.create_ssl_context()
                if self._settings.remote_scorer_ca_file is not None:
                    context.load_verify_locations(cafile=self._settings.remote_scorer_ca_file)
                # Connections are pooled by address: one that was verified for a name must not serve another one there.
                limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
                self._client = httpx.Client(
                    timeout=self._seconds, limits=limits, verify=context, follow_redirects=False, trust_env=False
                )
            return self._client

    def _token(self, oauth: OAuthClient) -> tuple[str, bool]:
        """A token, and whether it is a new one."""
        with self._lock:
            until, kept = self._tokens.get(oauth.key, (0.0, ""))
        if time.monotonic() < until:
            return kept, False
        form = {"grant_type": "client_credentials", **({"scope": oauth.scope} if oauth.scope else {})}
        pair = f"{quote_plus(oauth.client_id)}:{quote_plus(oauth.client_secret)}"
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
            "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        }
        content = self._ask(oauth.token_url, headers, urlencode(form).encode(), _LARGEST_TOKEN, _TOKEN_ENDPOINT)
        token, seconds = _token_in(content)
        with self._lock:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            self._tokens[oauth.key] = (time.monotonic() + seconds - _SPARE_SECONDS, token)
        return token, True

    def _forget(self, oauth: OAuthClient) -> None:
        with self._lock:
            self._tokens.pop(oauth.key, None)


class _KeyRefused(CannotWork):
    pass


def _authorization(bearer: str) -> dict[str, str]:
    return {"authorization": f"Bearer {bearer}"} if bearer else {}


def _check_status(response: httpx.Response, who: str) -> None:
    """Raise ScoringFailure for anything but a 200. Nothing of the body is shown: it may quote what it was sent."""
    status = response.status_code
    if status == 200:
        return
    if 300 <= status < 400:
        raise CannotWork(f"{who} answered {status}, and no redirect is followed")
    if status == 401:
        raise _KeyRefused(f"{who} answered 401: it refuses the secret")
    if status not in _TEMPORARY and status < 500:
        raise CannotWork(f"{who} answered {status}")
    failure = _again(f"{who} answered {status}")
    failure.retry_after = asked_pause(response.headers, now())
    failure.rate_limited = status == 429
    raise failure


def _again(reason: str) -> WorldIsSlow:
    failure = WorldIsSlow(reason)
    failure.most_attempts = MOST_TRIES
    return failure


def _token_in(content: bytes) -> tuple[str, float]:
    try:
        answer: Any = jsontext.loads(content)
    except ValueError:
        answer = None
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise CannotWork(f"{_TOKEN_ENDPOINT} answered no token")
    life = answer.get("expires_in")
    known = isinstance(life, int | float) and not isinstance(life, bool)
    return token, float(life) if known else _LIFE_SECONDS
