"""Fixtures of the scoring tests: an application with fast retries, an LLM provider, and a worker that is drained."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.conftest import BASIC
from tests.llm_provider import LLMProvider
from tests.scoring_objects import ScoringClient
from weft.app import create_app
from weft.scoring.worker import ScoringWorker
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

PROVIDER_KEY = "provider-key-0123456789"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[LLMProvider]:
    """The provider of a module."""
    provider = LLMProvider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running_provider: LLMProvider) -> LLMProvider:
    """The provider, with nothing remembered."""
    running_provider.reset()
    return running_provider


@pytest.fixture(scope="module")
def scoring_app(
    tmp_path_factory: pytest.TempPathFactory,
    events_engine: EventsEngine,
    events_url: str,
    running_provider: LLMProvider,
) -> Iterator[tuple[FastAPI, TestClient]]:
    """A whole application whose worker does not run by itself."""
    settings = Settings(
        data=tmp_path_factory.mktemp("scoring") / "data",
        events_url=events_url,
        auth="off",
        scoring_worker=False,
        scoring_max_attempts=3,
        scoring_backoff_seconds=0.02,
        scoring_backoff_max_seconds=0.5,
        scoring_missing_seconds=0.3,
        scoring_poll_seconds=0.05,
        scoring_stop_after=1000,
        llm_base_url=running_provider.url,
        llm_api_key=PROVIDER_KEY,
        llm_timeout_seconds=1.0,
        llm_provider_keys={"MY_KEY": "custom-key"},
    )
    app = create_app(settings)
    with TestClient(app, headers=BASIC, raise_server_exceptions=False) as client:
        yield app, client


@pytest.fixture
def client(scoring_app: tuple[FastAPI, TestClient], project: str) -> ScoringClient:
    """A client of a project of this test's own."""
    return ScoringClient(scoring_app[1], project)


@pytest.fixture
def scoring_services(scoring_app: tuple[FastAPI, TestClient]) -> Services:
    """The stores behind the application."""
    services: Services = scoring_app[0].state.services
    return services


@pytest.fixture
def drain(scoring_services: Services) -> Iterator[Callable[[], None]]:
    """Does every task there is."""
    worker = ScoringWorker(scoring_services.stores, scoring_services.settings)

    def drain() -> None:
        assert worker.drain(180), "the worker did not come to an end"

    yield drain
    worker.stop()
