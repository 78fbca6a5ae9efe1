"""Session fixtures of the real services: started when a test first asks, shared by the run, ended with it.

A test that stops or kills a service starts one of its own instead: `with Postgres(tmp_path) as server`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.clickhouse_front import ClickHouseFront
from tests.services.kafka_broker import KafkaBroker
from tests.services.postgres import Postgres
from tests.services.s3 import S3
from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import migrate


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server; take `postgres_url`, or `create_database()`, for a database of one's own."""
    with Postgres(tmp_path_factory.mktemp("postgres"), fsync=False) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of this test's own."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseFront]:
    """The event engine over HTTP; shared, so tests use projects of their own."""
    with ClickHouseFront(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse_engine(clickhouse: ClickHouseFront) -> Iterator[EventsEngine]:
    """A migrated connection to it."""
    engine = EventsEngine(clickhouse.url)
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An S3 endpoint with one bucket; shared, so tests use projects of their own."""
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """A Kafka broker. Use topics and consumer groups of your own, and leave it running."""
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
