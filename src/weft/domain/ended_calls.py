"""Telling of calls that ended, so that monitors look at them. What monitors make of them is monitors.py's."""

from __future__ import annotations

from collections.abc import Sequence

from weft.storage.entities.ended_calls import EndedCall
from weft.storage.events.call_changes import CallChange, EndCall, PutCall, key_of
from weft.storage.stores import Stores


def tell_of_ends(stores: Stores, changes: Sequence[CallChange]) -> None:
    """Make durable which of these calls ended, for projects where that is wanted; raises Unavailable.

    To be called when the calls themselves are durable and before the client hears of it: then a call that the client
    was told is stored is also looked at, and none is looked at for nothing.
    """
    ended = [call for call in map(_ended, changes) if call is not None]
    wanted = {project_id for project_id in {call.project_id for call in ended} if stores.ended_calls.wanted(project_id)}
    stores.ended_calls.add([call for call in ended if call.project_id in wanted])


def _ended(change: CallChange) -> EndedCall | None:
    if isinstance(change, EndCall):
        return EndedCall(*key_of(change), change.ended_at)
    if isinstance(change, PutCall) and change.call.ended_at is not None:
        return EndedCall(*key_of(change), change.call.ended_at)
    return None
