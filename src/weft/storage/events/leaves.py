"""Scalar leaves of a call's JSON columns, kept beside the text so that filters and sorts need not parse it.

A leaf is stored under its encoded path as the text the query language compares: strings as they are, booleans as
`true`/`false`, numbers normalised. What is not a short scalar is named in `opaque`, and a query on it reads the text:
`path` for an object or a long string, `path` and `path.*` for an array or a subtree that was cut.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from weft.core import jsontext
from weft.storage.events.call_changes import Call

_PLAIN = re.compile(r"-?\d+|-?\d{1,15}\.(?!0$)\d+")
MAX_TEXT = 256
MAX_LEAVES = 256
MAX_DEPTH = 8
ROOTS = ("inputs", "output", "attributes", "summary")


def leaves_of(call: Call) -> tuple[dict[str, str], list[str]]:
    """({encoded path: text}, opaque marks) of a call."""
    collector = _Collector()
    for root in ROOTS:
        text: str = getattr(call, root)
        if text == "{}":
            collector.opaque.append(root)
        elif text != "null":
            collector.walk(jsontext.loads(text), root, 1)
    return collector.leaves, collector.opaque


def encode_segment(key: str) -> str:
    """A key as one path segment: everything but ASCII letters, digits and `_` as `%XX` of its UTF-8 bytes."""
    if key.isascii() and key.replace("_", "a").isalnum():
        return key
    raw = key.encode("utf-8", "surrogatepass")
    return "".join(chr(b) if (chr(b).isalnum() and b < 128) or b == 95 else f"%{b:02X}" for b in raw) or "%"


def decode_segment(segment: str) -> str:
    """The key that `encode_segment` made the segment of."""
    return "" if segment == "%" else unquote_to_bytes(segment).decode("utf-8", "surrogatepass")


def scalar_text(value: bool | int | float | str) -> str:
    """A scalar as the query language reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


class _Collector:
    def __init__(self) -> None:
        self.leaves: dict[str, str] = {}
        self.opaque: list[str] = []

    def walk(self, value: Any, path: str, depth: int) -> None:
        if isinstance(value, dict):
            self.opaque.append(path)
            if depth > MAX_DEPTH or len(self.leaves) + len(value) > MAX_LEAVES:
                self.opaque.append(f"{path}.*")
                return
            for key, item in value.items():
                self.walk(item, f"{path}.{encode_segment(key)}", depth + 1)
        elif isinstance(value, list):
            self.opaque += [path, f"{path}.*"]
        elif value is not None:
            self._scalar(value, path)

    def _scalar(self, value: bool | int | float | str, path: str) -> None:
        text = scalar_text(value)
        if len(text) > MAX_TEXT or not text.isprintable() or (isinstance(value, float) and not _PLAIN.fullmatch(text)):
            # Long texts, control characters and extreme floats are read from the JSON itself.
            self.opaque.append(path)
        elif text not in ("", "null"):
            # Both read like a missing value, so they need no leaf.
            self.leaves[path] = text
