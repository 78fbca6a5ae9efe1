"""Every operation of the contract is served."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from weft.app import openapi_document

SPEC = json.loads((Path(__file__).parent / "spec" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {f"{method.upper()} {path}" for path, item in SPEC["paths"].items() for method in item}
# Clients ask for files under these too, which the contract's document leaves out.
OPERATIONS |= {f"POST {path}" for path in ("/file/create", "/files/create", "/file/content", "/files/content")}
OPERATIONS |= {"GET /server_info", "GET /health"}
OPERATIONS |= {"POST /project/ingest_sampling_settings/read", "GET /project/sensitive_data_settings"}


@pytest.fixture(scope="module")
def served() -> set[str]:
    """The operations of our own document."""
    return {f"{method.upper()} {path}" for path, item in openapi_document()["paths"].items() for method in item}


@pytest.fixture(scope="module")
def no_route(app_client: TestClient) -> str:
    """What is said where nobody routes."""
    return app_client.post("/no/such/route", json={}).text


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_operation_is_served(operation: str, app_client: TestClient, served: set[str], no_route: str) -> None:
    assert operation in served
    method, path = operation.split(" ")
    content = None if method in ("GET", "DELETE") else b"{}"
    answer = app_client.request(method, _filled(path), content=content, headers={"content-type": "application/json"})
    assert answer.status_code < 500, answer.text
    assert answer.status_code != 405
    assert answer.text != no_route


def _filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "a", path)
