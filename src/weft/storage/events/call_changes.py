"""A stored call and the changes that make it: start, end, put, rename, delete, folded in the order they arrive.

Pure: reading the current state and writing the result is `calls.py`'s job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from weft.core.errors import NotFound

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One call as stored. JSON columns are texts (`"null"` for none); empty text means absent elsewhere.

    `orphan` is an end whose start has not arrived; its `started_at` is the epoch. `deleted` is a tombstone. `version`
    is that of the row it was read from, 0 for one that was not read.
    """

    project_id: str
    id: str
    trace_id: str = ""
    parent_id: str = ""
    thread_id: str = ""
    turn_id: str = ""
    op_name: str = ""
    display_name: str = ""
    started_at: datetime = EPOCH
    ended_at: datetime | None = None
    expire_at: datetime | None = None
    exception: str = ""
    inputs: str = "{}"
    output: str = "null"
    attributes: str = "{}"
    summary: str = "{}"
    otel_dump: str = ""
    input_refs: Sequence[str] = ()
    output_refs: Sequence[str] = ()
    wb_user_id: str = ""
    wb_run_id: str = ""
    wb_run_step: int | None = None
    wb_run_step_end: int | None = None
    orphan: bool = False
    deleted: bool = False
    version: int = field(default=0, compare=False)

    @property
    def visible(self) -> bool:
        """Whether readers see it."""
        return not (self.orphan or self.deleted)

    @property
    def size(self) -> int:
        """Characters of its payload, for cache budgets."""
        return (
            600 + len(self.inputs) + len(self.output) + len(self.attributes) + len(self.summary) + len(self.otel_dump)
        )


@dataclass(frozen=True, slots=True)
class StartCall:
    """The start part of a call: everything in `call` but its end."""

    call: Call


@dataclass(frozen=True, slots=True)
class EndCall:
    """The end part. With `must_exist` a call without a start is refused, else the end waits for its start.

    `trace_id` (empty when not told) and `of_evaluation` only help to decide whether it is stored. `expire_at` holds
    for a call that has none.
    """

    project_id: str
    id: str
    ended_at: datetime
    exception: str = ""
    output: str = "null"
    output_refs: Sequence[str] = ()
    summary: str = "{}"
    wb_run_step_end: int | None = None
    must_exist: bool = False
    trace_id: str = ""
    of_evaluation: bool = False
    expire_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PutCall:
    """A whole call, replacing one of the same id. `fresh`: the id was made just now, so nothing can be there."""

    call: Call
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class RenameCall:
    """A new display name; no call of that id is not an error."""

    project_id: str
    id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class DeleteCall:
    """A tombstone over a call."""

    project_id: str
    id: str


CallChange = StartCall | EndCall | PutCall | RenameCall | DeleteCall
CallKey = tuple[str, str]
"""(project id, call id)"""


def key_of(change: CallChange) -> CallKey:
    """The call a change is about."""
    if isinstance(change, StartCall | PutCall):
        return change.call.project_id, change.call.id
    return change.project_id, change.id


def weight_of(changes: Sequence[CallChange]) -> int:
    """About how many bytes the changes will insert."""
    return sum(_weight(change) for change in changes)


def needs_state(change: CallChange) -> bool:
    """Whether folding the change needs to know what is stored."""
    return not (isinstance(change, PutCall) and change.fresh)


def fold(current: Call | None, change: CallChange) -> Call | None:
    """The call after the change, or None when there is still nothing to store. Raises NotFound for a required call."""
    alive = current if current is not None and not current.deleted else None
    if isinstance(change, PutCall):
        return _put(alive, change.call)
    if isinstance(change, StartCall):
        return _start(alive, change.call)
    if isinstance(change, EndCall):
        return _end(current, change)
    if isinstance(change, RenameCall):
        return replace(alive, display_name=change.display_name) if alive else current
    return replace(current, deleted=True) if current else None


def _weight(change: CallChange) -> int:
    if isinstance(change, StartCall | PutCall):
        return change.call.size
    return 600 + (len(change.output) + len(change.summary) if isinstance(change, EndCall) else 0)


def _put(alive: Call | None, call: Call) -> Call:
    if alive is None or call.display_name or not alive.display_name:
        return call
    # A name given by /call/update survives a resend of the same call.
    return replace(call, display_name=alive.display_name)


def _start(alive: Call | None, start: Call) -> Call:
    if alive is None:
        return start
    return replace(
        start,
        display_name=start.display_name or alive.display_name,
        ended_at=alive.ended_at,
        exception=alive.exception,
        output=alive.output,
        output_refs=alive.output_refs,
        summary=alive.summary,
        wb_run_step_end=alive.wb_run_step_end,
    )


def _end(current: Call | None, end: EndCall) -> Call | None:
    if end.must_exist and (current is None or not current.visible):
        raise NotFound(f"Call {end.id} not found")
    if current is not None and current.deleted:
        return current
    call = current or Call(project_id=end.project_id, id=end.id, orphan=True)
    return replace(
        call,
        ended_at=end.ended_at,
        exception=end.exception,
        output=end.output,
        output_refs=end.output_refs,
        summary=end.summary,
        wb_run_step_end=end.wb_run_step_end,
        expire_at=call.expire_at or end.expire_at,
    )


@dataclass(slots=True)
class Fold:
    """The outcome of one group of submissions: rows to insert, the new states, and who was refused."""

    states: dict[CallKey, Call]
    changed: dict[CallKey, Call] = field(default_factory=dict)
    moved: list[Call] = field(default_factory=list)

    def submit(self, changes: Sequence[CallChange]) -> None:
        """Fold a submission, all of it or, when one of its changes is refused, none of it."""
        after: dict[CallKey, Call] = {}
        moved: list[Call] = []
        for change in changes:
            key = key_of(change)
            before = after.get(key) or self.states.get(key)
            result = fold(before, change)
            if result is None or result is before:
                continue
            if before is not None and before.started_at != result.started_at:
                # The sort key holds started_at, so the row under the old key needs a tombstone.
                moved.append(replace(before, deleted=True))
            after[key] = result
        self.states.update(after)
        self.changed.update(after)
        self.moved.extend(moved)
