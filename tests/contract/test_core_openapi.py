"""The four core operations are served exactly as the contract writes them, prose aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weft.app import openapi_document

CORE = json.loads((Path(__file__).parent / "spec" / "core.openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [(path, method) for path, item in CORE["paths"].items() for method in item]
# Optional fields of ours or of newer versions of the contract; other servers ignore them.
NEWER_FIELDS: dict[str, set[str]] = {
    "FeedbackCreateReq": {
        "span_agent_name",
        "span_agent_version",
        "span_conversation_id",
        "span_trace_id",
        "span_status_code",
        "scorer_trace_id",
    },
}
PROSE = {"title", "description", "summary", "operationId"}


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_core_operation_is_served_as_written(path: str, method: str) -> None:
    served = openapi_document()
    ours, theirs = served["paths"][path][method], CORE["paths"][path][method]
    for part in ("parameters", "requestBody", "responses", "security", "tags"):
        assert _whole(ours.get(part), served) == _whole(theirs.get(part), CORE), part
    assert ours["operationId"] == theirs["operationId"]


def test_both_ways_to_authenticate_are_described() -> None:
    assert openapi_document()["components"]["securitySchemes"] == CORE["components"]["securitySchemes"]


def _whole(value: Any, document: dict[str, Any], inside: str = "") -> Any:
    """The value with references followed and without prose, so that two documents can be compared."""
    if isinstance(value, list):
        return [_whole(item, document, inside) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return _whole(document["components"]["schemas"][name], document, name)
    newer = NEWER_FIELDS.get(inside, set())
    properties = {
        name: _whole(field, document) for name, field in value.get("properties", {}).items() if name not in newer
    }
    rest = {key: _whole(item, document) for key, item in value.items() if key not in PROSE | {"properties"}}
    return rest | ({"properties": properties} if "properties" in value else {})
