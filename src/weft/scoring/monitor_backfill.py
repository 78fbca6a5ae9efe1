"""A back-fill as a task of the ledger: walks through past calls page by page, and asks for scores as it goes.

How far it is, is written after each page, so that whoever claims it next goes on from there; a page that is done twice
asks for nothing new. What a page is, is domain/monitor_backfills.py's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from weft.core.clock import now
from weft.core.errors import EngineFailure, NotFound, QueryTimeout, WeftError
from weft.core.identity import Project
from weft.domain.monitor_backfills import Page, count_calls, job_of, next_page
from weft.domain.monitors import Monitor, triggering_monitor
from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.monitors import commit_tasks
from weft.scoring.outcomes import NOTHING, NotAttempted, Writing
from weft.scoring.retry import CannotWork, HasToWait, ScoringFailure, WorldIsSlow
from weft.settings import Settings
from weft.storage.entities.ledger_tables import Task
from weft.storage.entities.monitor_backfills import MonitorBackfill
from weft.storage.stores import Stores

# Scores of one back-fill that are open at a time, so that those of calls that end now do not wait for it.
MOST_OPEN = 1000
_SECONDS_AT_ONCE = 2.0
_PAUSE = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Walked:
    """The end of a walk."""

    task: Task
    failure: ScoringFailure | None = None
    endpoints: Sequence[EndpointKey] = ()

    def writing(self, _stores: Stores, _state: str) -> Writing:
        """Nothing: all is written as it goes."""
        return NOTHING


@dataclass(frozen=True, slots=True)
class BackfillAttempt:
    """Walks on for a while."""

    stores: Stores
    settings: Settings
    task: Task
    endpoints: Sequence[EndpointKey] = ()
    waits: bool = True

    def run(self) -> Walked:
        """Walk until the end. Raises HasToWait when there is more to do, and other failures."""
        backfill = self._current()
        monitor = triggering_monitor(self.stores, backfill.monitor_ref)
        project = self.stores.projects.by_id(backfill.project_id)
        if monitor is None or project is None:
            raise CannotWork("The monitor does not exist any more")
        if not monitor.usable:
            raise CannotWork("; ".join(monitor.problems))
        until = time.monotonic() + _SECONDS_AT_ONCE
        if backfill.total is None:
            backfill = self._counted(project, monitor, backfill)
        while not backfill.cancelled:
            self._hold_back(backfill)
            page = self._page(project, monitor, backfill)
            self._take(monitor, backfill, page)
            if page.is_last:
                break
            backfill = self._current()
            if time.monotonic() > until:
                raise HasToWait(f"Has walked past {backfill.counts['walked']} calls", now())
        return Walked(self.task)

    def failed(self, failure: ScoringFailure) -> NotAttempted:
        """The outcome when it is not at its end."""
        return NotAttempted(self.task, failure)

    def _current(self) -> MonitorBackfill:
        backfill_id = self.task.run_id or ""
        found = self.stores.monitor_backfills.by_ids([backfill_id]).get(backfill_id)
        if found is None:
            raise CannotWork("The back-fill does not exist any more")
        return found

    def _counted(self, project: Project, monitor: Monitor, backfill: MonitorBackfill) -> MonitorBackfill:
        try:
            total = count_calls(self.stores, project, monitor, backfill)
        except QueryTimeout:
            # Then nobody knows how much there is to do, which is no reason not to begin.
            return backfill
        self.stores.monitor_backfills.set_total(backfill.id, total)
        return replace(backfill, total=total)

    def _hold_back(self, backfill: MonitorBackfill) -> None:
        if not backfill.dry_run and self.stores.ledger.open_of(backfill.id, MOST_OPEN) >= MOST_OPEN:
            raise HasToWait(f"Waits: {MOST_OPEN} of its scores are under way", now() + _PAUSE)

    def _page(self, project: Project, monitor: Monitor, backfill: MonitorBackfill) -> Page:
        try:
            return next_page(self.stores, project, monitor, backfill)
        except (EngineFailure, QueryTimeout) as error:
            self.stores.calls.engine.ping()
            # The store answers, but not this.
            raise WorldIsSlow(f"The past calls cannot be read: {error.reason}") from error
        except NotFound as error:
            raise CannotWork(error.reason) from error
        except WeftError as error:
            if error.status < 500:
                raise CannotWork(error.reason) from error
            raise

    def _take(self, monitor: Monitor, backfill: MonitorBackfill, page: Page) -> None:
        if not page.calls:
            return
        queued = 0
        if not backfill.dry_run:
            most = self.settings.scoring_max_attempts
            queued = commit_tasks(self.stores, monitor, job_of(backfill, monitor), page.chosen, most)
        counted = {
            "walked": len(page.calls),
            "not_sampled": page.not_sampled,
            "excluded": page.excluded,
            "chosen": len(page.chosen),
            "queued": queued,
        }
        last = page.calls[-1]
        self.stores.monitor_backfills.advance(backfill, last.started_at, last.id, counted)
