"""What monitors ask for when calls have ended: looks at each call once it is stored, and commits tasks to the ledger.

Repeating it adds nothing. What a monitor asks for is domain/monitors.py's, who brings the ended calls is the feed's,
and doing the tasks is the worker's.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from weft.core import ids
from weft.core.clock import now
from weft.core.errors import EngineFailure, QueryTimeout, Unavailable, WeftError
from weft.core.identity import Project
from weft.core.logging import log_event
from weft.domain.active_monitors import ActiveMonitors
from weft.domain.monitor_exclusions import ReadCalls, surroundings_of
from weft.domain.monitor_queries import matching_ids
from weft.domain.monitors import Monitor, triggered_by
from weft.domain.scoring import pinned_scorer
from weft.settings import Settings
from weft.storage.entities.ledger_tables import MONITOR, Job, Task
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

# How long calls are kept for a monitor whose query the event store could not answer, though it answers others.
_QUERY_PATIENCE = 60.0
# Calls that are waited with at the same time; beyond that nothing is waited for.
_MOST_WAITING = 100_000


class MonitorScoring:
    """Turns ended calls into tasks. One for a process; safe for concurrent threads."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        self._stores = stores
        self._settings = settings
        self._monitors = ActiveMonitors(stores)
        # The feed drops what it has offered for long enough.
        self._parents = _Patience(min(settings.monitor_parent_seconds, settings.scoring_missing_seconds / 3))
        self._queries = _Patience(_QUERY_PATIENCE)

    def watches(self, project_id: str) -> bool:
        """Whether the project has any active monitor: at once if this process stored it, else within two seconds."""
        return self._monitors.watches(project_id)

    def handle(self, project_id: str, call_ids: Sequence[str]) -> list[str]:
        """Commit the tasks that active monitors ask for; the ids of calls to be offered again, a little later.

        Those are not readable as ended calls yet, or it cannot be told yet what they are part of. Raises errors of the
        stores only; a monitor that cannot be used harms no other one.
        """
        monitors = [monitor for monitor in self._monitors.of(project_id) if monitor.usable]
        project = self._stores.projects.by_id(project_id) if monitors else None
        if project is None:
            return []
        calls, again = self._ended(project_id, list(dict.fromkeys(call_ids)))
        wanted: list[tuple[Monitor, list[Call]]] = []
        for monitor in monitors:
            chosen, later = self._chosen(project, monitor, calls)
            again |= dict.fromkeys(later)
            if chosen:
                wanted.append((monitor, chosen))
        if wanted:
            again |= dict.fromkeys(self._ask(project_id, wanted))
        return list(again)

    def _ended(self, project_id: str, call_ids: Sequence[str]) -> tuple[list[Call], dict[str, None]]:
        """The ended calls, and the ids of those that are not there yet."""
        states = self._stores.calls.states([(project_id, call_id) for call_id in call_ids])
        ended: list[Call] = []
        missing: dict[str, None] = {}
        for call_id in call_ids:
            call = states.get((project_id, call_id))
            if call is None or call.orphan or (call.ended_at is None and not call.deleted):
                missing.setdefault(call_id)
            elif not call.deleted:
                ended.append(call)
        return ended, missing

    def _chosen(self, project: Project, monitor: Monitor, calls: Sequence[Call]) -> tuple[list[Call], list[str]]:
        """The calls that the monitor asks for, and the ids of those for which that could not be found out."""
        # The cheap questions first, so that the store is asked about few calls.
        likely = [call for call in calls if monitor.ops.match(call.op_name) and monitor.samples(call.id)]
        if not likely or monitor.query is None:
            return likely, []
        try:
            found = matching_ids(self._stores, project, monitor.query, [call.id for call in likely])
        except Unavailable:
            raise
        except WeftError as error:
            return [], self._without_answer(monitor, likely, error)
        return [call for call in likely if call.id in found], []

    def _without_answer(self, monitor: Monitor, calls: Sequence[Call], error: WeftError) -> list[str]:
        """Which calls to try again, when the query of one monitor fails and the store as such does not."""
        if isinstance(error, EngineFailure | QueryTimeout):
            self._stores.calls.engine.ping()
        keys = {f"{monitor.ref} {call.id}": call.id for call in calls}
        again = [keys[key] for key in self._queries.still(keys)]
        log_event("monitor_query_failed", monitor=monitor.ref, reason=error.reason, calls=len(calls), again=len(again))
        return again

    def _ask(self, project_id: str, wanted: Sequence[tuple[Monitor, Sequence[Call]]]) -> list[str]:
        """Commit the tasks; the ids of calls that may be part of something that has not arrived."""
        calls = {call.id: call for _, chosen in wanted for call in chosen}
        around = surroundings_of(self._stores, project_id, calls.values(), self._reader(project_id))
        allowed = {call_id: call for call_id, call in calls.items() if not around.exclusion(call)}
        unclear = {f"{project_id} {call_id}": call_id for call_id, call in allowed.items() if around.lacks(call)}
        waiting = [unclear[key] for key in self._parents.still(unclear)]
        allowed = {call_id: call for call_id, call in allowed.items() if call_id not in set(waiting)}
        decided = self._stores.ledger.triggers(project_id, list(allowed))
        for monitor, chosen in wanted:
            # Another version may have asked already, when this one was published just now and the calls come again.
            known = {call_id for call_id, trigger_ref in decided if triggered_by(monitor, trigger_ref)}
            commit_tasks(
                self._stores,
                monitor,
                live_job(monitor),
                [call.id for call in chosen if call.id in allowed and call.id not in known],
                self._settings.scoring_max_attempts,
            )
        return waiting

    def _reader(self, project_id: str) -> ReadCalls:
        def read(call_ids: Sequence[str]) -> Mapping[str, Call]:
            # What was written just now is remembered, and need not be read.
            return self._stores.calls.get_many(project_id, call_ids)

        return read


def live_job(monitor: Monitor) -> Job:
    """The job of what a version of a monitor asks for on one day, so that no job grows without end."""
    moment = now()
    job_id = ids.stable_id("monitor job", monitor.ref, f"{moment:%Y-%m-%d}")
    return Job(job_id, monitor.project_id, monitor.user_id, monitor.scorer_refs, moment, MONITOR)


def commit_tasks(stores: Stores, monitor: Monitor, job: Job, call_ids: Sequence[str], max_attempts: int) -> int:
    """Commit a task for each call and each scorer of the monitor that can be named; how many of them are new."""
    scorer_refs = scorers_of(stores, monitor)
    if not call_ids or not scorer_refs:
        return 0
    moment = now()
    asked = [
        Task(monitor.project_id, call_id, scorer_ref, monitor.user_id, moment, max_attempts, trigger_ref=monitor.ref)
        for call_id in call_ids
        for scorer_ref in scorer_refs
    ]
    return stores.ledger.ensure(job, asked)


def scorers_of(stores: Stores, monitor: Monitor) -> list[str]:
    """The scorers with their versions as digests; one whose version cannot be found is left out, and logged."""
    found: dict[str, None] = {}
    for uri in monitor.scorer_refs:
        try:
            found.setdefault(pinned_scorer(stores, uri, lambda project_id: project_id == monitor.project_id))
        except Unavailable:
            raise
        except WeftError as error:
            log_event("monitor_scorer_not_found", monitor=monitor.ref, scorer=uri, reason=error.reason)
    return list(found)


class _Patience:
    """Remembers since when something is waited for, for a bounded number of things."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._since: OrderedDict[str, float] = OrderedDict()

    def still(self, keys: Iterable[str]) -> list[str]:
        """Those that are to be waited for, still or from now on; the others are forgotten."""
        moment = time.monotonic()
        waiting: list[str] = []
        with self._lock:
            while self._since and moment - next(iter(self._since.values())) > 100 * max(self._seconds, 1.0):
                # Nobody asked about it again.
                self._since.popitem(last=False)
            for key in keys:
                since = self._since.get(key, moment if len(self._since) < _MOST_WAITING else -self._seconds)
                if moment - since >= self._seconds:
                    self._since.pop(key, None)
                else:
                    self._since[key] = since
                    waiting.append(key)
        return waiting
