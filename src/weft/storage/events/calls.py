"""The table of calls: the one writer that folds changes into rows, and reads by id. Lists are in call_queries.py."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from weft.core.clock import VersionClock, as_utc, iso
from weft.core.errors import WeftError
from weft.core.metrics import Metrics
from weft.storage.events.call_changes import (
    Call,
    CallChange,
    CallKey,
    Fold,
    PutCall,
    StartCall,
    key_of,
    needs_state,
    weight_of,
)
from weft.storage.events.engine import EventsEngine
from weft.storage.events.group_commit import GroupCommit, Submission
from weft.storage.events.leaves import leaves_of
from weft.storage.events.recent import RecentCalls

COLUMNS = (
    "project_id", "id", "trace_id", "parent_id", "thread_id", "turn_id", "op_name", "display_name", "started_at",
    "ended_at", "expire_at", "exception", "inputs", "output", "attributes", "summary", "otel_dump", "input_refs",
    "output_refs", "wb_user_id", "wb_run_id", "wb_run_step", "wb_run_step_end",
)  # fmt: skip
"""Every column a reader may ask for, in table order."""

# New calls are the usual case: asking for their ids alone costs less than half of asking for their columns.
_KNOWN = """
SELECT DISTINCT id FROM calls WHERE project_id = {project_id:String} AND id IN {ids:Array(String)}
"""
# One insert stays far below what the engine would split into parts of its own, so a group is stored whole or not.
_GROUP_BYTES = 64 * 1024 * 1024

_STATE = f"""
SELECT {", ".join(COLUMNS)}, orphan, deleted, version FROM calls
WHERE project_id = {{project_id:String}} AND id IN {{ids:Array(String)}}
ORDER BY version DESC LIMIT 1 BY id
"""


class _Batch:
    """Changes of one submission, with the rows of its new calls made by the thread that submits them.

    The writer's thread is the one everybody waits for; what need not happen there does not.
    """

    __slots__ = ("changes", "rows")

    def __init__(self, changes: Sequence[CallChange]) -> None:
        self.changes = changes
        # By identity: a call that the fold had to alter is another object and gets a row of its own.
        self.rows = {
            id(change.call): row_of(change.call) for change in changes if isinstance(change, PutCall | StartCall)
        }


TakeTurns = Callable[[Collection[CallKey]], AbstractContextManager[None]]
"""While the context lasts, no other process changes these calls."""


class CallStore:
    """Durable calls. One thread folds and writes, so changes to one call never race within a process.

    `turns` keeps other processes out meanwhile, where there are others.
    """

    def __init__(
        self,
        engine: EventsEngine,
        cache_bytes: int = 64 * 1024 * 1024,
        metrics: Metrics | None = None,
        turns: TakeTurns | None = None,
    ) -> None:
        self.engine = engine
        self._turns: TakeTurns = turns or (lambda _: nullcontext())
        # Only a process that owns its engine may trust what it remembers.
        self._recent = RecentCalls(cache_bytes if engine.embedded else 0)
        self._versions = VersionClock(after=engine.newest_version("calls"))
        self._commit: GroupCommit[_Batch] = GroupCommit("calls", self._write, _GROUP_BYTES, metrics=metrics)

    def apply(self, changes: Sequence[CallChange]) -> None:
        """Make the changes durable, all or none. Raises NotFound for an end that must have a start."""
        if changes:
            self._commit.submit(_Batch(changes), weight_of(changes))

    def begin(self, changes: Sequence[CallChange]) -> Submission[_Batch]:
        """Start making the changes durable; `.wait()` blocks and raises as `apply` does."""
        return self._commit.enqueue(_Batch(changes), weight_of(changes))

    def get(self, project_id: str, call_id: str) -> Call | None:
        """The visible call of that id."""
        call = self.states([(project_id, call_id)]).get((project_id, call_id))
        return call if call is not None and call.visible else None

    def get_many(self, project_id: str, call_ids: Iterable[str]) -> dict[str, Call]:
        """The visible calls among the ids, by id."""
        states = self.states([(project_id, call_id) for call_id in call_ids])
        return {key[1]: call for key, call in states.items() if call.visible}

    def states(self, keys: Sequence[CallKey]) -> dict[CallKey, Call]:
        """What is stored under the keys, tombstones and waiting ends included."""
        found, unknown = self._recent.get(keys)
        by_project: dict[str, list[str]] = {}
        for project_id, call_id in unknown:
            by_project.setdefault(project_id, []).append(call_id)
        for project_id, ids in by_project.items():
            known = [row["id"] for row in self.engine.query(_KNOWN, {"project_id": project_id, "ids": ids})]
            rows = self.engine.query(_STATE, {"project_id": project_id, "ids": known}) if known else []
            found |= {(project_id, row["id"]): call_from_row(row) for row in rows}
        return found

    def forget_expired(self, before: datetime) -> None:
        """Read calls whose time was over then from the table again, from which they are gone."""
        self._recent.forget_expired(before)

    def close(self) -> None:
        """Write what is waiting, then stop the writer."""
        self._commit.close()

    def _write(self, batches: list[_Batch]) -> dict[int, WeftError]:
        needed = list(
            dict.fromkeys(key_of(change) for batch in batches for change in batch.changes if needs_state(change))
        )
        with self._turns(needed):
            return self._fold_and_insert(batches, self.states(needed) if needed else {})

    def _fold_and_insert(self, batches: list[_Batch], states: dict[CallKey, Call]) -> dict[int, WeftError]:
        # A row must beat the one it follows, whoever wrote that and whatever their clock said.
        before = {key: call.version for key, call in states.items()}
        fold = Fold(states)
        refused: dict[int, WeftError] = {}
        made: dict[int, dict[str, Any]] = {}
        for index, batch in enumerate(batches):
            try:
                fold.submit(batch.changes)
                made |= batch.rows
            except WeftError as error:
                refused[index] = error
        calls = [*fold.moved, *fold.changed.values()]
        rows = [
            {
                **(made.get(id(call)) or row_of(call)),
                "version": self._versions.next(after=before.get((call.project_id, call.id), 0)),
            }
            for call in calls
        ]
        try:
            self.engine.insert("calls", rows)
        except WeftError:
            # Whether the rows landed is unknown now; the next change to these calls has to look.
            self._recent.forget(fold.changed)
            raise
        self._recent.put(fold.changed.values())
        return refused


def row_of(call: Call) -> dict[str, Any]:
    """The call as a row of the table, still without its version."""
    row: dict[str, Any] = {name: getattr(call, name) for name in COLUMNS}
    row["started_at"] = iso(call.started_at)
    row["ended_at"] = iso(call.ended_at) if call.ended_at else None
    row["expire_at"] = iso(call.expire_at) if call.expire_at else None
    leaves, opaque = ({}, []) if call.deleted or call.orphan else leaves_of(call)
    return row | {"leaves": leaves, "opaque": opaque, "deleted": int(call.deleted), "orphan": int(call.orphan)}


def call_from_row(row: Mapping[str, Any]) -> Call:
    """A call from a row of the table; columns that were not selected keep their defaults."""
    values = dict(row)
    for name in ("started_at", "ended_at", "expire_at"):
        if values.get(name):
            values[name] = as_utc(datetime.fromisoformat(values[name]))
    values["orphan"] = bool(values.get("orphan"))
    values["deleted"] = bool(values.get("deleted"))
    return Call(**values)
