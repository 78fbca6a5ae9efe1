"""Another program on the same Kafka: reads what Weft publishes, and asks for scores in the contract's shape."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from weft.core.ids import new_id


class KafkaPeer:
    """Plain clients of one broker."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix

    def send(self, topic: str, value: bytes | None, key: str = "") -> None:
        """Send a message and wait until the broker has it."""
        producer = Producer({"bootstrap.servers": self._bootstrap})
        producer.produce(self._prefix + topic, value, key)
        assert producer.flush(30) == 0

    def read(self, topic: str, enough: Callable[[list[Message]], bool], seconds: float = 60) -> list[Message]:
        """Every message of a topic, until there are enough."""
        consumer = Consumer({"bootstrap.servers": self._bootstrap, "group.id": new_id(), "enable.auto.commit": False})
        name = self._prefix + topic
        partitions = consumer.list_topics(name, timeout=30).topics[name].partitions
        consumer.assign([TopicPartition(name, number, 0) for number in partitions])
        found: list[Message] = []
        deadline = time.monotonic() + seconds
        while not enough(found) and time.monotonic() < deadline:
            found += [message for message in consumer.consume(100, 0.5) if message.error() is None]
        consumer.close()
        return found

    def committed(self, topic: str, group: str) -> dict[int, tuple[int, int]]:
        """For each partition: where the group goes on, and where the partition ends."""
        consumer = Consumer({"bootstrap.servers": self._bootstrap, "group.id": self._prefix + group})
        name = self._prefix + topic
        numbers = consumer.list_topics(name, timeout=30).topics[name].partitions
        places = consumer.committed([TopicPartition(name, number) for number in numbers], timeout=30)
        found = {
            place.partition: (max(place.offset, 0), consumer.get_watermark_offsets(place, timeout=30)[1])
            for place in places
        }
        consumer.close()
        return found


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    """The first true answer; fails when time runs out."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
