"""SQL that reads a place in a JSON column as text: from the leaves where they tell it, from the JSON text elsewhere.

A missing value, JSON null and the string "null" all read as the empty text, so the text is never NULL.
"""

from __future__ import annotations

from typing import Protocol

from weft.storage.events.leaves import encode_segment
from weft.storage.events.query.fields import JsonPath
from weft.storage.events.query.parameters import Parameters


class JsonReader(Protocol):
    """A way to read JSON paths."""

    def text(self, path: JsonPath) -> str:
        """The SQL of the text at the path."""
        ...


class FromLeaves:
    """Reads leaves only: right for the rows where none of the paths is opaque. Remembers what it was asked for."""

    def __init__(self) -> None:
        self.paths: dict[JsonPath, None] = {}

    def text(self, path: JsonPath) -> str:
        """The SQL of the leaf's text."""
        self.paths.setdefault(path)
        if any(isinstance(segment, int) for segment in path.segments):
            # Inside an array, and arrays have no leaves.
            return "''"
        return f"ifNull(leaves.{_quoted(path)}.:String, '')"


class FromText:
    """Reads the JSON text of the rows where the path is opaque, and the leaves of the others."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._leaves = FromLeaves()

    def text(self, path: JsonPath) -> str:
        """The SQL of the text at the path."""
        raw = raw_text(path.root, path.segments, self._parameters)
        return f"if({is_opaque([path], self._parameters)}, {raw}, {self._leaves.text(path)})"


def raw_text(column: str, segments: tuple[str | int, ...], parameters: Parameters) -> str:
    """The SQL of the text at a place in a column of JSON text, parsed for each row."""
    arguments = [column]
    guards: list[str] = []
    for segment in segments:
        if isinstance(segment, int):
            # An index would also count the members of an object.
            guards.append(f"JSONType({', '.join(arguments)}) = 'Array'")
            arguments.append(parameters.integer(segment + 1))
        else:
            arguments.append(parameters.text(segment))
    text = f"ifNull(nullIf(JSONExtractString({', '.join(arguments)}), 'null'), '')"
    return f"if({' AND '.join(guards)}, {text}, '')" if guards else text


def is_opaque(paths: list[JsonPath], parameters: Parameters) -> str:
    """The SQL that is true for rows where some of the paths must be read from the text."""
    marks: dict[str, None] = {}
    for path in paths:
        marks.update(dict.fromkeys(_marks(path)))
    return "(" + " OR ".join(f"has(opaque, {parameters.text(mark)})" for mark in marks) + ")"


def _marks(path: JsonPath) -> list[str]:
    prefix = path.root
    marks = [] if not path.segments else [f"{prefix}.*"]
    for segment in path.segments:
        if isinstance(segment, int):
            return marks
        prefix = f"{prefix}.{encode_segment(segment)}"
        marks.append(f"{prefix}.*")
    if path.segments:
        marks.pop()
    return [*marks, prefix]


def _quoted(path: JsonPath) -> str:
    # encode_segment leaves nothing that could end the quotes.
    return ".".join(f"`{encode_segment(str(part))}`" for part in (path.root, *path.segments))
