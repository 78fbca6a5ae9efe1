"""What the v2 object resources share: ids from names, classes checked on every access, versions listed and deleted.

What each kind of object holds is in ops.py, datasets.py, scorers.py, models.py and evaluations.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from weft.core.errors import InvalidField, InvalidRequest, NotFound
from weft.core.identity import Project, User
from weft.core.refs import ObjectRef, OpRef, try_parse_ref
from weft.domain.call_lists import Page
from weft.domain.evaluation_calls import first_text
from weft.domain.objects import prepare_object, read_object
from weft.storage.entities.objects import ObjectSelection, ObjectVersion
from weft.storage.stores import Stores

Kind = Literal["Op", "Dataset", "Scorer", "Model", "Evaluation"]

MAX_NAME = 128
MAX_DELETED = 100
_DROPPED = re.compile(r"[^\w.-]")


def object_id_of(name: str) -> str:
    """The id an object of that name has: lower case, blanks and slashes as `_`, other punctuation dropped.

    Raises InvalidField when nothing is left and InvalidRequest when the id is too long.
    """
    object_id = _DROPPED.sub("", name.replace(" ", "_").replace("/", "_")).lower()
    if not object_id:
        raise InvalidField(f"Invalid name {name[:80]!r}: it has no letter, digit, '_', '.' or '-'")
    if len(object_id) > MAX_NAME:
        raise InvalidRequest(f"Invalid name: longer than {MAX_NAME} characters")
    return object_id


def header(kind: Kind, name: str, description: str | None) -> dict[str, Any]:
    """The keys every stored object of a class begins with; SDKs load it by them."""
    return {
        "_type": kind,
        "_class_name": kind,
        "_bases": ["Object", "BaseModel"],
        "name": name,
        "description": description,
    }


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A value to publish, and whether `latest` moves to it."""

    object_id: str
    val: dict[str, Any]
    move_latest: bool = True


def publish_together(
    stores: Stores, project: Project, user: User, versions: Sequence[NewVersion]
) -> list[ObjectVersion]:
    """Publish several values, all of them or none; raises what publishing one of them raises."""
    news = [(prepare_object(project, user, new.object_id, new.val), new.move_latest) for new in versions]
    return stores.objects.publish_all(news)


def read_version(stores: Stores, project: Project, kind: Kind, object_id: str, version: str) -> ObjectVersion:
    """A version of an object of that class. Raises NotFound for one of another class."""
    found = read_object(stores, project.id, object_id, version, _stored_kind(kind))
    if not _is_of(found, kind):
        raise NotFound(f"{kind} {object_id}:{version} not found")
    return found


def list_versions(stores: Stores, project: Project, kind: Kind, page: Page) -> Iterator[ObjectVersion]:
    """All live versions of a class, in the order of their first writing."""
    page.check()
    selection = ObjectSelection(
        project_id=project.id,
        base_object_classes=() if kind == "Op" else (kind,),
        kind=_stored_kind(kind),
        limit=page.limit,
        offset=page.offset or 0,
    )
    return (version for version in stores.objects.select(selection) if isinstance(version.val, dict))


def delete_versions(
    stores: Stores, project: Project, kind: Kind, object_id: str, versions: Sequence[str] | None
) -> int:
    """Delete the named versions of an object (digests, `vN` or `latest`), or all of them. Returns how many.

    Raises NotFound, and deletes nothing, when one of them is not there or is of another class.
    """
    if versions is not None and len(versions) > MAX_DELETED:
        raise InvalidRequest(f"At most {MAX_DELETED} digests can be deleted at once")
    if versions:
        digests = {read_version(stores, project, kind, object_id, version).digest for version in versions}
    else:
        selection = ObjectSelection(
            project_id=project.id, object_ids=(object_id,), kind=_stored_kind(kind), metadata_only=True
        )
        digests = {version.digest for version in stores.objects.select(selection) if _is_of(version, kind)}
    if not digests:
        raise NotFound(f"{kind} {object_id} not found")
    return len(stores.objects.delete(project.id, object_id, digests))


def shown_name(version: ObjectVersion) -> str:
    """The name of an object; SDKs often store none, then its id stands for it."""
    return first_text(version.val.get("name"), version.object_id)


def shown_description(version: ObjectVersion) -> str | None:
    """The description of an object, if it is a text."""
    description = version.val.get("description")
    return description if isinstance(description, str) else None


def shown_op(version: ObjectVersion, key: str, op_id: str) -> str:
    """The ref of an op an object holds; older values hold only its digest, for the op of that id."""
    value = first_text(version.val.get(key))
    if not value or "/" in value or try_parse_ref(value) is not None:
        return value
    return OpRef(version.project_id, op_id, value).uri()


def ref_of(version: ObjectVersion) -> str:
    """The ref of a version in stored form."""
    kind = OpRef if version.kind == "op" else ObjectRef
    return kind(version.project_id, version.object_id, version.digest).uri()


def _stored_kind(kind: Kind) -> str:
    return "op" if kind == "Op" else "object"


def _is_of(version: ObjectVersion, kind: Kind) -> bool:
    return version.kind == "op" if kind == "Op" else version.kind == "object" and version.base_object_class == kind
