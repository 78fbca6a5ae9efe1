"""The one decision table: what becomes of a task after an attempt that gave no score.

| failure               | example                                            | what happens                          |
|-----------------------|----------------------------------------------------|---------------------------------------|
| `CannotWork`          | call deleted, scorer refuses the input, bad scorer | `failed` with the reason              |
| `WorldIsSlow`         | timeout, 429, 5xx of an LLM or remote scorer       | back-off, then `failed` as exhausted  |
| `NotThereYet`         | call or scorer not arrived, call not ended         | wait without using up attempts        |
| our own store is down | `Unavailable`, `EngineFailure`, `QueryTimeout`     | no verdict: kept or given back, later |
| everything fails      | many failed tries in a row                         | breakers.py: stop and say so          |
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from weft.core.errors import EngineFailure, QueryTimeout, Unavailable
from weft.domain.score_writing import ModelCall
from weft.scoring.endpoint_keys import EndpointKey
from weft.settings import Settings
from weft.storage.entities.ledger_tables import Task, Verdict

STORE_DOWN = (Unavailable, EngineFailure, QueryTimeout)
"""Errors that say nothing about the task that met them."""

STORE_PAUSE_SECONDS = 1.0
LONGEST_REASON = 1000


class ScoringFailure(Exception):
    """An attempt gave no score; `error_type` is the exception's name in the trace, `model_call` what was tried.

    `endpoint` is the LLM endpoint to blame, if there is one.
    """

    endpoint: EndpointKey | None = None

    def __init__(self, reason: str, error_type: str = "RuntimeError", model_call: ModelCall | None = None) -> None:
        super().__init__(reason)
        # A provider's words may hold what no store can keep.
        self.reason = reason[:LONGEST_REASON].encode("utf-8", "replace").decode().replace("\0", "")
        self.error_type = error_type
        self.model_call = model_call


class CannotWork(ScoringFailure):
    """Trying again would fail again. `deploy` marks what ails every task alike, such as a refused key."""

    deploy = False


class BadDeploy(CannotWork):
    """Nothing is wrong with the task: this server is not set up to do it."""

    deploy = True


class WorldIsSlow(ScoringFailure):
    """Something outside may answer later, perhaps after `retry_after` seconds; at most `most_attempts` are worth it.

    `rate_limited`: it works, and was asked more than it allows.
    """

    retry_after: float | None = None
    rate_limited = False
    most_attempts: int | None = None


class OwnMistake(WorldIsSlow):
    """The worker itself went wrong; it may have been a matter of chance."""


class NotThereYet(ScoringFailure):
    """What the task needs may still arrive; `patience` says how many seconds after the request to give up."""

    def __init__(self, reason: str, patience: float) -> None:
        super().__init__(reason)
        self.patience = patience


class StoreIsDown(ScoringFailure):
    """A store of our own did not answer, which says nothing about the task."""


class HasToWait(ScoringFailure):
    """The task was not tried, and is to wait until then: what it asks is known to be dead."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.until = until


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double, with jitter so that tasks which failed together do not come back together.

    One that was asked for may be longer than `longest`, up to `longest_asked`.
    """

    first: float
    longest: float
    longest_asked: float = 3600.0

    def seconds(self, attempt: int, asked: float = 0.0) -> float:
        """The pause after that attempt, counted from 1."""
        pause = min(self.longest, self.first * 2.0 ** min(attempt - 1, 40))
        return max(pause * random.uniform(0.5, 1.0), min(asked, self.longest_asked))


def backoff_of(settings: Settings) -> Backoff:
    """The pauses that the operator chose."""
    return Backoff(
        settings.scoring_backoff_seconds, settings.scoring_backoff_max_seconds, settings.scoring_retry_after_max_seconds
    )


def decide(failure: ScoringFailure, task: Task, backoff: Backoff, at: datetime) -> Verdict:
    """What becomes of the task."""
    if isinstance(failure, NotThereYet):
        return _wait(failure, task, backoff, at)
    if isinstance(failure, HasToWait):
        return give_back(task, at, (failure.until - at).total_seconds(), failure.reason)
    if isinstance(failure, StoreIsDown):
        return give_back(task, at, STORE_PAUSE_SECONDS, failure.reason)
    if isinstance(failure, WorldIsSlow):
        most = min(task.max_attempts, failure.most_attempts or task.max_attempts)
        if task.attempts < most:
            pause = backoff.seconds(task.attempts, failure.retry_after or 0.0)
            return Verdict(task.id, "retrying", failure.reason, at + timedelta(seconds=pause))
        return Verdict(task.id, "failed", f"Exhausted after {task.attempts} attempts: {failure.reason}")
    return Verdict(task.id, "failed", failure.reason)


def give_back(task: Task, at: datetime, pause: float, reason: str) -> Verdict:
    """The task as if it had not been claimed, to be tried after a pause."""
    state = "retrying" if task.attempts > 1 else "queued"
    return Verdict(task.id, state, reason, at + timedelta(seconds=pause), uncounted=True)


def _wait(failure: NotThereYet, task: Task, backoff: Backoff, at: datetime) -> Verdict:
    waited = (at - task.asked_at).total_seconds()
    if waited >= failure.patience:
        return Verdict(task.id, "failed", failure.reason)
    # Waits grow with the time already waited: soon at first, and rarely for a call that runs for hours.
    pause = min(max(backoff.first * 0.5, waited * 0.5), backoff.longest, failure.patience - waited)
    return give_back(task, at, pause * random.uniform(0.8, 1.0), failure.reason)
