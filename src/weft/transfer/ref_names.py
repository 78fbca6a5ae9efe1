"""Refs in exported rows: the stored form names a project by its internal id, the folder by entity and name.

As at the API's door, a ref is one where a text or a JSON string begins, also in JSON inside a string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from weft.core.refs import EXTERNAL, INTERNAL

_STORED = re.compile(r'(^|(?<="))weave-trace-internal:///([^/"\\]+)/')
_OUTSIDE = re.compile(r'(^|(?<="))weave:///([^/"\\]+/[^/"\\]+)/')

ToName = Callable[[str], str | None]
"""internal id -> "entity/project", or None for a project nobody made."""

ToId = Callable[[str], str | None]
"""ditto, the other way round."""


def outward(row: Mapping[str, Any], to_name: ToName) -> dict[str, Any]:
    """The row with the refs of known projects in their outside form."""

    def replace(match: re.Match[str]) -> str:
        name = to_name(match[2])
        return f"{EXTERNAL}{name}/" if name else match[0]

    return {key: _mapped(value, lambda text: _STORED.sub(replace, text), INTERNAL) for key, value in row.items()}


def inward(row: Mapping[str, Any], to_id: ToId) -> dict[str, Any]:
    """The row with the refs of known projects in their stored form."""

    def replace(match: re.Match[str]) -> str:
        found = to_id(match[2])
        return f"{INTERNAL}{found}/" if found else match[0]

    return {key: _mapped(value, lambda text: _OUTSIDE.sub(replace, text), EXTERNAL) for key, value in row.items()}


def _mapped(value: Any, change: Callable[[str], str], sign: str) -> Any:
    if isinstance(value, str):
        return change(value) if sign in value else value
    if isinstance(value, list):
        return [_mapped(item, change, sign) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, change, sign) for key, item in value.items()}
    return value
