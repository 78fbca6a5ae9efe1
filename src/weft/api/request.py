"""The route class of every API route: who asks, the body (size, gzip, JSON), and refs translated in and out.

Below this door a body is plain parsed JSON with stored-form refs. What the body means is the schemas' business. Routes
of other formats take the unpacked bytes and translate refs themselves.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, ClassVar, cast

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from weft.api.auth import Access, resolve_access
from weft.core import jsontext, ref_translation
from weft.core.errors import InvalidRequest, TooLarge
from weft.services import Services

# Below this size parsing in the event loop costs less than a hop to a thread.
_INLINE_BYTES = 64 * 1024
# Where a request keeps its project id: at the top, in one object, or in the first item of a batch.
_WRAPPERS = ("start", "end", "obj", "table", "req", "batch")


class WeftRequest(Request):
    """A request whose JSON was parsed and translated before the route sees it."""

    _bytes: bytes | None = None
    _parsed: Any = None
    _broken: json.JSONDecodeError | None = None

    async def prepare(self, access: Access, reads_json: bool) -> None:
        """Read and unpack the body, and parse and translate it if it is JSON. Raises InvalidRequest and TooLarge."""
        if self.method in ("GET", "HEAD") or "multipart/" in self.headers.get("content-type", ""):
            return
        services: Services = self.app.state.services
        try:
            raw = await super().body()
        except ClientDisconnect as error:
            # Nobody hears this; it only must not count as a mistake of ours.
            raise InvalidRequest("The body was cut off") from error
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raw = await run_in_threadpool(_unpack, raw, encoding, services.settings.max_body_bytes)
        self._bytes = raw
        if raw and reads_json:
            if len(raw) <= _INLINE_BYTES:
                self._parse(raw, access)
            else:
                await run_in_threadpool(self._parse, raw, access)

    async def body(self) -> bytes:
        """The unpacked body."""
        return self._bytes if self._bytes is not None else await super().body()

    async def json(self) -> Any:
        """The parsed body with stored-form refs."""
        if self._broken is not None:
            raise self._broken
        return self._parsed

    def _parse(self, raw: bytes, access: Access) -> None:
        try:
            value = jsontext.loads(raw)
        except json.JSONDecodeError as error:
            self._broken = error
            return
        except ValueError as error:
            raise InvalidRequest(f"The body is not UTF-8 JSON: {error}") from error
        ref_translation.check_depth(value)
        if ref_translation.may_hold_refs(raw):
            value = ref_translation.inward(value, self._to_internal(value), access.may_use)
        self._parsed = value

    def _to_internal(self, body: Any) -> ref_translation.ToInternal:
        own = self._own_project(body)
        projects = cast(Services, self.app.state.services).stores.projects

        def to_internal(entity: str, name: str) -> str | None:
            project = projects.find(entity, name)
            if project is not None:
                return project.id
            # The first write to a project may name it in refs before it exists.
            return projects.future_id(entity, name) if own == f"{entity}/{name}" else None

        return to_internal

    def _own_project(self, body: Any) -> str | None:
        if "project" in self.path_params:
            return f"{self.path_params['entity']}/{self.path_params['project']}"
        for _ in range(4):
            if isinstance(body, list):
                body = body[0] if body else None
            if not isinstance(body, dict):
                return None
            if isinstance(body.get("project_id"), str):
                return cast(str, body["project_id"])
            body = next((body[key] for key in _WRAPPERS if key in body), None)
        return None


class WeftRoute(APIRoute):
    """Every authorised API route uses this class; the few open ones use FastAPI's own."""

    reads_json: ClassVar[bool] = True

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler between our translation in and our translation out."""
        # Weave up to 0.53 sends tables as JSON without saying so.
        self.strict_content_type = False
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            access = await resolve_access(request)
            request.state.access = access
            prepared = WeftRequest(request.scope, request.receive)
            await prepared.prepare(access, self.reads_json)
            return _translated(await handler(prepared), access)

        return handle


class BytesRoute(WeftRoute):
    """A route that takes its body as bytes, unpacked and within the limits."""

    reads_json = False


def _translated(response: Response, access: Access) -> Response:
    if isinstance(response, StreamingResponse):
        if response.headers.get("content-type", "").startswith("application/octet-stream"):
            return response
        chunks = response.body_iterator

        async def translate() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                yield ref_translation.outward(_as_bytes(chunk), access.external)

        response.body_iterator = translate()
    elif response.media_type == "application/json":
        body = _as_bytes(response.body)
        translated = ref_translation.outward(body, access.external)
        if translated is not body:
            response.body = translated
            response.headers["content-length"] = str(len(translated))
    return response


def _as_bytes(chunk: str | bytes | memoryview) -> bytes:
    return chunk.encode() if isinstance(chunk, str) else bytes(chunk)


def _unpack(raw: bytes, encoding: str, limit: int) -> bytes:
    windows = {"gzip": 31, "deflate": 47}
    if encoding not in windows:
        raise InvalidRequest(f"Unsupported content encoding: {encoding[:40]!r}")
    unpacker = zlib.decompressobj(windows[encoding])
    try:
        data = unpacker.decompress(raw, limit + 1)
    except zlib.error as error:
        raise InvalidRequest(f"The body is not valid {encoding}: {error}") from error
    if len(data) > limit:
        raise TooLarge(f"Request too large: more than {limit} bytes when unpacked")
    if not unpacker.eof:
        raise InvalidRequest(f"The {encoding} body is truncated")
    return data
