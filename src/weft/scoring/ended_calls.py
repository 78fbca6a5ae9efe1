"""Hands ended calls to the monitors: from the feed itself, or from Kafka, where a relay puts them.

Calls that the event store does not show yet wait in the feed. Looking at a call twice changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from weft.core.clock import as_utc, now
from weft.core.errors import WeftError
from weft.core.logging import log_event, log_failure, log_trouble
from weft.schemas.messages import CallEndedMessage
from weft.scoring.retry import STORE_DOWN, STORE_PAUSE_SECONDS
from weft.scoring.transport.dead_letters import DeadLetters
from weft.scoring.transport.intake import Intake, Received
from weft.scoring.transport.messages import CALL_ENDED
from weft.scoring.transport.publisher import Publisher
from weft.scoring.transport.score_requests import NotUnderstood, parsed
from weft.settings import Settings
from weft.storage.entities.ended_calls import EndedCall
from weft.storage.stores import Stores

# Rows taken by a process that dies are taken by another one after that.
_IN_HAND = timedelta(seconds=60)
_LOOK_AGAIN = timedelta(seconds=1)
_WITH_BROKER_SECONDS = 0.25
_LONGEST_ID = 128


class Monitors(Protocol):
    """Looks at ended calls."""

    def handle(self, project_id: str, call_ids: Sequence[str]) -> list[str]:
        """Ask for the scores that monitors want; the ids of calls that cannot be read as ended yet."""


class EndedCallFeed:
    """A thread that brings every ended call before the monitors, at least once."""

    def __init__(self, stores: Stores, settings: Settings, monitors: Monitors) -> None:
        self._stores = stores
        self._monitors = monitors
        self._at_once = settings.kafka_batch
        self._patience = timedelta(seconds=settings.scoring_missing_seconds)
        self._poll = settings.scoring_poll_seconds
        self._messages = _Messages(stores, settings) if settings.kafka_brokers is not None else None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble = ""
        self.turned = time.monotonic()

    def start(self) -> None:
        """Begin handing over."""
        if self._messages is not None:
            self._messages.start()
        self._thread = threading.Thread(target=self._run, name="ended-calls", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand; everything else stays where it is."""
        self._stopping.set()
        self._stores.ended_calls.wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._messages is not None:
            self._messages.close()

    @property
    def alive(self) -> bool:
        """Whether it has been started and not stopped."""
        return self._thread is not None

    @property
    def lag(self) -> int:
        """How many messages have not been read, as of some seconds ago."""
        return sum(self.lags.values())

    @property
    def lags(self) -> dict[str, int]:
        """The same by topic."""
        return self._messages.lags if self._messages is not None else {}

    @property
    def dead_letters(self) -> dict[str, int]:
        """How many messages this worker put aside, by topic."""
        return self._messages.dead_letters if self._messages is not None else {}

    def step(self) -> bool:
        """Hand over what is due; whether there was anything. Raises what stores raise when they are down."""
        read = self._messages.step(self._at_once, self._handle) if self._messages is not None else False
        moment = now()
        # With a broker the fresh rows are the relay's, and those that were published and not readable are ours.
        published = None if self._messages is None else True
        rows = self._stores.ended_calls.take(self._at_once, moment, moment + _IN_HAND, published)
        if rows:
            self._look_at(rows)
        return read or bool(rows)

    def _run(self) -> None:
        wake = self._stores.ended_calls.wake
        while not self._stopping.is_set():
            self.turned = time.monotonic()
            try:
                busy = self.step()
                self.trouble = self._messages.trouble if self._messages is not None else ""
            except STORE_DOWN as error:
                self._stumble(f"A store of our own is down: {error.reason}", error)
                busy = False
            except WeftError as error:
                self._stumble(error.reason, error)
                busy = False
            except Exception as error:  # noqa: BLE001 - calls must be looked at after a mistake of ours, too
                log_failure("ended_calls_failed", error)
                self._stumble("Looking at ended calls failed; see the log")
                busy = False
            if not busy:
                wake.wait(self._poll if self._messages is None else min(self._poll, _WITH_BROKER_SECONDS))
                wake.clear()

    def _stumble(self, reason: str, error: WeftError | None = None) -> None:
        if reason != self.trouble and error is not None:
            log_trouble("ended_calls_trouble", error)
        self.trouble = reason
        self._stopping.wait(STORE_PAUSE_SECONDS)

    def _look_at(self, rows: Sequence[EndedCall]) -> None:
        unseen = self._handle(rows)
        moment = now()
        later = [row for row in unseen if row.added_at is not None and moment - row.added_at < self._patience]
        self._stores.ended_calls.later([row.id for row in later], moment + _LOOK_AGAIN)
        kept = {row.id for row in later}
        given_up = len(unseen) - len(later)
        if given_up:
            log_event("ended_calls_not_found", count=given_up)
        self._stores.ended_calls.done([row.id for row in rows if row.id not in kept])

    def _handle(self, calls: Sequence[EndedCall]) -> list[EndedCall]:
        """Those of the calls that cannot be read yet."""
        by_project: dict[str, dict[str, list[EndedCall]]] = defaultdict(lambda: defaultdict(list))
        for call in calls:
            by_project[call.project_id][call.call_id].append(call)
        return [
            call
            for project_id, known in by_project.items()
            for call_id in self._unseen(project_id, list(known))
            for call in known[call_id]
        ]

    def _unseen(self, project_id: str, call_ids: Sequence[str]) -> list[str]:
        try:
            return self._monitors.handle(project_id, call_ids)
        except STORE_DOWN:
            raise
        except Exception as error:  # noqa: BLE001 - one odd call must not keep those of others waiting
            log_failure("monitors_failed", error, project_id=project_id)
            return list(call_ids)


class _Messages:
    """Ended calls that Kafka tells of. A message is done when its call was looked at, or waits in the feed."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        self._feed = stores.ended_calls
        self._publisher = Publisher(settings)
        self._dead_letters = DeadLetters(self._publisher)
        self._intake = Intake(settings, [CALL_ENDED], settings.kafka_batch * 4, stores.ended_calls.wake.set)
        self._batch: list[Received] = []

    def start(self) -> None:
        self._intake.start()

    def close(self) -> None:
        self._intake.stop()
        self._publisher.close()

    @property
    def trouble(self) -> str:
        return self._intake.trouble

    @property
    def lags(self) -> dict[str, int]:
        return self._intake.lags

    @property
    def dead_letters(self) -> dict[str, int]:
        return dict(self._dead_letters.counts)

    def step(self, at_once: int, handle: Callable[[Sequence[EndedCall]], list[EndedCall]]) -> bool:
        """Bring a batch of messages to an end. One that fails is begun again with the same messages."""
        while len(self._batch) < at_once and (message := self._intake.take()) is not None:
            self._batch.append(message)
        if not self._batch:
            return False
        ended: list[EndedCall] = []
        for message in self._batch:
            try:
                ended.append(_ended_call(parsed(message, CallEndedMessage)))
            except NotUnderstood as error:
                self._dead_letters.bury(message, str(error))
        unseen = handle(ended)
        self._feed.add(unseen, published=True, due_at=now() + _LOOK_AGAIN)
        for message in self._batch:
            self._intake.done(message)
        self._batch = []
        return True


def _ended_call(body: CallEndedMessage) -> EndedCall:
    for name, value in (("project_id", body.project_id), ("id", body.id)):
        if len(value) > _LONGEST_ID or not value.isprintable():
            raise NotUnderstood(f"{name}: this is no id")
    return EndedCall(body.project_id, body.id, as_utc(body.ended_at), added_at=now())
