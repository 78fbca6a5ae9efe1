"""Parameters of a statement that are too long to be sent as parameters over HTTP.

A ClickHouse server takes parameters in the URL, or in form fields of at most 128 KiB, a limit that no request can lift;
the text of a statement has none but our own. So long values are written into the statement, as literals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Well below what proxies accept as a URL, beside the settings that stand there too.
_ALL_PARAMETERS = 3000
_PARAMETER = re.compile(r"\{(\w+):([^}]+)\}")


def with_long_values(sql: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement and the parameters that are still to be sent with it."""
    sizes = {name: _size(value) for name, value in params.items()}
    left, written = dict(params), dict[str, Any]()
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        if sum(sizes[kept] for kept in left) <= _ALL_PARAMETERS:
            break
        written[name] = left.pop(name)
    if not written:
        return sql, left

    def literal(found: re.Match[str]) -> str:
        name, kind = found.groups()
        return f"CAST({_literal(written[name])}, '{_escaped(kind)}')" if name in written else found[0]

    # In one go: what looks like a parameter within a value is none.
    return _PARAMETER.sub(literal, sql), left


def _size(value: Any) -> int:
    """About how many characters of a URL it takes."""
    if isinstance(value, str):
        return len(value) if value.isalnum() else 3 * len(value.encode("utf-8", "replace"))
    if isinstance(value, list | tuple):
        return sum(_size(item) + 9 for item in value) + 6
    return 30


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return f"'{_escaped(value)}'"
    if isinstance(value, list):
        return f"[{','.join(map(_literal, value))}]"
    if isinstance(value, tuple):
        return f"tuple({','.join(map(_literal, value))})"
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, bool) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
