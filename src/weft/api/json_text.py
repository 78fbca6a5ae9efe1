"""Answers put together from JSON text that is stored already, so that it is neither parsed nor rendered again."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Response

from weft.core import jsontext
from weft.schemas.base import Wire


def json_response(text: str) -> Response:
    """The text as a JSON answer."""
    return Response(text.encode(), media_type="application/json")


def with_stored_text(item: Wire, field: str, text: str) -> str:
    """The item as JSON, with the stored JSON text as one of its fields."""
    fields = item.model_dump(mode="json", exclude={field})
    head = jsontext.dumps(fields)
    comma = "," if fields else ""
    return f"{head[:-1]}{comma}{jsontext.dumps(field)}:{text}}}"


def json_array(items: Iterable[str]) -> str:
    """The JSON texts as an array."""
    return f"[{','.join(items)}]"
