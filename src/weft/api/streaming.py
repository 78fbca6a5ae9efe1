"""JSON Lines answers: one object a line, `\\n` only, no blank line; an error before the first line keeps its status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

_CHUNK_BYTES = 64 * 1024
_KINDS = ("application/jsonl", "application/x-ndjson")
# Python clients before 0.53.10 cut an answer wherever `str.splitlines` does. JSON has these inside texts only.
_LINE_ENDS_INSIDE_TEXTS = {end.encode(): rb"\u%04x" % ord(end) for end in "\x85\u2028\u2029"}


def json_lines(request: Request, lines: Iterable[bytes]) -> StreamingResponse:
    """Stream the lines (each one JSON object, without its newline) in chunks, in the type that was asked for."""
    chunks = _chunks(iter(lines))
    # The first chunk is made here, in the route: what fails by then still gets its status.
    first = next(chunks, b"")
    return StreamingResponse(_joined(first, chunks), media_type=_kind(request))


def live_json_lines(request: Request, lines: Iterable[bytes]) -> StreamingResponse:
    """Stream each line as soon as there is one, for answers that are still being made."""
    sent = (_ended([line]) for line in lines)
    first = next(sent, b"")
    return StreamingResponse(_joined(first, sent), media_type=_kind(request))


def lines_of(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose lines are of this model, which another route of the document answers with."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {200: {"description": "One item a line", "content": {_KINDS[0]: {"schema": schema}}}}


def _kind(request: Request) -> str:
    accept = request.headers.get("accept", "")
    return next((kind for kind in _KINDS if kind in accept), _KINDS[0])


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield _ended(gathered)
            gathered, size = [], 0
    if gathered:
        yield _ended(gathered)


def _ended(lines: list[bytes]) -> bytes:
    chunk = b"\n".join(lines) + b"\n"
    for end, escaped in _LINE_ENDS_INSIDE_TEXTS.items():
        chunk = chunk.replace(end, escaped)
    return chunk
