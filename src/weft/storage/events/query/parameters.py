"""Typed parameters of a statement: every value a caller sends travels here, never in the SQL text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


class Parameters:
    """Collects values and hands out their placeholders; equal values share one."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[str, str], str] = {}

    def text(self, value: str) -> str:
        """A String placeholder; lone surrogates, which no column holds, become U+FFFD."""
        return self._add(_sendable(value), "String")

    def texts(self, values: Sequence[str]) -> str:
        """An Array(String) placeholder."""
        return self._add([_sendable(value) for value in values], "Array(String)")

    def pairs(self, values: Sequence[tuple[str, str]]) -> str:
        """An Array(Tuple(String, String)) placeholder."""
        sendable = [(_sendable(first), _sendable(second)) for first, second in values]
        return self._add(sendable, "Array(Tuple(String, String))")

    def integer(self, value: int) -> str:
        """An Int64 placeholder; the caller sees to the range."""
        return self._add(value, "Int64")

    def integers(self, values: Sequence[int]) -> str:
        """An Array(Int64) placeholder."""
        return self._add(list(values), "Array(Int64)")

    def real(self, value: float) -> str:
        """A Float64 placeholder."""
        return self._add(value, "Float64")

    def reals(self, values: Sequence[float]) -> str:
        """An Array(Float64) placeholder."""
        return self._add(list(values), "Array(Float64)")

    def _add(self, value: Any, kind: str) -> str:
        key = (kind, repr(value))
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"p{len(self._names)}"
            self.values[name] = value
        return f"{{{name}:{kind}}}"


def _sendable(value: str) -> str:
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
