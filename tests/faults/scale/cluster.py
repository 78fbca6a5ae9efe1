"""A whole installation on one machine: PostgreSQL, the event engine over HTTP, Kafka, two servers, and any workers.

Everything is a real process and is told of the others by environment variables only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg

from tests.faults.scale.weft_process import WeftProcess
from tests.services.clickhouse_front import ClickHouseFront
from tests.services.kafka_broker import KafkaBroker
from tests.services.postgres import Postgres
from weft.storage.events.engine import EventsEngine

SERVERS = 2
LEASE_SECONDS = 6.0
MESSAGE_SECONDS = 3.0


class Cluster:
    """The services and servers; runs of the scenarios share them and have projects and workers of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kafka = KafkaBroker(folder / "kafka")
        self.postgres = Postgres(folder)
        self.clickhouse = ClickHouseFront(folder)
        self.servers: list[WeftProcess] = []
        self._open = ExitStack()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self.postgres)
            opening.enter_context(self.clickhouse)
            opening.enter_context(self.kafka)
            self.servers = [self.process("serve", {"WEFT_SCORING_WORKER": "false"}) for _ in range(SERVERS)]
            for server in self.servers:
                opening.callback(server.kill)
                server.begin()
                # One after the other: the first makes the tables.
                server.wait_until_ready()
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
        self._open.close()

    def process(self, command: str, environment: Mapping[str, str]) -> WeftProcess:
        """A process of this cluster, not yet started; `environment` goes before what all of them have."""
        shared = {
            "WEFT_ENTITIES_URL": self.postgres.url,
            "WEFT_EVENTS_URL": self.clickhouse.url,
            "WEFT_SECRETS_KEY": "k" * 32,
            "WEFT_BLOBS_URL": f"file://{self.folder / 'blobs'}",
            "WEFT_KAFKA_BROKERS": self.kafka.bootstrap,
            "WEFT_KAFKA_PARTITIONS": "6",
            "WEFT_KAFKA_MESSAGE_TIMEOUT_SECONDS": str(MESSAGE_SECONDS),
            "WEFT_KAFKA_SESSION_SECONDS": "5",
            "WEFT_KAFKA_REPUBLISH_SECONDS": "20",
            "WEFT_SCORING_LEASE_SECONDS": str(LEASE_SECONDS),
            # A machine that is busy enough lets leases run out; that must not use up what kills use up.
            "WEFT_SCORING_MAX_ATTEMPTS": "50",
        }
        return WeftProcess(command, self.folder, {**shared, **environment})

    def query(self, sql: LiteralString, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Rows of the ledger's database. Raises psycopg.OperationalError while it is down."""
        if self._connection is not None:
            # Opening one takes the server long, so it is kept, and may have died with a server that was restarted.
            with contextlib.suppress(psycopg.OperationalError):
                return self._connection.execute(sql, parameters).fetchall()
            self._connection.close()
            self._connection = None
        self._connection = psycopg.connect(self.postgres.url, autocommit=True, connect_timeout=60)
        return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def events(self) -> Iterator[EventsEngine]:
        """A connection to the event store."""
        engine = EventsEngine(self.clickhouse.url, pool_size=1)
        try:
            yield engine
        finally:
            engine.close()
