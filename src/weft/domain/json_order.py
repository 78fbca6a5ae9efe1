"""The order of JSON values where rows are sorted by a path: what is there first, then numbers, then texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidRequest


def split_path(path: str) -> list[str]:
    """The segments of a dotted path. Raises InvalidRequest for one that names nothing."""
    segments = path.split(".")
    if not all(segments) or not path.isprintable():
        raise InvalidRequest(f"Invalid sort field {path[:200]!r}: a path has no empty or unprintable parts")
    return segments


class JsonOrder:
    """A sort key: values that exist come first in both directions, then the number counts, then the text."""

    def __init__(self, path: Sequence[str], *, descending: bool) -> None:
        self._path = path
        self._descending = descending

    def __call__(self, value: Any) -> tuple[bool, bool, float, _Text]:
        """The key of what lies at the path inside the value."""
        text = json_as_text(_at(value, self._path))
        number = _number(text)
        signed = 0.0 if number is None else -number if self._descending else number
        # A value without a number comes after those with one, whatever the direction.
        return text == "", number is None, signed, _Text(text, self._descending)


def json_as_text(value: Any) -> str:
    """A JSON value as the text that conditions and sorting see; nothing and null are empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return str(int(value))
    return jsontext.dumps(value)


class _Text:
    """A text that compares the other way round when descending."""

    __slots__ = ("_descending", "_text")

    def __init__(self, text: str, descending: bool) -> None:
        self._text = text
        self._descending = descending

    def __lt__(self, other: _Text) -> bool:
        return self._text > other._text if self._descending else self._text < other._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _at(value: Any, path: Sequence[str]) -> Any:
    for segment in path:
        if isinstance(value, dict):
            value = value.get(segment)
        elif isinstance(value, list) and segment.isdecimal() and int(segment) < len(value):
            value = value[int(segment)]
        else:
            return None
    return value


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if number != number else number
