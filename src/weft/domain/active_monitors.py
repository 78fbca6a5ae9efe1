"""Which monitors are active in a project, remembered for a bounded number of projects.

What a monitor is, is monitors.py's. Versions never change, so that only which versions are the latest is asked again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from weft.domain.monitors import Monitor, latest_monitors, monitors_selection
from weft.storage.entities.ended_calls import MONITOR_CLASS
from weft.storage.stores import Stores

TRUSTED_SECONDS = 2.0
"""How long `watches` may not know of a monitor that another process stored."""

_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read: which versions were the latest, those of them that are active, and how long it is trusted."""

    versions: frozenset[tuple[str, str]]
    active: Sequence[Monitor]
    until: float
    changes: int


class ActiveMonitors:
    """Reads active monitors. Safe for concurrent threads."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def of(self, project_id: str) -> Sequence[Monitor]:
        """The active monitors as they are stored now; values that are known already are not read again."""
        known = self._known.get(project_id)
        changes = self._stores.objects.changes(MONITOR_CLASS)
        found = self._stores.objects.select(monitors_selection(project_id, metadata_only=True))
        versions = frozenset((version.object_id, version.digest) for version in found)
        if known is not None and known.versions == versions:
            active = known.active
        else:
            latest = latest_monitors(self._stores, project_id)
            versions = frozenset((monitor.name, monitor.digest) for monitor in latest)
            active = [monitor for monitor in latest if monitor.active]
        self._remember(project_id, _Known(versions, active, time.monotonic() + TRUSTED_SECONDS, changes))
        return active

    def watches(self, project_id: str) -> bool:
        """Whether any monitor is active. Cheap; right at once for what this process stored, else within seconds."""
        known = self._known.get(project_id)
        if (
            known is not None
            and time.monotonic() < known.until
            and known.changes == self._stores.objects.changes(MONITOR_CLASS)
        ):
            return bool(known.active)
        return bool(self.of(project_id))

    def _remember(self, project_id: str, known: _Known) -> None:
        with self._lock:
            self._known[project_id] = known
            self._known.move_to_end(project_id)
            while len(self._known) > _PROJECTS:
                self._known.popitem(last=False)
