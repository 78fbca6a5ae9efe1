"""What publishing, reading, listing and deleting objects means: kinds, classes, versions and their names.

Builtin classes are builtin_objects.py's, tags and aliases object_labels.py's; numbering and storing is storage's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from weft.core.digest import bytes_digest, canonical_json
from weft.core.errors import DigestMismatch, InvalidField, InvalidRequest, NotFound, ObjectDeleted
from weft.core.identity import Project, User
from weft.core.jsontext import finite
from weft.domain import builtin_objects
from weft.storage.entities.objects import NewObject, ObjectSelection, ObjectVersion
from weft.storage.stores import Stores

LATEST = "latest"

_OBJECT_ID = re.compile(r"[\w.\-]+")
_LONGEST_ID = 128
_MOST_DELETED = 100
_DIGEST = re.compile(r"[0-9A-Za-z]{43}|[0-9a-f]{64}")
_INDEX = re.compile(r"v([0-9]{1,9})")
_NON_FINITE = re.compile(r"\b(NaN|Infinity)\b")


def publish_object(
    stores: Stores,
    project: Project,
    user: User | None,
    object_id: str,
    val: Any,
    *,
    builtin_object_class: str | None = None,
    expected_digest: str | None = None,
    move_latest: bool = True,
    private_hosts: Collection[str] = (),
) -> ObjectVersion:
    """Store the value as a version of the object, or find it already stored, and make it the latest.

    Raises InvalidRequest and InvalidField for a bad name, class or value, and DigestMismatch when the content is not
    what the caller announced; nothing is written then. A builtin `Provider` may lead to a public host or to one of
    the `private_hosts`.
    """
    new = prepare_object(project, user, object_id, val, builtin_object_class, expected_digest, private_hosts)
    return stores.objects.publish(new, move_latest=move_latest)


def prepare_object(
    project: Project,
    user: User | None,
    object_id: str,
    val: Any,
    builtin_object_class: str | None = None,
    expected_digest: str | None = None,
    private_hosts: Collection[str] = (),
) -> NewObject:
    """What storage needs to publish a value; writes nothing and raises what `publish_object` raises."""
    check_object_id(object_id)
    stored = builtin_objects.complete(val, builtin_object_class, private_hosts)
    canonical = canonical_json(stored)
    digest = bytes_digest(canonical.encode())
    if expected_digest is not None and expected_digest != digest:
        raise DigestMismatch(f"The content of {object_id} has the digest {digest}, not {expected_digest[:100]}")
    classes = builtin_objects.classes_of(stored)
    return NewObject(
        project_id=project.id,
        object_id=object_id,
        digest=digest,
        kind=kind_of(stored),
        base_object_class=classes.base,
        leaf_object_class=classes.leaf,
        # The digest is over the tokens NaN and Infinity, which no JSON answer may carry: stored are their names.
        text=canonical_json(finite(stored)) if _NON_FINITE.search(canonical) else canonical,
        wb_user_id=user.id if user else None,
    )


def read_object(
    stores: Stores,
    project_id: str,
    object_id: str,
    version: str = LATEST,
    kind: str | None = None,
    *,
    metadata_only: bool = False,
) -> ObjectVersion:
    """The live version that a digest, `latest`, `vN` or an alias names.

    Raises NotFound, and ObjectDeleted when what was named existed once.
    """
    found = _find(stores, project_id, object_id, version, kind, metadata_only)
    if found is None or (kind is not None and found.kind != kind):
        raise NotFound(f"Object {object_id}:{version} not found")
    if found.deleted_at is not None:
        raise ObjectDeleted(f"Object {object_id}:{version} was deleted", found.deleted_at)
    return found


def query_objects(stores: Stores, selection: ObjectSelection) -> list[ObjectVersion]:
    """The live versions wanted. Raises InvalidRequest for a negative limit or offset."""
    if (selection.limit is not None and selection.limit < 0) or selection.offset < 0:
        raise InvalidRequest("limit and offset cannot be negative")
    return stores.objects.select(selection)


def delete_objects(
    stores: Stores, project_id: str, object_id: str, versions: Sequence[str] | None, kind: str | None = None
) -> list[ObjectVersion]:
    """Delete versions named by digest, `latest` or `vN`; all of the object when none is named.

    Raises NotFound, and deletes nothing, when one of them does not exist.
    """
    if versions is not None and len(versions) > _MOST_DELETED:
        raise InvalidRequest(f"At most {_MOST_DELETED} versions can be deleted at once")
    if versions:
        named = {read_object(stores, project_id, object_id, word, kind, metadata_only=True).digest for word in versions}
        return stores.objects.delete(project_id, object_id, named)
    if kind is None:
        return stores.objects.delete(project_id, object_id, None)
    chosen = ObjectSelection(project_id, object_ids=[object_id], kind=kind, metadata_only=True)
    digests = [version.digest for version in stores.objects.select(chosen)]
    return stores.objects.delete(project_id, object_id, digests)


def check_object_id(object_id: str) -> None:
    """Raise InvalidField or InvalidRequest for what cannot name an object."""
    if not _OBJECT_ID.fullmatch(object_id):
        raise InvalidField(f"Invalid object name {object_id[:200]!r}: letters, digits, '_', '-' and '.' only")
    if len(object_id) > _LONGEST_ID:
        raise InvalidRequest(f"Invalid object name: longer than {_LONGEST_ID} characters")


def kind_of(val: Any) -> str:
    """`op` for what an SDK publishes as an op, else `object`."""
    if not isinstance(val, dict) or "_type" not in val:
        return "object"
    custom = val.get("weave_type")
    name = custom.get("type") if isinstance(custom, dict) else val["_type"]
    return "op" if name == "Op" else "object"


def _find(
    stores: Stores, project_id: str, object_id: str, version: str, kind: str | None, metadata_only: bool
) -> ObjectVersion | None:
    objects = stores.objects
    if version == LATEST:
        latest = objects.latest(project_id, object_id, kind, metadata_only=metadata_only)
        return latest or objects.newest_deleted(project_id, object_id, kind)
    if index := _INDEX.fullmatch(version):
        return objects.by_index(project_id, object_id, int(index[1]), kind, metadata_only=metadata_only)
    if not _DIGEST.fullmatch(version):
        named = objects.labels.alias_digest(project_id, object_id, version)
        if named is None:
            return None
        version = named
    return objects.by_digest(project_id, object_id, version, metadata_only=metadata_only)
