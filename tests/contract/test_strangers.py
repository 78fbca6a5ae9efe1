"""Where keys are needed, no route of the running application answers a stranger, but for a short reviewed list."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route

from weft.app import create_app
from weft.core.identity import Role
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine

# What anyone may ask, and why. Nothing here depends on what is stored.
OPEN = {
    ("GET", "/health"): "a load balancer has no key",
    ("GET", "/ready"): "a load balancer has no key",
    ("GET", "/server_info"): "weave 0.51 asks it without credentials: versions only",
    ("GET", "/openapi.json"): "the description of the API, the same for all",
    ("GET", "/weft/docs"): "the page, which shows that description",
    ("GET", "/weft/v1/session"): "whether keys are asked for, so that the page can ask for one",
    ("POST", "/weft/v1/session"): "signing in; what is sent is checked",
    ("DELETE", "/weft/v1/session"): "signing out needs no key and says nothing",
    # The web UI's page and files hold no data; the page asks the API, with the caller's key.
    ("GET", "/"): "the page",
    ("GET", "/authorize"): "the page, where a key is asked for",
    ("GET", "/assets/{name}"): "the page's files",
    ("GET", "/favicon.ico"): "the page's icon",
    ("GET", "/favicon.svg"): "the page's icon",
    ("GET", "/{entity}/{project}/r/call/{call_id}"): "the page",
    ("GET", "/{entity}/{project}/weave"): "the page",
    ("GET", "/{entity}/{project}/weave/{place:path}"): "the page",
}


@pytest.fixture
def app_with_keys(tmp_path: Path, events_engine: EventsEngine, events_url: str) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path / "data", events_url=events_url, auth="keys", scoring_worker=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_every_route_refuses_a_stranger(app_with_keys: TestClient) -> None:
    answered = {
        (method, path): status
        for method, path in _operations(app_with_keys)
        for headers in ({}, _basic("0" * 40), {"authorization": "Bearer " + "0" * 40})
        if (status := app_with_keys.request(method, _filled(path), headers=headers, json={}).status_code) != 401
    }
    assert {operation: status for operation, status in answered.items() if operation not in OPEN} == {}


def test_every_route_on_the_open_list_exists(app_with_keys: TestClient) -> None:
    assert set(OPEN) <= set(_operations(app_with_keys))


def test_a_key_for_one_project_opens_no_other(app_with_keys: TestClient) -> None:
    keys = app_with_keys.app.state.services.stores.keys  # type: ignore[attr-defined]
    headers = _basic(keys.create_key("someone", Role.admin, project="mine/one"))
    paths = [(method, path) for method, path in _operations(app_with_keys) if "{entity}" in path and "/v2/" in path]
    assert paths
    for method, path in paths:
        answer = app_with_keys.request(method, _filled(path), headers=headers, json={})
        # A body that fits no schema may be told first: that says nothing about what is stored.
        assert answer.status_code in (403, 422), (method, path, answer.status_code, answer.text)


def _operations(client: TestClient) -> list[tuple[str, str]]:
    return sorted(set(_walk(client.app.routes, "")))  # type: ignore[attr-defined]


def _walk(routes: list[BaseRoute], prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _walk(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            for method in (route.methods or set()) - {"HEAD"}:
                yield method, prefix + route.path
        else:
            raise AssertionError(f"a route of a kind this test does not know: {route!r}")


def _filled(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", "a", path)


def _basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"api:{key}".encode()).decode()}
