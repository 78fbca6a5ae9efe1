"""What happens to every request before routing: path spelling, request id, body size. Pure ASGI, no parsing."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from weft.api.errors import error_response
from weft.core.errors import TooLarge
from weft.core.ids import new_id
from weft.core.logging import log_context

_PREFIX = "/traces"
_UPLOADS = frozenset({"/file/create", "/files/create"})
_REQUEST_ID = re.compile(r"[\w.\-]{1,128}")


class PathSpelling:
    """One spelling of each path: no doubled leading slash, and the trace API under /traces as well as at /."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path and pass on."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path.startswith("//"):
                path = "/" + path.lstrip("/")
            if path.startswith(_PREFIX + "/"):
                path = "/" + path.removeprefix(_PREFIX).lstrip("/")
            if path != scope["path"]:
                scope = {**scope, "path": path, "raw_path": quote(path).encode()}
        await self._app(scope, receive, send)


class RequestId:
    """Give each request an id (the caller's, when it is sane), bind it to the logs and answer with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id and pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id()

        # For the handler of unexpected errors, which stands outside of this one.
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with log_context(request_id=request_id):
            await self._app(scope, receive, send_with_id)


class BodyLimit:
    """Refuse bodies over the limit, by their announced length or, when that is missing, while they arrive.

    File uploads, which are spooled to disk while they arrive, have a limit of their own.
    """

    def __init__(self, app: ASGIApp, limit: int, upload_limit: int) -> None:
        self._app = app
        self._limit = limit
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count and pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_limit if scope["path"] in _UPLOADS else self._limit
        error = TooLarge(f"Request too large: the limit is {limit} bytes")
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            await error_response(error)(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise error
            return message

        await self._app(scope, counted, send)
