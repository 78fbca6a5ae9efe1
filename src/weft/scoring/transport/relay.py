"""Tells Kafka what the ledger and the feed of ended calls hold: rows are committed first and published after that.

Any number of relays may run, in servers and in workers; each row is published by one of them, and again when it was
not delivered, or when nothing came of it.
"""

from __future__ import annotations

import threading
from datetime import timedelta

from weft.core.clock import now
from weft.core.errors import WeftError
from weft.core.logging import log_event, log_failure
from weft.scoring.transport.kafka_client import make_topics
from weft.scoring.transport.messages import ended_message, task_messages
from weft.scoring.transport.publisher import Publisher
from weft.settings import Settings
from weft.storage.stores import Stores

_AT_ONCE = 5000
# Longer than any delivery takes: until then nobody else publishes what a relay has in its hands.
_IN_HAND = timedelta(seconds=60)
_TROUBLE_SECONDS = 1.0


class Relay:
    """A thread that publishes what is due until it is stopped."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        self._stores = stores
        self._settings = settings
        self._publisher = Publisher(settings)
        self._known = timedelta(seconds=settings.kafka_republish_seconds)
        self._in_hand = max(_IN_HAND, timedelta(seconds=settings.kafka_message_timeout_seconds * 3))
        self._topics_made = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble = ""
        self.published = 0

    def start(self) -> None:
        """Begin publishing."""
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand; everything else stays where it is."""
        self._stopping.set()
        self._stores.publishing.news.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._publisher.close()

    def step(self) -> int:
        """Publish what is due now; how many tasks and ended calls that was. Raises what stores and brokers raise."""
        if not self._topics_made:
            make_topics(self._settings)
            self._topics_made = True
        return self._publish_tasks() + self._publish_ended()

    def _run(self) -> None:
        while not self._stopping.is_set():
            news = self._stores.publishing.news
            news.clear()
            try:
                busy = self.step()
            except WeftError as error:
                self._stumble(error.reason)
                busy = 0
            except Exception as error:  # noqa: BLE001 - publishing must go on after a mistake of ours, too
                log_failure("relay_failed", error)
                self._stumble("The relay met an error of its own; see its log")
                busy = 0
            if self.trouble:
                self._stopping.wait(_TROUBLE_SECONDS)
            elif not busy:
                news.wait(self._settings.scoring_poll_seconds)

    def _stumble(self, reason: str) -> None:
        if reason != self.trouble:
            log_event("relay_trouble", reason=reason)
        self.trouble = reason

    def _publish_tasks(self) -> int:
        moment = now()
        tasks = self._stores.publishing.take(_AT_ONCE, moment, moment + self._in_hand)
        if not tasks:
            self.trouble = ""
            return 0
        messages = task_messages(tasks, self._settings.kafka_project_buckets)
        failed = self._publisher.send(messages)
        undelivered = [str(known) for index in failed for known in messages[index].about]
        lost = set(undelivered)
        delivered = [task.id for task in tasks if task.id not in lost]
        # First those that nobody has been told of: with the store gone in between, they would wait for long.
        self._stores.publishing.undelivered(undelivered)
        self._stores.publishing.delivered(delivered, now() + self._known)
        return self._told(len(delivered), failed)

    def _publish_ended(self) -> int:
        moment = now()
        feed = self._stores.ended_calls
        calls = feed.take(_AT_ONCE, moment, moment + self._in_hand, published=False)
        if not calls:
            return 0
        messages = [ended_message(call, self._settings.kafka_project_buckets) for call in calls]
        failed = self._publisher.send(messages)
        feed.later([calls[index].id for index in failed], now())
        delivered = [call.id for index, call in enumerate(calls) if index not in failed]
        feed.done(delivered)
        return self._told(len(delivered), failed)

    def _told(self, delivered: int, failed: dict[int, str]) -> int:
        self.published += delivered
        if failed:
            self._stumble(f"Kafka does not take messages: {next(iter(failed.values()))}")
        else:
            self.trouble = ""
        return delivered
