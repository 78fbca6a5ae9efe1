"""Attributes that no column of an agent's span is for, flat under their dotted names and sorted by type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from weft.otel.attributes import Tree
from weft.otel.messages import json_text
from weft.otel.span_conventions import SINGLE, WHOLE

MOST = 1024
"""Custom attributes of one span; further ones are left out."""

LONGEST = 262_144
"""Characters of a custom text; longer ones are cut."""

_LARGEST = 2**63


def custom_attributes(tree: Tree) -> dict[str, dict[str, Any]]:
    """The four maps of custom attributes. Empty values and numbers that are none are left out."""
    maps: dict[str, dict[str, Any]] = {"string": {}, "int": {}, "float": {}, "bool": {}}
    for number, (name, value) in enumerate(_leaves(tree)):
        if number >= MOST:
            break
        kind, stored = _sorted(value)
        maps[kind][name] = stored
    return {f"custom_attrs_{kind}": values for kind, values in maps.items() if values}


def _leaves(tree: Tree) -> Iterator[tuple[str, Any]]:
    """Names and values that are worth keeping, in the order of the attributes."""
    waiting: list[Iterator[tuple[str, Any]]] = [iter(tree.items())]
    while waiting:
        for name, value in waiting[-1]:
            if name in WHOLE or (name in SINGLE and not isinstance(value, dict | list)):
                continue
            if isinstance(value, dict):
                waiting.append(_named(name, value))
                break
            if value is not None and value != "" and not (isinstance(value, float) and not math.isfinite(value)):
                yield name, value
        else:
            waiting.pop()


def _named(prefix: str, group: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((f"{prefix}.{key}", value) for key, value in group.items())


def _sorted(value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int):
        return ("int", value) if -_LARGEST <= value < _LARGEST else ("string", str(value))
    if isinstance(value, float):
        return "float", value
    text = value if isinstance(value, str) else json_text(value)
    return "string", text if len(text) <= LONGEST else f"{text[:LONGEST]}...[truncated from {len(text)} chars]"
