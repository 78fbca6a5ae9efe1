"""Refs: the URIs that name objects, ops, tables, calls and agent things. Grammar only; resolving is the domain's.

Two schemes share one tail: `weave:///{entity}/{project}/…` outside, `weave-trace-internal:///{project id}/…` inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from weft.core.errors import InvalidRequest

EXTERNAL = "weave:///"
INTERNAL = "weave-trace-internal:///"
PRIVATE = "weave-private:///"
ARTIFACT = "wandb-artifact:///"

_EDGES = ("attr", "key", "index", "id")
_NAME = re.compile(r"[^/:]+")
_REMEMBERED_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Edge:
    """One step below an object: kind `attr`, `key`, `index` or `id`, and its decoded value."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A version of an object, perhaps with steps below it. `project` is the internal id."""

    project: str
    name: str
    version: str
    edges: tuple[Edge, ...] = ()
    kind: ClassVar[str] = "object"

    def uri(self) -> str:
        """The stored form."""
        tail = "".join(f"/{edge.kind}/{quote(edge.value, safe='')}" for edge in self.edges)
        return f"{INTERNAL}{self.project}/{self.kind}/{self.name}:{self.version}{tail}"


@dataclass(frozen=True, slots=True)
class OpRef(ObjectRef):
    """A version of an op."""

    kind: ClassVar[str] = "op"


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table by its digest."""

    project: str
    digest: str

    def uri(self) -> str:
        """The stored form."""
        return f"{INTERNAL}{self.project}/table/{self.digest}"


@dataclass(frozen=True, slots=True)
class CallRef:
    """A call by its id."""

    project: str
    id: str

    def uri(self) -> str:
        """The stored form."""
        return f"{INTERNAL}{self.project}/call/{self.id}"


@dataclass(frozen=True, slots=True)
class AgentRef:
    """A turn, span or conversation of an agent: kind `agent_turn`, `agent_span` or `agent_conversation`."""

    project: str
    kind: str
    id: str

    def uri(self) -> str:
        """The stored form."""
        return f"{INTERNAL}{self.project}/{self.kind}/{quote(self.id, safe='')}"


Ref = ObjectRef | TableRef | CallRef | AgentRef


def parse_ref(uri: str) -> Ref:
    """The parts of a stored-form ref. Raises InvalidRequest when it is none."""
    return _parse_often_seen(uri) if len(uri) <= _REMEMBERED_LENGTH else _parse(uri)


@lru_cache(maxsize=8192)
def _parse_often_seen(uri: str) -> Ref:
    # The calls of a run name the same few models and scorers again and again.
    return _parse(uri)


def _parse(uri: str) -> Ref:
    if not uri.startswith(INTERNAL):
        raise InvalidRequest(f"Invalid ref: {uri[:200]!r} is not a ref of a known project")
    project, _, tail = uri.removeprefix(INTERNAL).partition("/")
    kind, _, rest = tail.removesuffix("/").partition("/")
    ref = _parse_tail(project, kind, rest) if project and rest else None
    if ref is None:
        raise InvalidRequest(f"Invalid ref: {uri[:200]!r}")
    return ref


def try_parse_ref(value: object) -> Ref | None:
    """The parts of a stored-form ref, or None for anything else."""
    if not isinstance(value, str) or not value.startswith(INTERNAL):
        return None
    try:
        return parse_ref(value)
    except InvalidRequest:
        return None


def find_refs(value: Any) -> list[str]:
    """Every ref in a payload, in order of first sight, without repeats. JSON inside strings is not searched."""
    found: dict[str, None] = {}
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            if _is_stored_ref(item):
                found.setdefault(item)
        elif isinstance(item, dict):
            stack.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            stack.extend(reversed(item))
    return list(found)


def _is_stored_ref(text: str) -> bool:
    if text.startswith(ARTIFACT):
        return text.count("/") == 5
    if not text.startswith(INTERNAL):
        return False
    ref = try_parse_ref(text)
    return ref is not None and ref.uri() == text


def _parse_tail(project: str, kind: str, rest: str) -> Ref | None:
    if kind in ("object", "op"):
        return _parse_object(project, kind, rest)
    if "/" in rest and kind in ("table", "agent_turn", "agent_span", "agent_conversation"):
        return None
    if kind == "table":
        return TableRef(project, rest)
    if kind == "call":
        return CallRef(project, rest.partition("/")[0])
    if kind in ("agent_turn", "agent_span", "agent_conversation"):
        return AgentRef(project, kind, unquote(rest))
    return None


def _parse_object(project: str, kind: str, rest: str) -> ObjectRef | None:
    head, *steps = rest.split("/")
    name, colon, version = head.partition(":")
    if not colon or not _NAME.fullmatch(name) or not _NAME.fullmatch(version) or len(steps) % 2:
        return None
    pairs = [Edge(step, unquote(value)) for step, value in zip(steps[::2], steps[1::2], strict=True)]
    if any(edge.kind not in _EDGES for edge in pairs):
        return None
    return (OpRef if kind == "op" else ObjectRef)(project, name, version, tuple(pairs))
