"""Which names tags and aliases of object versions may have, and how they are listed. Keeping them is storage's."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from weft.core.errors import InvalidRequest
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores

_LATEST = "latest"
_TAG = re.compile(r"[-\w]+(?: [-\w]+)*")
_LONGEST_TAG = 256
_LONGEST_ALIAS = 128
# A version word that means something else: the digest of an object or a table, or a number.
_RESERVED = re.compile(r"v[0-9]+|[0-9A-Za-z]{43}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Labels:
    """What a version is called beside its digest, both sorted."""

    tags: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)


def add_tags(stores: Stores, project_id: str, object_id: str, digest: str, tags: Sequence[str]) -> None:
    """Tag the live version of exactly that digest. Raises NotFound without one."""
    for tag in tags:
        if not _TAG.fullmatch(tag) or len(tag) > _LONGEST_TAG:
            raise InvalidRequest(f"Invalid tag {tag[:300]!r}: words of letters, digits, '_' and '-', one space between")
    stores.objects.add_tags(project_id, object_id, digest, tags)


def remove_tags(stores: Stores, project_id: str, object_id: str, digest: str, tags: Collection[str]) -> None:
    """Take tags off a version; what is not there does not matter."""
    stores.objects.labels.remove_tags(project_id, object_id, digest, tags)


def set_aliases(stores: Stores, project_id: str, object_id: str, digest: str, aliases: Sequence[str]) -> None:
    """Let the aliases stand for the live version of exactly that digest. Raises NotFound without one."""
    for alias in aliases:
        _check_alias(alias)
    stores.objects.set_aliases(project_id, object_id, digest, aliases)


def remove_aliases(stores: Stores, project_id: str, object_id: str, aliases: Collection[str]) -> None:
    """Remove aliases of an object; what is not there does not matter."""
    for alias in aliases:
        _check_alias(alias)
    stores.objects.labels.remove_aliases(project_id, object_id, aliases)


def list_tags(stores: Stores, project_id: str) -> list[str]:
    """Every tag of the project, sorted."""
    return stores.objects.labels.tags(project_id)


def list_aliases(stores: Stores, project_id: str) -> list[str]:
    """Every alias of the project, sorted, with `latest` when there is anything it could name."""
    latest = [_LATEST] if stores.objects.has_live(project_id) else []
    return sorted([*stores.objects.labels.aliases(project_id), *latest])


def labels_of(stores: Stores, project_id: str, versions: Sequence[ObjectVersion]) -> list[Labels]:
    """The labels of each of the versions, in their order."""
    tags, aliases = stores.objects.labels.labels_of(project_id, {version.object_id for version in versions})
    found = []
    for version in versions:
        key = (version.object_id, version.digest)
        names = [*aliases.get(key, []), *([_LATEST] if version.is_latest else [])]
        found.append(Labels(tags.get(key, []), sorted(names)))
    return found


def _check_alias(alias: str) -> None:
    if not 0 < len(alias.strip()) <= len(alias) <= _LONGEST_ALIAS or not alias.isprintable() or set(alias) & set("/:"):
        raise InvalidRequest(f"Invalid alias {alias[:200]!r}: 1 to {_LONGEST_ALIAS} characters, no '/' or ':'")
    if alias == _LATEST or _RESERVED.fullmatch(alias):
        raise InvalidRequest(f"Invalid alias {alias[:200]!r}: it already means a version")
