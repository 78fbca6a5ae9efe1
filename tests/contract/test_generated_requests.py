"""Requests generated from our own OpenAPI document: no 500, and no status that the document does not name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from tests.conftest import BASIC
from tests.live import LiveServer
from weft.app import openapi_document

ENTITY, PROJECT = "tests", "generated"
EXAMPLES = 12
# What takes other things than JSON has tests of its own; of a pair in an answer the generator cannot read the type.
ELSEWHERE = ("/files", "/file/", "/graphql", "/otel", "/v1/traces", "/agents/otel", "/cost/create")
# Of these the document says no more than the published one does.
AS_PUBLISHED = (
    "/v2/{entity}/{project}/predictions",
    "/v2/{entity}/{project}/scores",
    "/feedback/create",
    "/calls/score",
)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The document of a server in which one project exists."""
    server = LiveServer(tmp_path_factory.mktemp("generated") / "data", WEFT_AUTH="off", WEFT_SCORING_WORKER="false")
    server.start()
    note = {"project_id": f"{ENTITY}/{PROJECT}", "weave_ref": "x", "feedback_type": "note", "payload": {}}
    httpx.post(f"{server.url}/feedback/create", headers=BASIC, json=note).raise_for_status()
    # The document is made on first use, which takes a while on a busy machine.
    yield schemathesis.openapi.from_url(f"{server.url}/openapi.json", timeout=60)
    server.stop()


@schemathesis.hook
def map_path_parameters(_context: schemathesis.HookContext, value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Name the project that exists: requests for others are all refused alike."""
    if value and "entity" in value and "project" in value:
        return {**value, "entity": ENTITY, "project": PROJECT}
    return value


@schemathesis.hook
def map_body(_context: schemathesis.HookContext, value: Any) -> Any:
    """The same for the projects that bodies name."""
    for holder in (value, *(value.values() if isinstance(value, dict) else ())):
        if isinstance(holder, dict) and isinstance(holder.get("project_id"), str):
            holder["project_id"] = f"{ENTITY}/{PROJECT}"
    return value


OPERATIONS = [
    (path, method)
    for path, item in openapi_document()["paths"].items()
    for method in item
    if not path.startswith(ELSEWHERE)
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_answers_are_documented(path: str, method: str, document: schemathesis.BaseSchema) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document[path][method].as_strategy())
    def ask(case: schemathesis.Case) -> None:
        response = case.call(headers=BASIC)
        checks = [not_a_server_error, response_schema_conformance]
        case.validate_response(response, checks=checks if path in AS_PUBLISHED else [*checks, status_code_conformance])

    ask()
