"""Which traces that the sample leaves out are stored all the same, and what was left out lately.

Storing is calls.py's. What is remembered here only saves questions and may be forgotten at any time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable

from weft.storage.events.engine import EventsEngine

_STORED = """
SELECT DISTINCT trace_id FROM calls
WHERE project_id = {project_id:String} AND trace_id IN {trace_ids:Array(String)} AND deleted = 0 AND orphan = 0
"""
_REMEMBERED = 100_000


class SampledTraces:
    """Answers for traces that their hash would drop. Safe for concurrent use by threads."""

    def __init__(self, engine: EventsEngine, remembered: int = _REMEMBERED) -> None:
        self._engine = engine
        self._size = remembered
        self._lock = threading.Lock()
        self._traces: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._dropped_calls: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def stored(self, project_id: str, trace_ids: Collection[str]) -> set[str]:
        """Those of the traces that some stored call belongs to; the others count as dropped from now on."""
        with self._lock:
            known = {trace_id: self._traces.get((project_id, trace_id)) for trace_id in trace_ids}
        unknown = sorted(trace_id for trace_id, kept in known.items() if kept is None)
        found: set[str] = {trace_id for trace_id, kept in known.items() if kept}
        if unknown:
            rows = self._engine.query(_STORED, {"project_id": project_id, "trace_ids": unknown})
            there = {row["trace_id"] for row in rows}
            self._remember(project_id, {trace_id: trace_id in there for trace_id in unknown})
            found |= there
        return found

    def keep(self, project_id: str, trace_ids: Iterable[str]) -> None:
        """From now on these traces are stored whole."""
        with self._lock:
            for trace_id in trace_ids:
                self._put(self._traces, (project_id, trace_id), True)

    def drop(self, project_id: str, call_ids: Iterable[str]) -> None:
        """Remember that these calls were left out, so that their ends are too."""
        with self._lock:
            for call_id in call_ids:
                self._put(self._dropped_calls, (project_id, call_id), True)

    @property
    def has_dropped_calls(self) -> bool:
        """Whether any call is known to have been left out."""
        return bool(self._dropped_calls)

    def forget_drops(self, keys: Iterable[tuple[str, str]]) -> None:
        """These calls (project id, call id) were sent again."""
        with self._lock:
            for key in keys:
                self._dropped_calls.pop(key, None)

    def was_dropped(self, project_id: str, call_id: str) -> bool:
        """Whether the call is known to have been left out."""
        return (project_id, call_id) in self._dropped_calls

    def _remember(self, project_id: str, decisions: dict[str, bool]) -> None:
        with self._lock:
            for trace_id, kept in decisions.items():
                # An evaluation that began meanwhile has the last word.
                kept = kept or self._traces.get((project_id, trace_id), False)
                self._put(self._traces, (project_id, trace_id), kept)

    def _put(self, into: OrderedDict[tuple[str, str], bool], key: tuple[str, str], value: bool) -> None:
        into[key] = value
        into.move_to_end(key)
        if len(into) > self._size:
            into.popitem(last=False)
