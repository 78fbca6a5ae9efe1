"""Short texts for long values, and pages that stay small whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from weft.core import jsontext
from weft.schemas.base import Wire

PREVIEW = 300
"""Characters of a value that are shown."""

MOST_BYTES = 180_000
"""As large as an answer may become, with some room for what is translated in it."""

Item = TypeVar("Item", bound=Wire)


def preview(value: Any, length: int = PREVIEW) -> str:
    """The value as text, itself or its JSON, cut where it is too long."""
    text = value if isinstance(value, str) else jsontext.dumps_finite(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def size_of(item: Wire) -> int:
    """About how many bytes the item takes as JSON."""
    # Of texts, numbers and lists Python's own form is as long, and it takes characters that no JSON can carry.
    return len(repr(item.model_dump()).encode("utf-8", "surrogatepass"))


def fitting(items: Iterable[Item], budget: int) -> list[Item]:
    """The first items that fit into so many bytes of JSON; always one, so that paging goes on."""
    found: list[Item] = []
    for item in items:
        budget -= size_of(item)
        if found and budget < 0:
            break
        found.append(item)
    return found
