"""Comparing two versions of an object: the answer of /weft/v1/objects/diff, small whatever the versions hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from weft.core import jsontext
from weft.core.identity import Project
from weft.core.refs import TableRef, try_parse_ref
from weft.domain.json_diff import Difference, RowMove, differences, line_diff, path_text, row_moves
from weft.domain.objects import read_object
from weft.domain.previews import MOST_BYTES, fitting, preview, size_of
from weft.schemas.object_diffs import DiffedVersion, ObjectDiffQuery, ObjectDiffRes, RowChange, RowsDiff, ValueChange
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores

MOST_CHANGES = 200
MOST_CHANGES_OF_A_ROW = 10
_ROWS = "rows"
_FILES = "files"
_LONGEST_FILE = 100_000
_DIGEST = re.compile(r"[0-9A-Za-z]{43}")


def diff_versions(stores: Stores, project: Project, query: ObjectDiffQuery) -> ObjectDiffRes:
    """Where the versions differ. Raises NotFound and ObjectDeleted for a version that is not there."""
    before = read_object(stores, project.id, query.object_id, query.from_version)
    after = read_object(stores, project.id, query.object_id, query.to_version)
    old, new = before.val, after.val
    tables = _tables(project, old, new)
    if tables is not None:
        # Told row by row below.
        old, new = ({key: value for key, value in side.items() if key != _ROWS} for side in (old, new))
    found = list(differences(old, new))
    shown = fitting((_shown(stores, project, one) for one in found[:MOST_CHANGES]), MOST_BYTES // 2)
    answer = ObjectDiffRes.model_validate(
        {
            "object_id": query.object_id,
            "from": _version(before),
            "to": _version(after),
            "identical": before.digest == after.digest,
            "changes": shown,
            "changes_total": len(found),
            "changes_truncated": len(shown) < len(found),
            "rows": None,
        }
    )
    if tables is not None:
        answer.rows = _rows_diff(stores, project, tables, query, MOST_BYTES - size_of(answer))
    return answer


def _version(version: ObjectVersion) -> DiffedVersion:
    return DiffedVersion(digest=version.digest, version_index=version.version_index, created_at=version.created_at)


def _tables(project: Project, old: Any, new: Any) -> tuple[str, str] | None:
    """The digests of the tables whose rows both versions have."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return None
    refs = [try_parse_ref(side.get(_ROWS)) for side in (old, new)]
    one, other = (ref.digest if isinstance(ref, TableRef) and ref.project == project.id else None for ref in refs)
    return (one, other) if one and other else None


def _shown(stores: Stores, project: Project, one: Difference) -> ValueChange:
    before, after = one.before, one.after
    if one.change == "changed" and len(one.path) == 2 and one.path[0] == _FILES:
        # A published op keeps its code in a file; that two digests differ tells nobody anything.
        before, after = (_file_text(stores, project, digest) or digest for digest in (before, after))
    return ValueChange(
        path=preview(path_text(one.path)),
        change=one.change,
        before=None if one.change == "added" else preview(before),
        after=None if one.change == "removed" else preview(after),
        text_diff=line_diff(before, after),
    )


def _file_text(stores: Stores, project: Project, digest: Any) -> str | None:
    # The name comes from whoever published: anything but a digest could lead out of the project's folder.
    named = isinstance(digest, str) and _DIGEST.fullmatch(digest)
    content = stores.files.get(project.id, digest) if named else None
    if content is None or len(content) > _LONGEST_FILE:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _rows_diff(
    stores: Stores, project: Project, tables: tuple[str, str], query: ObjectDiffQuery, budget: int
) -> RowsDiff | None:
    found = [stores.tables.row_digests(project.id, digest) for digest in tables]
    before, after = found
    if before is None or after is None:
        return None
    moves, unchanged, reordered = row_moves(before, after)
    counts = {kind: sum(move.change == kind for move in moves) for kind in ("added", "removed", "changed")}
    page = moves[query.offset : query.offset + query.limit]
    items = fitting(_row_changes(stores, project, page, before, after), budget) if page else []
    reached = query.offset + len(items)
    return RowsDiff(
        count_before=len(before),
        count_after=len(after),
        **counts,
        unchanged=unchanged,
        reordered=reordered,
        items=items,
        next_offset=reached if items and reached < len(moves) else None,
    )


def _row_changes(
    stores: Stores, project: Project, moves: Sequence[RowMove], before: Sequence[str], after: Sequence[str]
) -> Iterator[RowChange]:
    places = [
        (None if m.before is None else before[m.before], None if m.after is None else after[m.after]) for m in moves
    ]
    texts = stores.tables.rows(project.id, {digest for pair in places for digest in pair if digest})
    for move, (old_digest, new_digest) in zip(moves, places, strict=True):
        old, new = (jsontext.loads(texts[digest]) if digest in texts else None for digest in (old_digest, new_digest))
        changes: list[ValueChange] = []
        if move.change == "changed":
            for one in differences(old, new):
                changes.append(_shown(stores, project, one))
                if len(changes) == MOST_CHANGES_OF_A_ROW:
                    break
        yield RowChange(
            change=move.change,
            index_before=move.before,
            index_after=move.after,
            digest_before=old_digest,
            digest_after=new_digest,
            before=None if old_digest is None else preview(old),
            after=None if new_digest is None else preview(new),
            changes=changes,
        )
