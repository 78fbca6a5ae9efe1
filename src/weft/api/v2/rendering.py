"""Items as JSON bytes, also those whose payloads hold lone surrogates, which Pydantic's own JSON refuses."""

from __future__ import annotations

from datetime import datetime

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
        plain = {key: iso(value) if isinstance(value, datetime) else value for key, value in item.model_dump().items()}
        return jsontext.dumps(plain).encode()


def json_answer(item: Wire) -> Response:
    """The item as an answer."""
    return Response(json_line(item), media_type="application/json")
