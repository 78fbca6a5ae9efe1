"""Refs between their outside form (entity/project) and their stored form (internal project id).

Done once per request and once per answer, at the door; below it only the stored form exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from weft.core import jsontext
from weft.core.errors import InvalidRequest, TooLarge
from weft.core.refs import EXTERNAL, INTERNAL, PRIVATE

MAX_DEPTH = 200
_MAX_JSON_LEVELS = 8
# A stored ref at the start of a JSON string; the quote may be escaped when the JSON sits inside a string.
_STORED = re.compile(rb'(?<=")weave-trace-internal:///([^/"\\]+)/')

_STORED_IN_PROSE = re.compile(r"weave-trace-internal:///([^/\s'\"]+)/")

ToInternal = Callable[[str, str], str | None]
"""(entity, project) -> internal id, or None for a project nobody made here."""

MayUse = Callable[[str], bool]
"""Whether a stored ref of that internal project may come in from this caller."""

ToExternal = Callable[[str], str | None]
"""internal id -> "entity/project", or None when the reader may not see it."""


def may_hold_refs(body: bytes) -> bool:
    """Whether a body could hold a ref; False lets the common body skip the walk."""
    return EXTERNAL.encode() in body or INTERNAL.encode() in body or b"\\/" in body or b"\\u00" in body


def inward(value: Any, to_internal: ToInternal, may_use: MayUse) -> Any:
    """The parsed body, which is changed in place, with every ref in stored form.

    Raises InvalidRequest for a `weave:///` text with fewer than three parts and for a stored ref of a project the
    caller may not use. A ref of a project unknown here stays as it came.
    """
    return _Inward(to_internal, may_use).walk(value, 0)


def outward(body: bytes, to_external: ToExternal) -> bytes:
    """The rendered JSON with every stored ref in its outside form; unreadable projects become private refs."""
    if INTERNAL.encode() not in body:
        return body

    def replace(match: re.Match[bytes]) -> bytes:
        external = to_external(match.group(1).decode())
        return f"{EXTERNAL}{external}/".encode() if external else f"{PRIVATE}//".encode()

    return _STORED.sub(replace, body)


def outward_prose(text: str, to_external: ToExternal) -> str:
    """A sentence for people with every stored ref in it in its outside form."""

    def replace(match: re.Match[str]) -> str:
        external = to_external(match.group(1))
        return f"{EXTERNAL}{external}/" if external else f"{PRIVATE}//"

    return _STORED_IN_PROSE.sub(replace, text)


def check_depth(value: Any) -> None:
    """Raise TooLarge when containers nest deeper than the limit; iterative, so that depth itself cannot hurt."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        children = (child for item in level for child in (item.values() if isinstance(item, dict) else item))
        level = [child for child in children if isinstance(child, dict | list)]
    raise TooLarge(f"Request too large: nested deeper than {MAX_DEPTH} levels")


class _Inward:
    def __init__(self, to_internal: ToInternal, may_use: MayUse) -> None:
        self._to_internal = to_internal
        self._may_use = may_use

    def walk(self, value: Any, json_level: int) -> Any:
        """The value translated; containers are changed in place, since a parsed body is nobody else's."""
        if isinstance(value, str):
            return self._text(value, json_level)
        waiting = [value] if isinstance(value, dict | list) else []
        while waiting:
            container = waiting.pop()
            for key, item in container.items() if isinstance(container, dict) else enumerate(container):
                kind = type(item)
                if kind is str:
                    if "weave" in item:
                        container[key] = self._text(item, json_level)
                elif kind is dict or kind is list:
                    waiting.append(item)
        return value

    def _text(self, text: str, json_level: int) -> str:
        if text.startswith(EXTERNAL):
            return self._external(text)
        if text.startswith(INTERNAL):
            return self._internal(text)
        if (EXTERNAL in text or INTERNAL in text) and json_level < _MAX_JSON_LEVELS and text.lstrip()[:1] in '{["':
            return self._json_text(text, json_level)
        return text

    def _json_text(self, text: str, json_level: int) -> str:
        try:
            parsed = jsontext.loads(text)
        except ValueError:
            return text
        changed = self.walk(parsed, json_level + 1)
        return text if changed == jsontext.loads(text) else json.dumps(changed)

    def _external(self, text: str) -> str:
        parts = text.removeprefix(EXTERNAL).split("/", 2)
        if len(parts) < 3:
            raise InvalidRequest(f"Invalid ref: {text[:200]!r} needs an entity, a project and a path")
        project = self._to_internal(parts[0], parts[1])
        return text if project is None else f"{INTERNAL}{project}/{parts[2]}"

    def _internal(self, text: str) -> str:
        project = text.removeprefix(INTERNAL).partition("/")[0]
        if not self._may_use(project):
            raise InvalidRequest(f"Invalid ref: {text[:200]!r} names a project you cannot use")
        return text
