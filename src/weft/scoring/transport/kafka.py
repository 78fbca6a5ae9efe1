"""Tasks that Kafka tells of, claimed by name from the ledger; a message is done when its tasks are settled.

The ledger is the truth: a message for tasks that are done, or that somebody else is doing, changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from weft.core.clock import now
from weft.scoring.transport.dead_letters import DeadLetters
from weft.scoring.transport.intake import Intake, Received
from weft.scoring.transport.line import Line, Message
from weft.scoring.transport.messages import SCORE_CALLS, TASKS
from weft.scoring.transport.polling import Polling
from weft.scoring.transport.publisher import Publisher
from weft.scoring.transport.score_requests import NotUnderstood, tasks_of
from weft.settings import Settings
from weft.storage.entities.evaluation_jobs import Plan
from weft.storage.entities.ledger import Task, Verdict
from weft.storage.stores import Stores

# Some messages ahead of the worker, each of at most some hundred tasks.
_INBOX = 64
# How long the worker looks for a task that is due before it sees to its other duties.
_LOOKING_SECONDS = 1.0
# A worker with fewer tasks than this in hand has time for those that are in other workers' lines, or in nobody's.
_FEW = 16
_OVERLOOKED = timedelta(seconds=1)


class KafkaTransport(Polling):
    """One worker's share of the topics. Used by one thread, beside the one that reads."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        super().__init__(stores.ledger, settings)
        self._stores = stores
        self._max_attempts = settings.scoring_max_attempts
        self._publisher = Publisher(settings)
        self._dead_letters = DeadLetters(self._publisher)
        self._intake = Intake(settings, (SCORE_CALLS, TASKS), _INBOX, stores.ledger.wake.set)
        self._unread: Received | None = None
        self._line = Line()
        self._held: dict[str, list[Message]] = {}
        self._in_hand: set[str] = set()
        self._looked = 0.0

    def start(self) -> None:
        """Begin reading messages."""
        self._intake.start()

    def close(self) -> None:
        """Commit what is done and leave the group."""
        self._intake.stop()
        self._publisher.close()

    @property
    def trouble(self) -> str:
        """Why no messages come; empty when they do."""
        return self._intake.trouble

    @property
    def lag(self) -> int:
        """How many messages have not been read, as of some seconds ago."""
        return self._intake.lag

    @property
    def lags(self) -> dict[str, int]:
        """The same by topic."""
        return self._intake.lags

    @property
    def dead_letters(self) -> dict[str, int]:
        """How many messages this worker put aside, by topic."""
        return dict(self._dead_letters.counts)

    def receive(self, limit: int, passing_over: Collection[str] = ()) -> list[Task]:
        """Up to `limit` due tasks, each counted as attempted. Messages are taken in the order in which they came.

        Tasks of the scorers or runs to pass over stand aside, where another worker may take them. With little to do,
        it takes from the ledger what others have not come to.
        """
        # Messages that come again name tasks that are done. Many of them are passed over in one turn of the loop: with
        # a pause after every few, new tasks would wait behind them for long.
        enough = time.monotonic() + _LOOKING_SECONDS
        claimed: list[Task] = []
        self._line.call_back(passing_over)
        while not claimed and self._line_up(limit):
            if time.monotonic() > enough:
                self._ledger.wake.set()
                break
            claimed = self._claim(limit, passing_over)
        if not claimed and len(self._in_hand) < _FEW:
            claimed = self._overlooked(min(limit, 2 * _FEW), passing_over)
        self._in_hand |= {task.id for task in claimed}
        return claimed

    def _overlooked(self, limit: int, passing_over: Collection[str]) -> list[Task]:
        """Published tasks that have been due for a while: in the line of a busy worker, or of a message that was lost.

        Partitions share messages out by their number and not by the time they take; this evens it out.
        """
        if time.monotonic() - self._looked < self._poll:
            return []
        moment = now()
        due_before = moment - _OVERLOOKED
        found = self._ledger.claim_published(self._owner, limit, due_before, moment, moment + self._lease, passing_over)
        if not found:
            self._looked = time.monotonic()
        return found

    def _line_up(self, limit: int) -> bool:
        """Read on until that many tasks are in line; whether there are any."""
        while len(self._line) < limit and self._read():
            pass
        return len(self._line) > 0

    def _claim(self, limit: int, passing_over: Collection[str]) -> list[Task]:
        """Those that are due of the next tasks in line, and take them all out of it."""
        wanted = self._line.first(limit)
        moment = now()
        named = {task_id for task_id, _ in wanted}
        crowded = self._ledger.among(named, passing_over) if passing_over else {}
        claimed = self._ledger.claim_named(self._owner, list(named - crowded.keys()), moment, moment + self._lease)
        # Only now, so that a ledger that is down makes us forget nothing.
        self._line.leave(len(wanted))
        ours = {task.id for task in claimed}
        for task_id, message in wanted:
            if task_id in crowded and self._line.stand_aside(crowded[task_id], (task_id, message)):
                continue
            message.unclaimed.discard(task_id)
            if task_id in ours:
                message.held.add(task_id)
                self._held.setdefault(task_id, []).append(message)
        self._finish(message for _, message in wanted)
        return claimed

    def settle(
        self, verdicts: Sequence[Verdict], at: datetime, run_ids: Collection[str] = (), plans: Sequence[Plan] = ()
    ) -> None:
        """Record what became of received tasks; then their messages need nothing more."""
        super().settle(verdicts, at, run_ids, plans)
        touched: list[Message] = []
        self._in_hand -= {verdict.task_id for verdict in verdicts}
        for verdict in verdicts:
            for message in self._held.pop(verdict.task_id, ()):
                message.held.discard(verdict.task_id)
                touched.append(message)
        self._finish(touched)

    def wait(self, *, heed_due: bool) -> None:  # noqa: ARG002 - when a task is due, a message tells
        """Block until there may be something to do: a message, a finished scorer, or the next look at the leases."""
        self._ledger.wake.wait(self._poll)
        self._ledger.wake.clear()

    def _read(self) -> bool:
        """Take on a message; False when there is none."""
        # Kept until it is understood: a store that is down says nothing about it.
        message = self._unread or self._intake.take()
        if message is None:
            return False
        self._unread = message
        try:
            task_ids = tasks_of(self._stores, message, self._max_attempts)
        except NotUnderstood as error:
            self._dead_letters.bury(message, str(error))
            task_ids = []
        self._unread = None
        under_way = Message(message, task_ids)
        self._line.join(under_way)
        self._finish([under_way])
        return True

    def _finish(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if message.done:
                self._intake.done(message.received)
