"""Sending messages so that the brokers have them: nothing counts as sent before all in-sync copies are written."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from weft.scoring.transport.kafka_client import client_logger, connection, topic_name, words
from weft.scoring.transport.messages import Outgoing
from weft.settings import Settings

_SPARE_SECONDS = 5.0


class Publisher:
    """An idempotent producer, made when it is first needed and made anew after a fatal error. Safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seconds = settings.kafka_message_timeout_seconds
        self._lock = threading.Lock()
        self._producer: Producer | None = None

    def send(self, messages: Sequence[Outgoing]) -> dict[int, str]:
        """Send all of them and wait; why those at the given indexes did not arrive."""
        with self._lock:
            producer = self._open()
            pending = set(range(len(messages)))
            failed: dict[int, str] = {}
            for index, message in enumerate(messages):
                try:
                    self._produce(producer, message, index, pending, failed)
                except (KafkaException, BufferError) as error:
                    pending.discard(index)
                    failed[index] = words(error) if isinstance(error, KafkaException) else "The buffer is full"
            deadline = time.monotonic() + self._seconds + _SPARE_SECONDS
            while pending and time.monotonic() < deadline:
                producer.poll(0.05)
            # Late ones may still arrive, which is a duplicate and no harm.
            failed |= dict.fromkeys(pending, "No answer in time")
            return failed

    def close(self) -> None:
        """Let go of the brokers."""
        with self._lock:
            if self._producer is not None:
                self._producer.flush(0)
                self._producer = None

    def _open(self) -> Producer:
        if self._producer is None:
            timeout = max(int(self._seconds * 1000), 100)
            self._producer = Producer(
                {
                    **connection(self._settings),
                    "acks": "all",
                    "enable.idempotence": True,
                    "linger.ms": 5,
                    "compression.type": "lz4",
                    "message.timeout.ms": timeout,
                    "request.timeout.ms": min(5000, timeout),
                    "queue.buffering.max.messages": 100_000,
                    "message.max.bytes": 1_000_000,
                },
                logger=client_logger(),
            )
        return self._producer

    def _produce(
        self, producer: Producer, message: Outgoing, index: int, pending: set[int], failed: dict[int, str]
    ) -> None:
        def told(error: KafkaError | None, _message: Message) -> None:
            pending.discard(index)
            if error is not None:
                failed[index] = words(error)
                if error.fatal():
                    self._producer = None

        topic = topic_name(self._settings, message.topic)
        for _ in range(2):
            try:
                producer.produce(topic, message.value, message.key, on_delivery=told, headers=list(message.headers))
                producer.poll(0)
                return
            except BufferError:
                # What is waiting has to leave first.
                producer.flush(self._seconds)
        raise BufferError
