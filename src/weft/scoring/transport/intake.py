"""Messages from Kafka in a bounded inbox, read by a thread of its own; offsets are committed when messages are done.

The thread keeps polling whatever its reader does, so that a busy worker stays in its group; a full inbox pauses the
partitions. What a message means is its reader's.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from weft.core.errors import WeftError
from weft.core.logging import log_event, log_failure
from weft.scoring.transport.kafka_client import client_logger, connection, make_topics, topic_name, words
from weft.scoring.transport.offsets import Offsets, Partition
from weft.settings import Settings

_POLL_SECONDS = 0.2
_RETRY_SECONDS = 1.0
_AT_ONCE = 100
_LAG_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came. `generation` tells for which assignment of its partition."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, object]
    at_ms: int
    generation: int = field(compare=False, default=0)


class Intake:
    """One consumer of some topics. `arrived` is called from its thread when there is something to take."""

    def __init__(self, settings: Settings, topics: Sequence[str], capacity: int, arrived: Callable[[], None]) -> None:
        self._settings = settings
        self._names = {topic_name(settings, topic): topic for topic in topics}
        self._capacity = capacity
        self._arrived = arrived
        self._lock = threading.Lock()
        self._inbox: deque[Received] = deque()
        self._offsets = Offsets()
        self._generations: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lag: dict[Partition, int] = {}
        self._lag_seen = 0.0
        self._refusal = ""
        self.trouble = ""

    def start(self) -> None:
        """Begin reading."""
        self._thread = threading.Thread(target=self._run, name="kafka-intake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Commit what is done and leave the group; what is not done goes to another consumer."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def take(self) -> Received | None:
        """The next message, if there is one."""
        with self._lock:
            return self._inbox.popleft() if self._inbox else None

    def done(self, message: Received) -> None:
        """The message needs nothing more."""
        with self._lock:
            partition = (message.topic, message.partition)
            if self._generations.get(partition) == message.generation:
                self._offsets.done(partition, message.offset)

    @property
    def lag(self) -> int:
        """How many messages of our partitions have not been read, as of some seconds ago."""
        return sum(self.lags.values())

    @property
    def lags(self) -> dict[str, int]:
        """The same by topic, also of those of whose partitions we have none."""
        known = self._lag
        return {
            topic: sum(count for (named, _), count in known.items() if named == name)
            for name, topic in self._names.items()
        }

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                make_topics(self._settings)
                self._consume()
            except WeftError as error:
                self._rest(error.reason)
            except KafkaException as error:
                self._rest(f"Kafka cannot be read: {words(error)}")
            except Exception as error:  # noqa: BLE001 - reading must go on after a mistake of ours, too
                log_failure("kafka_intake_failed", error)
                self._rest("Reading from Kafka failed; see the log")

    def _rest(self, reason: str) -> None:
        if reason != self.trouble:
            log_event("kafka_trouble", reason=reason)
        self.trouble = reason
        self._stopping.wait(_RETRY_SECONDS)

    def _consume(self) -> None:
        session = int(self._settings.kafka_session_seconds * 1000)
        consumer = Consumer(
            {
                **connection(self._settings),
                "group.id": self._settings.kafka_topic_prefix + self._settings.kafka_group,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": session,
                "heartbeat.interval.ms": min(3_000, session // 5),
                "queued.max.messages.kbytes": 16_384,
                "error_cb": self._told,
                "on_commit": self._answered,
            },
            logger=client_logger(),
        )
        try:
            consumer.subscribe(list(self._names), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
            while not self._stopping.is_set():
                self._turn(consumer)
        finally:
            try:
                self._commit(consumer, wait=True)
            finally:
                consumer.close()
                self._forget_all()

    def _turn(self, consumer: Consumer) -> None:
        messages = consumer.consume(_AT_ONCE, _POLL_SECONDS)
        for message in messages:
            self._received(message)
        if messages:
            self._arrived()
        self._hold_back(consumer)
        self._commit(consumer, wait=False)
        self._measure(consumer)

    def _received(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() != KafkaError._PARTITION_EOF:
                self.trouble = f"Kafka cannot be read: {words(error)}"
            return
        self.trouble = ""
        topic, number, offset = self._names[message.topic() or ""], message.partition() or 0, message.offset() or 0
        headers = dict(message.headers() or ())
        with self._lock:
            generation = self._generations.setdefault((topic, number), 0)
            self._offsets.received((topic, number), offset)
            self._inbox.append(
                Received(
                    topic, number, offset, message.key(), message.value(), headers, message.timestamp()[1], generation
                )
            )

    def _hold_back(self, consumer: Consumer) -> None:
        """Pause what comes while the inbox is full; messages already on their way to us still arrive."""
        waiting = len(self._inbox)
        if waiting >= self._capacity:
            assigned = [part for part in consumer.assignment() if (part.topic, part.partition) not in self._paused]
            if assigned:
                consumer.pause(assigned)
                self._paused |= {(part.topic, part.partition) for part in assigned}
        elif self._paused and waiting <= self._capacity // 2:
            ours = [part for part in consumer.assignment() if (part.topic, part.partition) in self._paused]
            if ours:
                consumer.resume(ours)
            self._paused.clear()

    def _commit(self, consumer: Consumer, wait: bool) -> None:
        with self._lock:
            offsets = self._offsets.committable()
        if not offsets:
            return
        wanted = [
            TopicPartition(topic_name(self._settings, topic), number, at) for (topic, number), at in offsets.items()
        ]
        try:
            if wait:
                consumer.commit(offsets=wanted, asynchronous=False)
            else:
                consumer.commit(offsets=wanted, asynchronous=True)
        except KafkaException as error:
            # Not lost: whoever reads these messages again finds their tasks done.
            log_event("kafka_commit_failed", reason=words(error))
            return
        with self._lock:
            self._offsets.committed(offsets)

    def _answered(self, error: KafkaError | None, parts: list[TopicPartition]) -> None:
        """What the broker says of a commit that nobody waited for: one that met a rebalance has to be sent again."""
        refused = [part for part in parts if error is not None or part.error is not None]
        with self._lock:
            for part in refused:
                self._offsets.refused(self._key(part))
        refusal = str(error or refused[0].error) if refused else ""
        if refusal not in ("", self._refusal):
            log_event("kafka_commit_failed", reason=refusal)
        self._refusal = refusal

    def _measure(self, consumer: Consumer) -> None:
        if time.monotonic() - self._lag_seen < _LAG_SECONDS:
            return
        self._lag_seen = time.monotonic()
        if self.trouble:
            # Nothing else tells that the brokers are back while there are no messages.
            consumer.list_topics(next(iter(self._names)), timeout=_RETRY_SECONDS)
            self.trouble = ""
        lag: dict[Partition, int] = {}
        for part in consumer.position(consumer.assignment()):
            _low, high = consumer.get_watermark_offsets(part, cached=True)
            if high >= 0:
                lag[part.topic, part.partition] = max(0, high - max(part.offset, 0))
        self._lag = lag

    def _assigned(self, _consumer: Consumer, parts: list[TopicPartition]) -> None:
        self.trouble = ""
        with self._lock:
            for partition in map(self._key, parts):
                self._generations[partition] = self._generations.get(partition, 0) + 1
                self._offsets.drop(partition)

    def _revoked(self, consumer: Consumer, parts: list[TopicPartition]) -> None:
        self._commit(consumer, wait=True)
        self._lost(consumer, parts)

    def _lost(self, _consumer: Consumer, parts: list[TopicPartition]) -> None:
        self._forget({self._key(part) for part in parts})

    def _forget_all(self) -> None:
        self._forget(set(self._generations))

    def _forget(self, gone: set[Partition]) -> None:
        """Partitions that went to somebody else, who gets their messages; what was begun of them here goes on."""
        with self._lock:
            for partition in gone:
                self._generations[partition] = self._generations.get(partition, 0) + 1
                self._offsets.drop(partition)
            self._inbox = deque(kept for kept in self._inbox if (kept.topic, kept.partition) not in gone)
            self._paused -= {(topic_name(self._settings, topic), number) for topic, number in gone}

    def _key(self, part: TopicPartition) -> Partition:
        return self._names[part.topic], part.partition

    def _told(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.trouble = f"Kafka cannot be reached: {words(error)}"
