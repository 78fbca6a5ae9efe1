"""Real services, started when a test first asks for one, and shared by the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.kafka_broker import KafkaBroker


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A Kafka broker. Use topics and consumer groups of your own, and leave it running."""
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
