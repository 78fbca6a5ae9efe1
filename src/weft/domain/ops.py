"""Ops: code objects whose source is a file, and the placeholders that stand for code the server never saw."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from weft.core.digest import bytes_digest, object_digest
from weft.core.errors import NotFound
from weft.core.identity import Project, User
from weft.core.refs import OpRef
from weft.domain.call_lists import Page
from weft.domain.evaluation_calls import first_text, object_of
from weft.domain.files import read_file, store_file
from weft.domain.object_resources import NewVersion, list_versions, object_id_of, read_version
from weft.domain.objects import publish_object
from weft.domain.placeholder_sources import PlaceholderRole, placeholder_source
from weft.schemas.ops import OpCreateBody, OpReadRes
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores

SOURCE_FILE = "obj.py"


def create_op(stores: Stores, project: Project, user: User, body: OpCreateBody) -> ObjectVersion:
    """Publish an op with the given source, or with the generic placeholder."""
    object_id = "Op" if body.name is None else object_id_of(body.name)
    source = placeholder_source("op") if body.source_code is None else body.source_code
    return publish_object(stores, project, user, object_id, op_value(store_source(stores, project, source)))


def read_op(stores: Stores, project: Project, object_id: str, version: str) -> OpReadRes:
    """A version of an op with its code."""
    found = read_version(stores, project, "Op", object_id, version)
    return _item(found, source_of(stores, project, found))


def list_ops(stores: Stores, project: Project, page: Page) -> Iterator[OpReadRes]:
    """All versions of all ops."""
    known: dict[str, str] = {}
    for version in list_versions(stores, project, "Op", page):
        digest = _source_digest(version)
        if digest not in known:
            known[digest] = source_of(stores, project, version)
        yield _item(version, known[digest])


def ensure_placeholder_op(stores: Stores, project: Project, name: str, role: PlaceholderRole) -> str:
    """The ref of the placeholder op of that name, published if it is not there yet.

    `latest` stays with whatever version it names, so a placeholder never hides code that an SDK published.
    """
    digest = _placeholder_digest(role)

    def publish() -> None:
        value = op_value(store_source(stores, project, placeholder_source(role)))
        publish_object(stores, project, None, name, value, move_latest=False)

    stores.objects.ensure(project.id, name, digest, publish)
    return OpRef(project.id, name, digest).uri()


def placeholder_version(stores: Stores, project: Project, op_id: str, role: PlaceholderRole) -> NewVersion:
    """A placeholder op to publish together with the object that refers to it."""
    return NewVersion(op_id, op_value(store_source(stores, project, placeholder_source(role))), move_latest=False)


def op_ref(project: Project, version: NewVersion) -> str:
    """The ref an op will have once published."""
    return OpRef(project.id, version.object_id, object_digest(version.val)).uri()


def op_value(file_digest: str) -> dict[str, Any]:
    """The stored value of an op whose source is a file."""
    return {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {SOURCE_FILE: file_digest}}


def store_source(stores: Stores, project: Project, source: str) -> str:
    """Store a source text as a file; its digest."""
    return store_file(stores, project, SOURCE_FILE, source.encode("utf-8", "replace"))


def source_of(stores: Stores, project: Project, version: ObjectVersion) -> str:
    """The text of an object's source file, empty when there is none or it cannot be read."""
    digest = _source_digest(version)
    if not digest:
        return ""
    try:
        return read_file(stores, project, digest).decode()
    except (NotFound, UnicodeDecodeError):
        return ""


def _source_digest(version: ObjectVersion) -> str:
    return first_text(object_of(version.val.get("files")).get(SOURCE_FILE))


@cache
def _placeholder_digest(role: PlaceholderRole) -> str:
    return object_digest(op_value(bytes_digest(placeholder_source(role).encode())))


def _item(version: ObjectVersion, code: str) -> OpReadRes:
    return OpReadRes(
        object_id=version.object_id,
        digest=version.digest,
        version_index=version.version_index,
        created_at=version.created_at,
        code=code,
    )
