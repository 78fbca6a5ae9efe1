"""What `weft doctor` says about Kafka: whether a broker answers, and whether our topics are there. Makes none."""

from __future__ import annotations

from weft.scoring.transport.kafka_client import missing_topics
from weft.settings import Settings


def examine_brokers(settings: Settings) -> str:
    """A sentence. Raises Unavailable when no broker answers, or refuses us, within seconds."""
    if settings.kafka_brokers is None:
        return "Not used: workers look into the ledger for what there is to do."
    missing = missing_topics(settings)
    if missing:
        return f"Answers; {', '.join(missing)} will be made by the first server or worker that starts."
    return "Answers, and every topic is there."
