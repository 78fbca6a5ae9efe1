"""Items as JSON bytes, also those whose payloads hold lone surrogates, which Pydantic's own JSON refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic_core import PydanticSerializationError

from weft.core import jsontext
from weft.core.clock import iso
from weft.schemas.base import Wire


def json_line(item: Wire) -> bytes:
    """The item as compact JSON."""
    try:
        return item.model_dump_json().encode()
    except PydanticSerializationError:
        return jsontext.dumps(_plain(item.model_dump())).encode()


def json_answer(item: Wire) -> Response:
    """The item as an answer."""
    return Response(json_line(item), media_type="application/json")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
