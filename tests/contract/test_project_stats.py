"""How much a project stores, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from weft.core.ids import new_id
from weft.services import Services
from weft.storage.events.spans import Span

TRACES, OBJECTS, TABLES, FILES = (f"include_{kind}_storage_size" for kind in ("trace", "object", "table", "file"))


def sizes(client: TestClient, project: str, status: int = 200, **flags: bool | None) -> dict[str, Any]:
    answer = client.post("/project/stats", json={"project_id": project, **flags})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return {name.removesuffix("_storage_size_bytes"): size for name, size in found.items()}


@pytest.fixture
def filled(app_client: TestClient, project: str) -> str:
    call = {
        "project_id": project,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "op",
        "started_at": "2024-01-01T00:00:00Z",
        "ended_at": "2024-01-01T00:00:01Z",
        "attributes": {},
        "inputs": {"a": "é"},
        "output": None,
        "summary": {},
    }
    app_client.post(f"/v2/{project}/calls/complete", json={"batch": [call]}).raise_for_status()
    objects = {"project_id": project, "object_id": "o", "val": {"a": 1}}
    app_client.post("/obj/create", json={"obj": objects}).raise_for_status()
    for rows in ([{"a": 1}], [{"a": 1}, {"b": 2}]):
        app_client.post("/table/create", json={"table": {"project_id": project, "rows": rows}}).raise_for_status()
    file = {"file": ("f", b"12345")}
    app_client.post("/file/create", data={"project_id": project}, files=file).raise_for_status()
    services: Services = app_client.app.state.services  # type: ignore[attr-defined]
    found = services.stores.projects.find(*project.split("/"))
    assert found is not None
    span = Span(found.id, "a" * 32, "b" * 16, datetime(2024, 1, 1, tzinfo=UTC))
    span.raw_span_dump = '{"name":"é"}'
    services.stores.spans.put([span])
    return project


def test_bytes_are_counted_kind_by_kind(app_client: TestClient, filled: str) -> None:
    # {} {"a":"é"} null {}, {"a": 1}, {"a":1} and {"b":2} once each, 5 bytes, and the dump of the span.
    expected = {"trace": 2 + 10 + 4 + 2, "spans": 13, "objects": 8, "tables": 14, "files": 5}
    assert sizes(app_client, filled) == expected
    assert sizes(app_client, filled, **dict.fromkeys((TRACES, OBJECTS, TABLES, FILES))) == expected


@pytest.mark.parametrize(
    ("flag", "kinds"), [(TRACES, {"trace", "spans"}), (OBJECTS, {"objects"}), (TABLES, {"tables"}), (FILES, {"files"})]
)
def test_what_is_not_asked_for_is_zero(app_client: TestClient, filled: str, flag: str, kinds: set[str]) -> None:
    without = sizes(app_client, filled, **{flag: False})
    assert {kind for kind, size in without.items() if size == 0} == kinds
    flags: dict[str, bool | None] = {name: name == flag for name in (TRACES, OBJECTS, TABLES, FILES)}
    assert {kind for kind, size in sizes(app_client, filled, **flags).items() if size} == kinds


def test_asking_for_nothing_is_refused(app_client: TestClient, filled: str) -> None:
    sizes(app_client, filled, 400, **dict.fromkeys((TRACES, OBJECTS, TABLES, FILES), False))


def test_what_is_deleted_takes_no_room(app_client: TestClient, filled: str) -> None:
    calls = app_client.post("/calls/query", json={"project_id": filled}).json()["calls"]
    app_client.post("/calls/delete", json={"project_id": filled, "call_ids": [call["id"] for call in calls]})
    app_client.post("/obj/delete", json={"project_id": filled, "object_id": "o"})
    after = sizes(app_client, filled)
    assert (after["trace"], after["objects"], after["files"]) == (0, 0, 5)
