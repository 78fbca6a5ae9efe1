"""Feedback rows: written by one thread in groups, read newest version first. What a valid row is, the domain decides.

(project_id, id) is unique: a row written again under its id replaces the older one. A purge writes a tombstone.
Reading by fields and expressions is feedback_queries.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from weft.core import jsontext
from weft.core.clock import VersionClock, as_utc, iso
from weft.core.errors import WeftError
from weft.core.metrics import Metrics
from weft.core.refs import CallRef
from weft.storage.events.engine import EventsEngine
from weft.storage.events.group_commit import GroupCommit, Submission

UNSET = "UNSET"
"""The status of a span that reported none."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Feedback:
    """What somebody, or a scorer, said about a call, an object or an agent's span. An empty text means none."""

    project_id: str
    id: str
    weave_ref: str
    feedback_type: str
    payload: dict[str, Any]
    wb_user_id: str = ""
    created_at: datetime = _EPOCH
    creator: str = ""
    annotation_ref: str = ""
    runnable_ref: str = ""
    call_ref: str = ""
    trigger_ref: str = ""
    queue_id: str = ""
    scorer_tags: list[str] = field(default_factory=list)
    scorer_tag_reasons: dict[str, str] = field(default_factory=dict)
    scorer_tag_confidences: dict[str, float] = field(default_factory=dict)
    scorer_ratings: dict[str, float] = field(default_factory=dict)
    scorer_rating_reasons: dict[str, str] = field(default_factory=dict)
    scorer_rating_confidences: dict[str, float] = field(default_factory=dict)
    span_agent_name: str = ""
    span_agent_version: str = ""
    span_conversation_id: str = ""
    span_trace_id: str = ""
    span_status_code: str = UNSET
    scorer_trace_id: str = ""


COLUMNS = tuple(Feedback.__dataclass_fields__)
"""Every column a reader may ask for."""

_KEY = ("project_id", "id")

_FIRST_SEEN = """
SELECT id, created_at FROM feedback FINAL
WHERE project_id = {project_id:String} AND id IN {ids:Array(String)} AND deleted = 0
"""

# The inner read uses the index on weave_ref; the outer one sees the newest version of what was found.
_ON_REFS = f"""
SELECT {", ".join(COLUMNS)} FROM feedback FINAL
WHERE project_id = {{project_id:String}} AND deleted = 0 AND weave_ref IN {{refs:Array(String)}}
  AND id IN (SELECT id FROM feedback WHERE project_id = {{project_id:String}} AND weave_ref IN {{refs:Array(String)}})
ORDER BY created_at, id
SETTINGS use_skip_indexes_if_final = 0
"""


@dataclass(slots=True)
class _Write:
    """Rows to insert as one block; those of `chosen` ids may be there already and then keep their first created_at."""

    rows: list[dict[str, Any]]
    chosen: list[Feedback]


class FeedbackStore:
    """Durable feedback. What returned from a write is on disk and seen by the next read."""

    def __init__(self, engine: EventsEngine, metrics: Metrics | None = None) -> None:
        self.engine = engine
        self._versions = VersionClock(after=engine.newest_version("feedback"))
        self._commit: GroupCommit[_Write] = GroupCommit("feedback", self._write, metrics=metrics)

    def put(self, rows: Sequence[Feedback], *, resent: Iterable[Feedback] = ()) -> None:
        """Make the rows durable, all or none.

        `resent` are those of the rows whose id somebody else chose: when it exists, its first `created_at` is kept,
        in the store and in the given row.
        """
        if rows:
            self.begin(rows, resent=resent).wait()

    def begin(self, rows: Sequence[Feedback], *, resent: Iterable[Feedback] = ()) -> Submission[_Write]:
        """Start making the rows durable; `.wait()` blocks and raises as `put` does."""
        return self._commit.enqueue(_Write([row_of(item) for item in rows], list(resent)), len(rows))

    def purge(self, project_id: str, ids: Iterable[str]) -> None:
        """Remove the rows of these ids; ids that do not exist do no harm."""
        tombstones = [_tombstone(project_id, feedback_id) for feedback_id in ids]
        if tombstones:
            self._commit.submit(_Write(tombstones, []), len(tombstones))

    def replace(self, project_id: str, old_id: str, new: Feedback, *, resent: bool = False) -> None:
        """Put the new row in the place of the old one: both changes become durable together, or neither."""
        rows = [row_of(new)]
        if old_id != new.id:
            rows.insert(0, _tombstone(project_id, old_id))
        self._commit.submit(_Write(rows, [new] if resent else []), len(rows))

    def get(self, project_id: str, feedback_id: str) -> Feedback | None:
        """The row of that id."""
        sql = f"""
            SELECT {", ".join(COLUMNS)} FROM feedback FINAL
            WHERE project_id = {{project_id:String}} AND id = {{id:String}} AND deleted = 0
        """
        rows = self.engine.query(sql, {"project_id": project_id, "id": feedback_id})
        return feedback_from_row(rows[0]) if rows else None

    def for_calls(self, project_id: str, call_ids: Iterable[str]) -> dict[str, list[Feedback]]:
        """The feedback on each of the calls, oldest first; calls without any are absent."""
        refs = {CallRef(project_id, call_id).uri(): call_id for call_id in call_ids}
        found: dict[str, list[Feedback]] = {}
        for item in self.on_refs(project_id, list(refs)):
            found.setdefault(refs[item.weave_ref], []).append(item)
        return found

    def on_refs(self, project_id: str, refs: Sequence[str]) -> list[Feedback]:
        """The feedback whose target is one of the refs, oldest first."""
        if not refs:
            return []
        rows = self.engine.query(_ON_REFS, {"project_id": project_id, "refs": list(refs)})
        return [feedback_from_row(row) for row in rows]

    def score_calls(self, project_id: str, call_refs: Sequence[str]) -> set[str]:
        """Those of the calls that feedback names as the calls it came of."""
        if not call_refs:
            return set()
        sql = """SELECT DISTINCT call_ref FROM feedback
            WHERE project_id = {project_id:String} AND call_ref IN {refs:Array(String)}"""
        rows = self.engine.query(sql, {"project_id": project_id, "refs": list(call_refs)})
        return {row["call_ref"] for row in rows}

    def close(self) -> None:
        """Write what is waiting, then stop the writer."""
        self._commit.close()

    def _write(self, writes: list[_Write]) -> dict[int, WeftError]:
        first_seen = self._first_seen([item for write in writes for item in write.chosen])
        newest = self.engine.newest_versions("feedback", _KEY, (row for write in writes for row in write.rows))
        block: list[dict[str, Any]] = []
        for write in writes:
            for item in write.chosen:
                item.created_at = first_seen.setdefault((item.project_id, item.id), item.created_at)
            for row in write.rows:
                known = first_seen.get((row["project_id"], row["id"]))
                if known is not None and not row["deleted"]:
                    row["created_at"] = iso(known)
                row["version"] = self._versions.next(after=newest.get((row["project_id"], row["id"]), 0))
                block.append(row)
        self.engine.insert("feedback", block)
        return {}

    def _first_seen(self, chosen: Sequence[Feedback]) -> dict[tuple[str, str], datetime]:
        ids: dict[str, list[str]] = {}
        for item in chosen:
            ids.setdefault(item.project_id, []).append(item.id)
        return {
            (project_id, row["id"]): _moment(row["created_at"])
            for project_id, wanted in ids.items()
            for row in self.engine.query(_FIRST_SEEN, {"project_id": project_id, "ids": wanted})
        }


def row_of(item: Feedback) -> dict[str, Any]:
    """The row as it is inserted, but for its version."""
    row: dict[str, Any] = {name: getattr(item, name) for name in COLUMNS}
    row["created_at"] = iso(item.created_at)
    row["payload"] = jsontext.dumps_finite(item.payload)
    row["deleted"] = 0
    try:
        orjson.dumps(row)
    except TypeError:
        return {name: _plain(value) for name, value in row.items()}
    return row


def feedback_from_row(row: Mapping[str, Any]) -> Feedback:
    """The feedback of a row of the table."""
    values = dict(row)
    values["created_at"] = _moment(values["created_at"])
    values["payload"] = jsontext.loads(values["payload"])
    return Feedback(**values)


def _tombstone(project_id: str, feedback_id: str) -> dict[str, Any]:
    return row_of(Feedback(project_id, feedback_id, "", "", {})) | {"deleted": 1}


def _moment(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))


def _plain(value: Any) -> Any:
    """The value with U+FFFD for every lone surrogate: a plain column holds UTF-8, unlike JSON text."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value
