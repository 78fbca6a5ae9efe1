"""What a ref stands for: the object it names and the steps below it, through tables and other objects.

All refs of a batch are walked together, so that each hop is one read per project. Grammar is core/refs.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.errors import Forbidden, InvalidRequest, NotFound, RefsMissing
from weft.core.refs import Edge, ObjectRef, TableRef, parse_ref, try_parse_ref
from weft.domain.objects import LATEST
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores

MAX_REFS = 1000


@dataclass(slots=True)
class _Row:
    """A row of some table, by its digest."""

    project: str
    digest: str


@dataclass(slots=True)
class _Walk:
    """One ref on its way: the value reached and the steps left; `wanted` is what has to be read to go on."""

    project: str
    steps: list[Edge]
    wanted: ObjectRef | _Row | None = None
    value: Any = None


def resolve_ref(stores: Stores, uri: str, can_read: Callable[[str], bool]) -> Any:
    """The value of one ref; see `resolve_refs`."""
    return resolve_refs(stores, [uri], can_read)[0]


def resolve_refs(stores: Stores, uris: Sequence[str], can_read: Callable[[str], bool]) -> list[Any]:
    """The values of refs (in stored form), in order; values may be shared and are not to be changed.

    A deleted object, and a path that leads nowhere, give None. Steps continue through refs met on the way, as long as
    they stay in the project. Raises InvalidRequest for what is no object ref with a digest, Forbidden for a project
    that `can_read` refuses, and RefsMissing or NotFound when an object or row does not exist.
    """
    if len(uris) > MAX_REFS:
        raise InvalidRequest(f"At most {MAX_REFS} refs can be read at once")
    walks = [_start(uri) for uri in uris]
    if not all(can_read(project) for project in {walk.project for walk in walks}):
        raise Forbidden
    waiting = walks
    while waiting:
        _supply_objects(stores, waiting)
        _supply_rows(stores, waiting)
        for walk in waiting:
            walk.wanted = None
            _advance(walk)
        waiting = [walk for walk in waiting if walk.wanted is not None]
    return [walk.value for walk in walks]


def _start(uri: str) -> _Walk:
    ref = parse_ref(uri)
    if not isinstance(ref, ObjectRef):
        raise InvalidRequest(f"Invalid ref: {uri[:200]!r} is neither an object nor an op")
    if ref.version == LATEST:
        raise InvalidRequest(f"Invalid ref: {uri[:200]!r} needs a digest as its version")
    return _Walk(ref.project, list(ref.edges), ref)


def _supply_objects(stores: Stores, walks: Iterable[_Walk]) -> None:
    by_project: dict[str, list[tuple[_Walk, ObjectRef]]] = {}
    for walk in walks:
        if isinstance(walk.wanted, ObjectRef):
            by_project.setdefault(walk.wanted.project, []).append((walk, walk.wanted))
    missing: set[str] = set()
    for project, asked in by_project.items():
        names = {ref.name for _, ref in asked}
        digests = {ref.version for _, ref in asked}
        found = [version for version in stores.objects.by_digests(project, digests) if version.object_id in names]
        missing |= digests - {version.digest for version in found}
        values = {(version.object_id, version.digest): version for version in found}
        for walk, ref in asked:
            walk.value = _live_value(values.get((ref.name, ref.version)))
    if missing:
        raise RefsMissing(missing)


def _supply_rows(stores: Stores, walks: Iterable[_Walk]) -> None:
    by_project: dict[str, list[tuple[_Walk, str]]] = {}
    for walk in walks:
        if isinstance(walk.wanted, _Row):
            by_project.setdefault(walk.wanted.project, []).append((walk, walk.wanted.digest))
    for project, asked in by_project.items():
        texts = stores.tables.rows(project, [digest for _, digest in asked])
        rows = {digest: jsontext.loads(text) for digest, text in texts.items()}
        for walk, digest in asked:
            if digest not in rows:
                raise NotFound(f"Row {digest[:100]} not found")
            walk.value = rows[digest]


def _live_value(version: ObjectVersion | None) -> Any:
    return None if version is None or version.deleted_at is not None else version.val


def _advance(walk: _Walk) -> None:
    """Take steps until the end, or until something has to be read."""
    while walk.steps and walk.value is not None:
        ref = try_parse_ref(walk.value)
        if ref is None:
            walk.value = _step(walk.value, walk.steps.pop(0))
        elif ref.project != walk.project:
            walk.value = None
        elif isinstance(ref, TableRef):
            step = walk.steps.pop(0)
            if step.kind != "id":
                raise InvalidRequest(f"Invalid ref: a row of a table is named by 'id', not {step.kind!r}")
            walk.wanted = _Row(ref.project, step.value)
            return
        elif isinstance(ref, ObjectRef) and ref.version != LATEST:
            # This ends: a value is written after the digests it names, so refs by digest cannot form a circle.
            walk.steps[:0] = ref.edges
            walk.wanted = ref
            return
        else:
            walk.value = None


def _step(value: Any, step: Edge) -> Any:
    if step.kind in ("attr", "key"):
        return value.get(step.value) if isinstance(value, dict) else None
    if step.kind != "index":
        raise InvalidRequest("Invalid ref: 'id' names a row, and there is no table here")
    try:
        index = int(step.value)
    except ValueError as error:
        raise InvalidRequest(f"Invalid ref: the index {step.value[:40]!r} is not a whole number") from error
    return value[index] if isinstance(value, list) and -len(value) <= index < len(value) else None
