"""Messages that cannot be understood, kept in a topic of their own with the reason and where they came from."""

from __future__ import annotations

from collections import Counter

from weft.core.errors import Unavailable
from weft.core.logging import log_event
from weft.scoring.transport.intake import Received
from weft.scoring.transport.messages import Outgoing, dead_letter_topic
from weft.scoring.transport.publisher import Publisher

_LONGEST_VALUE = 512 * 1024
_LONGEST_REASON = 500


class DeadLetters:
    """Sends them there. What is longer than half a MiB is cut, and says so."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self.counts: Counter[str] = Counter()

    def bury(self, message: Received, reason: str) -> None:
        """Keep the message aside; raises Unavailable when that is not possible now."""
        value = message.value or b""
        headers = [
            ("reason", reason[:_LONGEST_REASON].encode("utf-8", "replace")),
            ("origin-topic", message.topic.encode()),
            ("origin-partition", str(message.partition).encode()),
            ("origin-offset", str(message.offset).encode()),
            ("origin-time-ms", str(message.at_ms).encode()),
            *((("cut-from-bytes", str(len(value)).encode()),) if len(value) > _LONGEST_VALUE else ()),
        ]
        key = (message.key or b"")[:1000].decode("utf-8", "replace")
        letter = Outgoing(dead_letter_topic(message.topic), key, value[:_LONGEST_VALUE], (), headers)
        if failed := self._publisher.send([letter]):
            raise Unavailable(f"Kafka does not take a message aside: {failed[0]}")
        self.counts[message.topic] += 1
        # The reason may quote the message, and is in its header.
        log_event("message_put_aside", topic=message.topic, partition=message.partition, offset=message.offset)

    @property
    def count(self) -> int:
        """How many it was."""
        return self.counts.total()
