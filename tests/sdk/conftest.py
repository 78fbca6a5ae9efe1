"""Fixtures of the SDK tests: one live server, and the programs run against it.

`pytest tests/sdk --server reference` proves the programs on the reference server. Tests marked `beyond_reference` say
what that server cannot do and are left out there; tests of what Weft adds to it are marked so too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.running import Programs
from tests.sdk.target import Target, server_of

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server", choices=("weft", "reference"), default="weft", help="which server the SDKs talk to")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "beyond_reference: the in-memory reference server cannot do this")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    own = [item for item in items if HERE in item.path.parents]
    for item in own:
        item.add_marker(pytest.mark.sdk)
    if config.getoption("--server", "weft") == "reference":
        beyond = [item for item in own if item.get_closest_marker("beyond_reference")]
        config.hook.pytest_deselected(items=beyond)
        items[:] = [item for item in items if item not in beyond]


@pytest.fixture(scope="session")
def live_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A running server, open to any key."""
    kind = request.config.getoption("--server", "weft")
    server = server_of(kind, tmp_path_factory.mktemp("server"))
    server.start()
    yield Target(kind, server.url)
    server.stop()


@pytest.fixture(scope="session")
def programs(
    request: pytest.FixtureRequest, live_server: Target, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Programs]:
    """The programs; those that the selected tests name in their parameters are started at once."""
    runner = Programs(live_server, tmp_path_factory.mktemp("programs"))
    runner.begin_those_of(request.session.items, "programs")
    yield runner
    runner.close()
