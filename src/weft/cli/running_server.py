"""Asking a running server over HTTP, for commands that work as one of its users and not on its data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import httpx
import typer

from weft.core.errors import Forbidden, InvalidRequest, NotFound, Unavailable
from weft.core.hosts import parse_http_url
from weft.settings import load_settings

UrlOption = Annotated[
    str | None, typer.Option("--url", help="Where the server is.", show_default="where the settings say it listens")
]
KeyOption = Annotated[
    str, typer.Option("--api-key", envvar="WANDB_API_KEY", help="An API key, if it wants one.", show_default=False)
]


class RunningServer:
    """One server, asked with one key."""

    def __init__(self, client: httpx.Client) -> None:
        self._http = client

    def get(self, path: str, **query: Any) -> Any:
        """The JSON that answers a GET; raises what `post` raises."""
        return self._ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, **body: Any) -> Any:
        """The JSON that answers a POST.

        Raises Unavailable when the server does not answer or is not well, and NotFound, Forbidden or InvalidRequest
        with its reason when it refuses.
        """
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **given: Any) -> Any:
        try:
            answer = self._http.request(method, path, **given)
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            raise Unavailable(f"No server answers at {self._http.base_url}: {why}") from error
        if answer.status_code == 200:
            return answer.json()
        reason = _reason(answer)
        if answer.status_code in (401, 403):
            raise Forbidden(f"The server refuses this: {reason}")
        if answer.status_code == 404:
            raise NotFound(reason)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(f"The server cannot answer now: {reason}")
        raise InvalidRequest(reason)


@contextmanager
def running_server(url: str | None, api_key: str) -> Iterator[RunningServer]:
    """The server at that URL, or where the settings say it listens."""
    if url is None:
        settings = load_settings()
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{settings.port}"
    if parse_http_url(url) is None:
        raise InvalidRequest(f"The address of a server begins with https:// or http://, unlike {url[:200]!r}")
    # A redirect is not followed, so that the key goes nowhere else.
    with httpx.Client(base_url=url, auth=("api", api_key), timeout=httpx.Timeout(60, connect=10)) as client:
        yield RunningServer(client)


def _reason(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        told = None
    reason = told.get("reason") or told.get("detail") if isinstance(told, dict) else None
    return str(reason)[:500] if reason else f"status {answer.status_code} for {answer.request.url.path}"
