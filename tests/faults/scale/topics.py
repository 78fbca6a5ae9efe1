"""What a foreign client of Kafka sees and sends: the messages of a topic, requests for scores, and any bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from tests.faults.scale.workload import Workload, portions
from tests.services.kafka_broker import KafkaBroker

SCORE_CALLS = "weave.score_calls"
CALL_ENDED = "weave.call_ended"
TASKS = "weft.tasks"

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it lies in a topic."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def dead_letter_topic(topic: str) -> str:
    """Where messages of the topic go that cannot be understood."""
    return f"{topic}.dead_letter"


def foreign_messages(work: Workload, calls: Sequence[str]) -> list[Written]:
    """Requests for their scores, as another producer that knows the contract writes them."""
    return [
        Written(SCORE_CALLS, work.internal.encode(), json.dumps(score_request(work, some)).encode(), ())
        for some in portions(calls, 100)
    ]


def score_request(work: Workload, calls: Sequence[str]) -> dict[str, Any]:
    """The value of such a message."""
    return {
        "project_id": work.internal,
        "call_ids": list(calls),
        "scorer_refs": [work.internal_scorer],
        "wb_user_id": "somebody",
    }


def read_all(broker: KafkaBroker, topic: str) -> list[Written]:
    """Every message of a topic, as of now."""
    reading: dict[str, Any] = {"group.id": "onlooker", "enable.auto.commit": False, "enable.partition.eof": False}
    consumer = Consumer(broker.client_settings | reading)
    try:
        partitions = consumer.list_topics(topic, timeout=60).topics[topic].partitions
        ends = {}
        for number in partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=60)
            if high > low:
                ends[number] = (low, high)
        consumer.assign([TopicPartition(topic, number, low) for number, (low, _) in ends.items()])
        return _read_up_to(consumer, topic, {number: high for number, (_, high) in ends.items()})
    finally:
        consumer.close()


def all_done(broker: KafkaBroker, topic: str, group: str) -> bool:
    """Whether the group has committed every message of the topic."""
    consumer = Consumer({**broker.client_settings, "group.id": group})
    try:
        partitions = consumer.list_topics(topic, timeout=60).topics[topic].partitions
        places = consumer.committed([TopicPartition(topic, number) for number in partitions], timeout=60)
        ends = [consumer.get_watermark_offsets(place, timeout=60)[1] for place in places]
        return all(max(place.offset, 0) >= end for place, end in zip(places, ends, strict=True))
    finally:
        consumer.close()


def _read_up_to(consumer: Consumer, topic: str, ends: dict[int, int]) -> list[Written]:
    found = []
    deadline = time.monotonic() + 240
    while ends:
        if time.monotonic() > deadline:
            raise AssertionError(f"{topic} cannot be read to its end: {ends}")
        message = consumer.poll(1)
        if message is None or message.error() is not None:
            continue
        found.append(_written(topic, message))
        number, offset = message.partition(), message.offset()
        if number is not None and offset is not None and offset + 1 >= ends.get(number, 0):
            ends.pop(number, None)
    return found


def _written(topic: str, message: Message) -> Written:
    headers: Any = message.headers() or []
    return Written(topic, message.key(), message.value(), [(name, value or b"") for name, value in headers])


def write_all(broker: KafkaBroker, messages: Iterable[Written]) -> int:
    """Send messages as they are and wait until the broker has them; how many."""
    producer = Producer(broker.client_settings | {"message.max.bytes": 1_000_000, "linger.ms": 5})
    sent = 0
    for message in messages:
        # Absent ones must be absent: the client takes None for the value "None" in headers.
        producer.produce(message.topic, message.value, message.key, headers=list(message.headers) or None)
        sent += 1
    if producer.flush(240):
        raise KafkaException("Messages were not delivered")
    return sent
