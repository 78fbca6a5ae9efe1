"""Storage tests use the engine and the stores directly, without a server, and run on every store they may be given.

Entities: SQLite and PostgreSQL. Events: chDB in process and the same over ClickHouse's HTTP interface. Blobs: a folder
and S3. Where all of them come together (`settings`), there are two kinds: everything embedded, everything served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.services.clickhouse_front import ClickHouseFront
from tests.services.postgres import Postgres
from weft.settings import Settings
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.events.engine import EventsEngine

MakeSettings = Callable[[Path], Settings]


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """The name of a database with all tables, to be copied."""
    url = postgres.create_database()
    database = EntitiesDatabase(url)
    database.migrate()
    database.close()
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def entities_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a test's own entities are kept; the tables are there where that is the cheaper way to make them."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/entities.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.create_database(template=request.getfixturevalue("migrated_postgres"))
    yield url
    server.drop_database(url)


@pytest.fixture
def database(entities_url: str) -> Iterator[EntitiesDatabase]:
    """A migrated entity store of this test's own."""
    opened = EntitiesDatabase(entities_url)
    if opened.embedded:
        opened.migrate()
    yield opened
    opened.close()


@pytest.fixture(scope="session", params=["chdb", "clickhouse"])
def events_engine(request: pytest.FixtureRequest) -> EventsEngine:
    """The migrated event engine, both ways to reach one."""
    name = "embedded_events" if request.param == "chdb" else "clickhouse_engine"
    engine: EventsEngine = request.getfixturevalue(name)
    return engine


@pytest.fixture(scope="module", params=["embedded", "served"])
def make_settings(request: pytest.FixtureRequest) -> Iterator[MakeSettings]:
    """Settings with empty entity and blob stores for a data folder; everything embedded, or everything on servers."""
    if request.param == "embedded":
        request.getfixturevalue("embedded_events")
        url: str = request.getfixturevalue("embedded_events_url")
        yield lambda data: Settings(data=data, events_url=url, auth="off", scoring_worker=False)
        return
    server: Postgres = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("migrated_postgres")
    clickhouse: ClickHouseFront = request.getfixturevalue("clickhouse")
    blobs: str = request.getfixturevalue("s3").url
    made = []

    def served(data: Path) -> Settings:
        made.append(server.create_database(template))
        return Settings(
            data=data,
            entities_url=made[-1],
            events_url=clickhouse.url,
            blobs_url=blobs.replace("prefix", f"prefix-{len(made)}-{data.parent.name}"),
            secrets_key=SecretStr("a key that is given, since it is needed"),
            auth="off",
            scoring_worker=False,
        )

    yield served
    for url in made:
        server.drop_database(url)


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path: Path) -> Settings:
    """Settings of a server with stores of this test's own."""
    return make_settings(tmp_path / "data")
