"""The connection to Kafka: settings as librdkafka spells them, and the topics we need. Knows no message."""

from __future__ import annotations

import logging
import socket
from collections.abc import Collection
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from weft.core.errors import Unavailable
from weft.core.logging import log_event
from weft.scoring.transport.messages import TOPICS, dead_letter_topic
from weft.settings import Settings

_ADMIN_SECONDS = 10.0
_WEEK_MS = 7 * 24 * 3600 * 1000
# The client's own log lines come through our log, as what went wrong; its debugging goes nowhere.
_silent = logging.getLogger("weft.kafka")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def connection(settings: Settings) -> dict[str, Any]:
    """How to reach the brokers."""
    config: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_brokers,
        "client.id": f"weft-{socket.gethostname()}",
        "security.protocol": settings.kafka_security_protocol,
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2000,
    }
    if settings.kafka_security_protocol.startswith("SASL"):
        password = settings.kafka_sasl_password
        config |= {
            "sasl.mechanisms": settings.kafka_sasl_mechanism,
            "sasl.username": settings.kafka_sasl_username or "",
            "sasl.password": password.get_secret_value() if password else "",
        }
    files = {
        "ssl.ca.location": settings.kafka_ssl_ca,
        "ssl.certificate.location": settings.kafka_ssl_certificate,
        "ssl.key.location": settings.kafka_ssl_key,
    }
    return config | {name: str(path) for name, path in files.items() if path is not None}


def client_logger() -> logging.Logger:
    """Where the client may write."""
    return _silent


def _known(admin: AdminClient) -> Collection[str]:
    try:
        return set(admin.list_topics(timeout=_ADMIN_SECONDS).topics)
    except KafkaException as error:
        raise Unavailable(f"Kafka cannot be reached: {words(error)}") from error


def topic_name(settings: Settings, topic: str) -> str:
    """The topic as the brokers know it."""
    return f"{settings.kafka_topic_prefix}{topic}"


def missing_topics(settings: Settings) -> list[str]:
    """The names of our topics that are not there. Raises Unavailable when no broker answers."""
    try:
        admin = AdminClient(connection(settings), logger=client_logger())
    except KafkaException as error:
        raise Unavailable(f"Kafka cannot be reached: {words(error)}") from error
    known = _known(admin)
    return [topic.topic for topic in _wanted(settings) if topic.topic not in known]


def make_topics(settings: Settings) -> None:
    """Make the topics that are missing. Raises Unavailable when no broker answers.

    A client that may not make topics leaves that to the operator.
    """
    admin = AdminClient(connection(settings), logger=client_logger())
    known = _known(admin)
    missing = [topic for topic in _wanted(settings) if topic.topic not in known]
    if not missing:
        return
    for name, future in admin.create_topics(missing, request_timeout=_ADMIN_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                log_event("kafka_topic_not_made", topic=name, reason=words(error))


def words(error: KafkaException | KafkaError) -> str:
    """The error as a phrase."""
    found = error.args[0] if isinstance(error, KafkaException) else error
    return found.str() if isinstance(found, KafkaError) else str(found)


def _wanted(settings: Settings) -> list[NewTopic]:
    copies = settings.kafka_replication
    topics = [
        NewTopic(topic_name(settings, topic), num_partitions=settings.kafka_partitions, replication_factor=copies)
        for topic in TOPICS
    ]
    capped = {"retention.bytes": str(settings.kafka_dead_letter_bytes), "retention.ms": str(_WEEK_MS)}
    dead = [
        NewTopic(
            topic_name(settings, dead_letter_topic(topic)), num_partitions=1, replication_factor=copies, config=capped
        )
        for topic in TOPICS
    ]
    return [*topics, *dead]
