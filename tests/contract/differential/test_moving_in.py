"""A project that was made on the reference server moves in through its public API alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from tests.whole_project import WholeProject
from weft.services import Services
from weft.transfer.exporting import export
from weft.transfer.folder import Folder
from weft.transfer.importing import import_project
from weft.transfer.service import ServiceSource
from weft.transfer.service_client import ServiceClient

CALL = (
    "id", "trace_id", "parent_id", "thread_id", "turn_id", "op_name", "display_name", "exception", "inputs", "output",
    "attributes", "wb_run_step",
)  # fmt: skip
OBJECT = ("object_id", "digest", "version_index", "is_latest", "kind", "base_object_class", "val")


class Silent:
    def begin(self, part: str, total: int | None, done: int = 0) -> None: ...

    def advance(self, count: int) -> None: ...


def only(rows: list[dict[str, Any]], names: Any) -> list[dict[str, Any]]:
    """The named fields of rows, in the order of the rows' own first names."""
    found = [{name: row[name] for name in names} for row in rows]
    return sorted(found, key=lambda row: [str(row[name]) for name in list(names)[:2]])


def test_a_project_moves_in(reference: httpx.Client, app_client: TestClient, project: str, tmp_path: Path) -> None:
    there = WholeProject(reference, project, weft=False)
    there.fill()
    folder, client = Folder(tmp_path / "folder"), ServiceClient(str(reference.base_url), "key")
    manifest = export(ServiceSource(client, project, folder), folder, Silent())
    client.close()
    assert manifest.counts["events/calls"] == 12
    services: Services = app_client.app.state.services  # type: ignore[attr-defined]
    import_project(services, folder, None, False, Silent())

    here = WholeProject(app_client, project, weft=False).answers()  # type: ignore[arg-type]
    was = there.answers()
    assert here.keys() == was.keys()
    assert only(here["objects"]["objs"], OBJECT) == only(was["objects"]["objs"], OBJECT)
    assert only(here["calls"], CALL) == only(was["calls"], CALL)
    feedback = ("id", "feedback_type", "weave_ref", "payload", "creator")
    assert only(here["feedback"]["result"], feedback) == only(was["feedback"]["result"], feedback)
    assert only(here["prices"]["results"], ("llm_id",)) == only(was["prices"]["results"], ("llm_id",))
    for question in set(here) - {"objects", "calls", "feedback", "prices", "queues"}:
        if question.startswith("/annotation_queues"):
            item = ("id", "call_id", "annotation_state", "display_fields")
            assert only(here[question]["items"], item) == only(was[question]["items"], item)
        elif question.startswith("file "):
            assert here[question] == was[question]
        else:
            assert [row["val"] for row in here[question]["rows"]] == [row["val"] for row in was[question]["rows"]]
