"""A project goes into a folder and comes back somewhere else, with everything its server answers about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import BASIC
from tests.flow.test_command_line import weft_process
from tests.live import LiveServer
from tests.whole_project import WholeProject
from weft.transfer.folder import Folder

# Several servers and commands start one after another, each of which opens its stores.
pytestmark = pytest.mark.timeout(900)

SOURCE, TARGET = "team/from", "others/to"


@dataclass(frozen=True)
class Moved:
    """A folder of an export, and what was answered before it was made."""

    data: Path
    folder: Path
    by_api: Path
    answers: dict[str, Any]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """A filled project, exported through the API while its server runs and from the stores afterwards."""
    root = tmp_path_factory.mktemp("moving")
    server = LiveServer(root / "data", WEFT_SCORING_WORKER="false")
    server.start(timeout=240)
    try:
        with httpx.Client(base_url=server.url, headers=BASIC, timeout=60) as client:
            project = WholeProject(client, SOURCE)
            project.fill()
            answers = project.answers()
        busy = weft_process("export", SOURCE, str(root / "busy"), "--data", str(server.data))
        assert busy.returncode == 1
        assert "stop it" in busy.stderr
        told = weft_process("export", SOURCE, str(root / "by-api"), "--url", server.url, WANDB_API_KEY="any")
        assert told.returncode == 0, told.stderr
    finally:
        server.stop()
    done = weft_process("export", SOURCE, str(root / "folder"), "--data", str(server.data))
    assert done.returncode == 0, done.stderr
    return Moved(server.data, root / "folder", root / "by-api", answers)


def rows_of(root: Path, kind: str, name: str, key: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a table in a folder, in the order of a key, with JSON texts parsed."""
    folder = Folder(root)
    batches = (
        [some for part in folder.parts(name) for some in folder.read_part(name, part)]
        if kind == "events"
        else folder.read_lines(f"entities/{name}.jsonl")
    )
    found = {tuple(row[column] for column in key): row for some in batches for row in some}
    for row in found.values():
        for column in {"val", "inputs", "output", "attributes", "summary", "payload", "input_messages"} & row.keys():
            row[column] = json.loads(row[column] or "null")
    return [found[values] for values in sorted(found)]


def renamed(value: Any) -> Any:
    """An answer about the source as the target would give it."""
    return json.loads(json.dumps(value).replace(SOURCE, TARGET))


def test_the_copy_answers_as_the_original(moved: Moved, tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = weft_process("import", str(moved.folder), "--project", TARGET, "--data", str(data))
    assert done.returncode == 0, done.stderr
    again = weft_process("import", str(moved.folder), "--project", TARGET, "--data", str(data))
    assert again.returncode == 1
    assert "--merge" in again.stderr
    server = LiveServer(data, WEFT_SCORING_WORKER="false")
    server.start(timeout=240)
    try:
        with httpx.Client(base_url=server.url, headers=BASIC, timeout=60) as client:
            answers = WholeProject(client, TARGET).answers()
    finally:
        server.stop()
    expected = renamed(moved.answers)
    assert answers.keys() == expected.keys()
    for question, answer in answers.items():
        assert answer == expected[question], question


@pytest.mark.parametrize(
    ("name", "key", "untold"),
    [
        ("events/calls", ("id",), {"otel_dump"}),
        ("events/feedback", ("id",), set()),
        ("events/spans", ("trace_id", "span_id"), {"expire_at"}),
        ("events/tables", ("digest",), set()),
        ("events/table_rows", ("digest",), set()),
        ("entities/object_versions", ("object_id", "digest"), {"size_bytes"}),
        ("entities/object_latest", ("object_id", "kind"), {"moved_at"}),
        ("entities/object_tags", ("object_id", "name"), set()),
        ("entities/object_aliases", ("object_id", "name"), set()),
        ("entities/prices", ("id",), {"created_at", "created_by"}),
        ("entities/annotation_queues", ("id",), set()),
        ("entities/annotation_queue_items", ("id",), {"finished_at"}),
        ("entities/annotation_queue_progress", ("item_id", "annotator_id"), {"created_at", "updated_at"}),
        ("entities/dataset_source_links", ("id",), set()),
        ("entities/project_settings", ("name",), {"number", "changed_at", "changed_by"}),
    ],
)
def test_the_api_tells_what_the_stores_have(moved: Moved, name: str, key: tuple[str, ...], untold: set[str]) -> None:
    kind, _, table = name.partition("/")
    stored, told = (
        [{column: row[column] for column in row.keys() - untold} for row in rows_of(root, kind, table, key)]
        for root in (moved.folder, moved.by_api)
    )
    assert told
    assert told == stored


def test_the_api_export_has_the_files_and_says_what_it_lacks(moved: Moved) -> None:
    assert Folder(moved.by_api).blobs() == Folder(moved.folder).blobs()
    manifest = Folder(moved.by_api).manifest()
    assert manifest is not None
    assert (manifest.kind, manifest.project) == ("weave", SOURCE)
    assert any("asked-for scores" in sentence for sentence in manifest.left_out)
