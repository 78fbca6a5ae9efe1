"""Every answer names its request, that of an error nobody foresaw included."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient

from weft.api.errors import install_error_handlers
from weft.api.middleware import PathSpelling, RequestId


def _boom() -> None:
    raise RuntimeError("boom")


def test_an_unexpected_error_names_its_request() -> None:
    app = FastAPI()
    app.add_api_route("/boom", _boom)
    install_error_handlers(app)
    app.add_middleware(RequestId)
    app.add_middleware(PathSpelling)
    with TestClient(app, raise_server_exceptions=False) as client:
        for path in ("/boom", "/traces/boom"):
            answer = client.get(path, headers={"x-request-id": "mine-1"})
            assert (answer.status_code, answer.headers.get_list("x-request-id")) == (500, ["mine-1"])
