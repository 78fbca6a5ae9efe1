"""Fixtures shared by every kind of test: one real engine, fresh settings, a running app, a client.

A process can open one embedded event engine, so all tests of a run share one and use projects of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from weft.app import create_app
from weft.core.ids import new_id
from weft.services import Services, build_services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import migrate

pytest_plugins = ["tests.services.fixtures"]

BASIC = {"authorization": "Basic YXBpOmtleQ=="}
"""`api:key`; any key will do where authentication is off."""


@pytest.fixture(scope="session")
def embedded_events_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where this run's event engine keeps its data."""
    return f"chdb://{tmp_path_factory.mktemp('events') / 'chdb'}"


@pytest.fixture(scope="session")
def embedded_events(embedded_events_url: str) -> Iterator[EventsEngine]:
    """The migrated engine itself."""
    engine = EventsEngine(embedded_events_url)
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def events_url(embedded_events_url: str) -> str:
    """Where the events of applications under test are kept."""
    return embedded_events_url


@pytest.fixture(scope="session")
def events_engine(embedded_events: EventsEngine) -> EventsEngine:
    """The migrated engine that keeps them. Storage tests get another one, too: see their own conftest."""
    return embedded_events


@pytest.fixture
def settings(tmp_path: Path, events_engine: EventsEngine, events_url: str) -> Settings:
    """Settings of an embedded server with empty entity and blob stores, open to everyone on this machine."""
    return Settings(data=tmp_path / "data", events_url=events_url, auth="off", scoring_worker=False)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """Every store, real."""
    built = build_services(settings)
    yield built
    built.close()


@pytest.fixture(scope="module")
def app_client(
    tmp_path_factory: pytest.TempPathFactory, events_engine: EventsEngine, events_url: str
) -> Iterator[TestClient]:
    """A client of a whole application; one per module, so tests in it use projects of their own."""
    data = tmp_path_factory.mktemp("app") / "data"
    settings = Settings(data=data, events_url=events_url, auth="off", scoring_worker=False)
    with TestClient(create_app(settings), headers=BASIC, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def project() -> str:
    """A project of this test's own; the engine outlives the test, and a project's id follows from its name."""
    return f"tests/p-{new_id()}"
