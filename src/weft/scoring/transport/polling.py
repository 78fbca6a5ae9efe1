"""Tasks straight from the ledger: claimed under a lease, renewed while worked on, free again when their worker died."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from weft.core import ids
from weft.core.clock import now
from weft.settings import Settings
from weft.storage.entities.evaluation_jobs import Plan
from weft.storage.entities.ledger import LedgerStore, Task, Verdict

_RENEWALS_PER_LEASE = 3


class Polling:
    """One worker's view of the ledger. Used by one thread."""

    def __init__(self, ledger: LedgerStore, settings: Settings) -> None:
        self._ledger = ledger
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{ids.new_id()[-12:]}"
        self._lease = timedelta(seconds=settings.scoring_lease_seconds)
        self._poll = settings.scoring_poll_seconds
        self._renewed = 0.0
        self._lapsed = False
        self._next_look = 0.0
        # Only one process can own an embedded store, so whatever it finds running at its start is nobody's.
        self._orphans = settings.embedded

    @property
    def trouble(self) -> str:
        """Why no tasks come; empty when they do. Troubles of the ledger are raised instead."""
        return ""

    @property
    def lag(self) -> int:
        """How many messages have not been read, as of some seconds ago."""
        return 0

    @property
    def lags(self) -> dict[str, int]:
        """The same by topic."""
        return {}

    @property
    def dead_letters(self) -> dict[str, int]:
        """How many messages this worker put aside, by topic."""
        return {}

    def start(self) -> None:
        """Nothing has to be opened."""

    def close(self) -> None:
        """Nothing has to be closed."""

    @property
    def owner(self) -> str:
        """This worker, as its leases name it."""
        return self._owner

    def receive(self, limit: int, passing_over: Collection[str] = ()) -> list[Task]:
        """Up to `limit` due tasks, each counted as attempted, but for those of the scorers or runs to pass over."""
        # Looking past many that wait takes a while: at most a tenth of the time is spent on it.
        if passing_over and time.monotonic() < self._next_look:
            return []
        moment, began = now(), time.monotonic()
        tasks = self._ledger.claim(self._owner, limit, moment, moment + self._lease, passing_over)
        if passing_over and not tasks:
            self._next_look = time.monotonic() + 10 * (time.monotonic() - began)
        return tasks

    def settle(
        self, verdicts: Sequence[Verdict], at: datetime, run_ids: Collection[str] = (), plans: Sequence[Plan] = ()
    ) -> None:
        """Record what became of received tasks; `run_ids` are the runs they belong to, `plans` what they consist of."""
        self._ledger.settle(self._owner, verdicts, at, run_ids, plans)

    def postpone(self, alike: Task, until: datetime, reason: str) -> None:
        """Let waiting tasks like this one wait until then."""
        self._ledger.postpone(alike, until, reason)

    def keep_alive(self, holding: bool) -> None:
        """Renew what is held and free what dead workers held; cheap when called often."""
        if self._orphans:
            self._ledger.reclaim(now(), everything=True)
            self._orphans = False
        moment = time.monotonic()
        if moment - self._renewed < self._lease.total_seconds() / _RENEWALS_PER_LEASE:
            return
        self._lapsed = holding and self._may_have_lapsed()
        if holding:
            self._ledger.renew(self._owner, now() + self._lease)
        self._ledger.reclaim(now())
        self._renewed = moment

    def still_ours(self, task_ids: Collection[str]) -> Collection[str]:
        """Those of the tasks that have not gone to another worker while this one stood still."""
        if not self._may_have_lapsed():
            return task_ids
        held = self._ledger.held(self._owner)
        return [task_id for task_id in task_ids if task_id in held]

    def _may_have_lapsed(self) -> bool:
        """Whether a lease on something that is held may have run out, now or before the last renewal."""
        return self._lapsed or time.monotonic() - self._renewed >= self._lease.total_seconds()

    def wait(self, *, heed_due: bool) -> None:
        """Block until there may be something to do: news, the next look, or (if it matters now) a due task."""
        pause = self._poll
        due = self._ledger.next_due() if heed_due else None
        if due is not None:
            pause = min(pause, (due - now()).total_seconds())
        if pause > 0:
            self._ledger.wake.wait(pause)
        self._ledger.wake.clear()

    def interrupt(self) -> None:
        """End a wait now."""
        self._ledger.wake.set()
