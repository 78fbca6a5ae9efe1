"""Lists of objects, of versions and of table rows as pages show them: small whatever the values hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weft.core.errors import NotFound
from weft.core.identity import Project
from weft.domain.call_previews import shortened
from weft.domain.object_labels import labels_of
from weft.domain.tables import count_rows, table_rows
from weft.schemas.object_lists import (
    ListedObject,
    ListedVersion,
    ObjectFamily,
    ObjectListQuery,
    ObjectListRes,
    TableRowPreview,
    TableRowsQuery,
    TableRowsRes,
    VersionListQuery,
    VersionListRes,
)
from weft.storage.entities.keys import user_named
from weft.storage.entities.object_lists import NamesWanted
from weft.storage.entities.objects import ObjectSelection, ObjectVersion
from weft.storage.stores import Stores

_FAMILIES: dict[str, ObjectFamily] = {
    "Dataset": "dataset",
    "Model": "model",
    "Prompt": "prompt",
    "Scorer": "scorer",
    "Evaluation": "evaluation",
}
# A page of rows stays well below 200 KB.
_PAGE_BYTES = 120_000
_LONGEST = 2_000
# Who everybody is on a server that asks for no keys; nobody is stored there.
_NOBODY = user_named("local")


def list_objects(stores: Stores, project: Project, query: ObjectListQuery) -> ObjectListRes:
    """A page of the project's objects, each by its newest version."""
    wanted = NamesWanted(
        project_id=project.id,
        text=query.search,
        newest_first=query.sort.startswith("-"),
        by_name=query.sort.endswith("name"),
        limit=query.limit,
        offset=query.offset,
        **_chosen(query.family),
    )
    found = stores.objects.lists.newest(wanted)
    counts = stores.objects.lists.version_counts(project.id, {version.object_id for version in found})
    families: dict[str, int] = {}
    for (kind, base), count in stores.objects.lists.classes(wanted).items():
        family = family_of(kind, base)
        families[family] = families.get(family, 0) + count
    total = sum(families.values()) if query.family is None else families.get(query.family, 0)
    return ObjectListRes(
        objects=[
            ListedObject(**shown, versions=counts.get((shown["object_id"], shown["kind"]), 1))
            for shown in _listed(stores, project, found)
        ],
        families=families,
        total=total,
        next_offset=_next(query.offset, len(found), total),
    )


def list_versions(stores: Stores, project: Project, query: VersionListQuery) -> VersionListRes:
    """A page of the live versions of an object, newest first. Raises NotFound when there is none."""
    counts = stores.objects.lists.version_counts(project.id, [query.object_id])
    total = sum(count for (_, kind), count in counts.items() if query.kind in (None, kind))
    if total == 0:
        raise NotFound(f"Object {query.object_id} not found")
    selection = ObjectSelection(
        project.id,
        object_ids=[query.object_id],
        kind=query.kind,
        sort=[("created_at", "desc")],
        limit=query.limit,
        offset=query.offset,
        metadata_only=True,
    )
    found = stores.objects.select(selection)
    shown = [ListedVersion(**one) for one in _listed(stores, project, found)]
    return VersionListRes(versions=shown, total=total, next_offset=_next(query.offset, len(shown), total))


def list_rows(stores: Stores, project: Project, query: TableRowsQuery) -> TableRowsRes:
    """A page of the rows of a table, shortened; no rows for an unknown table. Raises InvalidRequest for a bad path."""
    sort = query.sort or ""
    order = [(sort.removeprefix("-"), "desc" if sort.startswith("-") else "asc")] if sort else None
    found = table_rows(stores, project.id, query.digest, limit=query.limit, offset=query.offset, sort_by=order)
    budget = min(_LONGEST, _PAGE_BYTES // query.limit)
    rows: list[TableRowPreview] = []
    for row in found:
        val = row.val
        fits = len(row.text.encode("utf-8", "surrogatepass")) <= budget
        short = val if fits else shortened(val, budget)
        rows.append(TableRowPreview(digest=row.digest, index=row.original_index, val=short, cut=not fits))
    total = count_rows(stores, project.id, query.digest)
    # Rows that were never stored are skipped, so that a short page is the end whatever the count says.
    more = len(rows) == query.limit
    return TableRowsRes(rows=rows, total=total, next_offset=_next(query.offset, len(rows), total) if more else None)


def family_of(kind: str, base_object_class: str | None) -> ObjectFamily:
    """What people call such an object."""
    return "op" if kind == "op" else _FAMILIES.get(base_object_class or "", "other")


def _chosen(family: ObjectFamily | None) -> dict[str, Any]:
    if family is None:
        return {}
    if family == "op":
        return {"kind": "op"}
    if family == "other":
        return {"kind": "object", "without_classes": tuple(_FAMILIES)}
    return {"kind": "object", "base_object_class": next(name for name, of in _FAMILIES.items() if of == family)}


def _listed(stores: Stores, project: Project, found: Sequence[ObjectVersion]) -> list[dict[str, Any]]:
    users = {version.wb_user_id for version in found if version.wb_user_id}
    names = {_NOBODY.id: _NOBODY.username, **(stores.keys.usernames(users) if users else {})}
    labels = labels_of(stores, project.id, found)
    return [
        {
            "object_id": version.object_id,
            "kind": version.kind,
            "family": family_of(version.kind, version.base_object_class),
            "base_object_class": version.base_object_class,
            "leaf_object_class": version.leaf_object_class,
            "digest": version.digest,
            "version_index": version.version_index,
            "is_latest": version.is_latest,
            "created_at": version.created_at,
            "user": names.get(version.wb_user_id or ""),
            "size_bytes": version.size_bytes,
            "tags": said.tags,
            "aliases": said.aliases,
        }
        for version, said in zip(found, labels, strict=True)
    ]


def _next(offset: int, shown: int, total: int) -> int | None:
    reached = offset + shown
    return reached if shown and reached < total else None
