"""A project goes into a folder and into other stores: nothing is lost or doubled, and bad folders are refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from weft.core.digest import bytes_digest
from weft.core.errors import InvalidRequest
from weft.core.identity import Project
from weft.core.ids import new_id
from weft.services import Services, build_services
from weft.settings import Settings
from weft.storage.entities.ledger_tables import Job, Task
from weft.storage.entities.prices import StoredPrice
from weft.storage.entities.project_rows import ProjectRows, moved_tables
from weft.storage.events.call_changes import Call, PutCall
from weft.storage.events.feedback import Feedback
from weft.storage.events.project_rows import MOVED, EventRows
from weft.storage.events.spans import Span
from weft.storage.events.tables import TableWrite
from weft.transfer import exporting
from weft.transfer.event_writers import EventWriters
from weft.transfer.exporting import export
from weft.transfer.folder import Folder
from weft.transfer.format import EVENT_COLUMNS, Kind
from weft.transfer.importing import Imported, import_project
from weft.transfer.local import LocalSource
from weft.transfer.source import Chunk

T0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONTENT = b"\x00bytes\xff"
TYPES: dict[str, Kind] = {
    "String": "text", "LowCardinality(String)": "text", "DateTime64(6, 'UTC')": "time",
    "Nullable(DateTime64(6, 'UTC'))": "time", "Nullable(UInt64)": "uint", "Int64": "int", "Float64": "float",
    "Array(String)": "texts", "Map(String, String)": "text_map", "Map(String, Float64)": "float_map",
    "Map(String, Int64)": "int_map", "Map(String, Bool)": "bool_map",
}  # fmt: skip


class Silent:
    def begin(self, part: str, total: int | None, done: int = 0) -> None: ...

    def advance(self, count: int) -> None: ...


def _server(settings: Settings) -> Iterator[Services]:
    built = build_services(settings)
    yield built
    built.close()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, make_settings: Callable[[Path], Settings]) -> Iterator[Services]:
    """A server for all tests here; each has projects of its own."""
    yield from _server(make_settings(tmp_path_factory.mktemp("here") / "data"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, make_settings: Callable[[Path], Settings]) -> Iterator[Services]:
    """Another server: entities and files of its own, other projects in the same engine."""
    yield from _server(make_settings(tmp_path_factory.mktemp("there") / "data"))


@pytest.fixture
def source(services: Services, project: str) -> Project:
    """A project with rows in many tables, whose texts refer to itself, to another project and to an unknown one."""
    entity, _, name = project.partition("/")
    made = services.stores.projects.ensure(entity, name)
    fill(services, made, services.stores.projects.ensure(entity, f"{name}-neighbour").id)
    return made


def fill(services: Services, project: Project, neighbour: str) -> None:
    stores, inside = services.stores, f"weave-trace-internal:///{project.id}"
    file = bytes_digest(CONTENT)
    stores.files.put(project.id, file, CONTENT)
    held = {
        "ref": f"{inside}/object/a:v0",
        "said": "see weave-trace-internal:///x/y",
        "in text": json.dumps({"r": f"{inside}/call/c"}),
    }
    for scheme in (f"weave-trace-internal:///{neighbour}", "weave-trace-internal:///nobody"):
        held[scheme[-8:]] = f"{scheme}/object/b:v1"
    text = json.dumps({**held, "big": 10**30, "odd": "\ud800", "files": {"content": file}})
    calls = [
        Call(
            project.id, f"call-{number:02}", new_id(), op_name=f"{inside}/op/f:abc", inputs=text, output=text,
            started_at=T0 + timedelta(seconds=number), ended_at=T0 if number % 2 else None, expire_at=None,
            input_refs=[f"{inside}/object/a:v0"], wb_user_id="somebody", wb_run_step=number or None,
        )
        for number in range(7)
    ]  # fmt: skip
    stores.calls.apply([PutCall(call) for call in calls])
    scores = {"scorer_tags": ["a"], "scorer_ratings": {"r": 0.5}, "scorer_tag_reasons": {"a": "ü"}}
    stores.feedback.put(
        [
            Feedback(
                project.id,
                new_id(),
                f"{inside}/call/call-01",
                "t",
                json.loads(text.replace("\\ud800", "")),
                created_at=T0,
                **scores,
            )
        ]
    )
    attributes = {"custom_attrs_int": {"n": 2**60}, "custom_attrs_bool": {"b": True}, "custom_attrs_float": {"f": 0.1}}
    stores.spans.put([Span(project.id, "t", f"s{n}", T0, object_refs=[held["ref"]], **attributes) for n in range(3)])
    stores.tables.put(TableWrite(project.id, {"r1": '{"a":1}', "r2": text}, "table", ["r1", "r2", "r1"]))
    task = Task(project.id, "call-00", f"{inside}/object/s:v0", "somebody", T0, 3)
    stores.ledger.add(Job(new_id(), project.id, "somebody", [task.scorer_ref], T0), [task])
    stores.prices.add([StoredPrice(new_id(), project.id, "m", "p", T0, 0.5, 1.5, 0.0, 0.0, "USD", "USD", "u", T0)])
    stores.project_settings.change(project.id, {"retention_days": 3}, T0, "somebody")


def every_row(services: Services, project: Project) -> dict[str, Any]:
    """All rows of all tables, with the project's own id written as SELF."""
    entities, events = ProjectRows(services.database), EventRows(services.engine)
    rows: dict[str, Any] = {
        name: [row for some in entities.read(name, project.id) for row in some] for name in moved_tables()
    }
    for row in rows["project_settings"]:
        del row["number"]
    rows |= {table.name: [row for some in events.read(table, project.id) for row in some] for table in MOVED}
    rows["files"] = {
        digest: services.stores.files.get(project.id, digest) for digest in services.stores.files.digests(project.id)
    }
    return json.loads(json.dumps(rows, default=repr).replace(f"{project.id}/", "SELF/"))  # type: ignore[no-any-return]


def exported(services: Services, project: Project, root: Path) -> Folder:
    folder = Folder(root)
    export(LocalSource(services, project), folder, Silent())
    return folder


def imported(services: Services, folder: Folder, name: str | None = None, *, merge: bool = False) -> Imported:
    return import_project(services, folder, name, merge, Silent())


def target_of(services: Services, name: str) -> Project:
    found = services.stores.projects.find(*name.split("/"))
    assert found is not None
    return found


def test_the_columns_of_the_format_are_those_of_the_tables(services: Services) -> None:
    assert {table.name for table in MOVED} == set(EVENT_COLUMNS)
    for table in MOVED:
        types = EventRows(services.engine).types(table)
        assert {name: TYPES[kind] for name, kind in types.items()} == EVENT_COLUMNS[table.name]


def test_every_row_comes_back_under_another_name(
    services: Services, other: Services, source: Project, tmp_path: Path
) -> None:
    folder = exported(services, source, tmp_path / "out")
    texts = "".join(path.read_text(errors="replace") for path in (tmp_path / "out").rglob("*.jsonl"))
    assert source.id not in texts
    assert f"weave:///{source.external}/" in texts
    neighbour = other.stores.projects.ensure(source.entity, f"{source.name}-neighbour")
    done = imported(other, folder, f"{source.entity}/{source.name}-copy")
    assert done.renamed
    target = target_of(other, done.project)
    before, after = every_row(services, source), every_row(other, target)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    for name, rows in before.items():
        assert after[name] == rows, name
    assert neighbour.id in json.dumps(after)


def test_a_project_that_keeps_its_name_keeps_its_id(services: Services, source: Project, tmp_path: Path) -> None:
    folder = exported(services, source, tmp_path / "out")
    done = imported(services, folder, merge=True)
    assert (done.project, done.renamed) == (source.external, False)
    assert target_of(services, done.project).id == source.id


def test_people_keep_their_names_and_get_the_ids_they_have_here(
    services: Services, other: Services, source: Project, tmp_path: Path
) -> None:
    folder = exported(services, source, tmp_path / "out")
    (tmp_path / "out" / "users.jsonl").write_text(
        '{"id":"somebody","username":"ann"}\n{"id":"x","username":"no/name"}\n'
    )
    done = imported(other, folder, f"{source.external}-copy")
    ann = other.stores.keys.ensure_user("ann")
    assert ann is not None
    assert {row["wb_user_id"] for row in every_row(other, target_of(other, done.project))["calls"]} == {ann.id}


def test_work_that_was_going_on_is_queued_again(
    services: Services, other: Services, source: Project, tmp_path: Path
) -> None:
    (claimed,) = [
        task
        for task in services.stores.ledger.claim("worker", 1000, T0 + timedelta(days=300), T0 + timedelta(days=301))
        if task.project_id == source.id
    ]
    assert claimed.state == "running"
    done = imported(other, exported(services, source, tmp_path / "out"), f"{source.external}-copy")
    (task,) = every_row(other, target_of(other, done.project))["scoring_tasks"]
    assert (task["state"], task["lease_owner"], task["lease_until"]) == ("queued", None, None)
    assert task["next_attempt_at"] is not None


class Interrupted(Exception):
    pass


class Stopping(LocalSource):
    """Breaks off after some chunks, as a process does that is killed."""

    left = 0

    def read(self, stream: str, cursor: Any) -> Iterator[Chunk]:
        for chunk in super().read(stream, cursor):
            if self.left == 0:
                raise Interrupted
            self.left -= 1
            yield chunk


def test_an_export_goes_on_where_it_was_interrupted(
    services: Services, source: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.storage.events.project_rows._ROWS_AT_ONCE", 2)
    monkeypatch.setattr(exporting, "_ROWS_IN_PART", 2)
    whole = exported(services, source, tmp_path / "whole")
    folder = Folder(tmp_path / "out")
    interruptions = 0
    while folder.manifest() is None or not folder.manifest().finished_at:  # type: ignore[union-attr]
        stopping = Stopping(services, source)
        stopping.left = 2
        try:
            export(stopping, folder, Silent())
        except Interrupted:
            interruptions += 1
    assert interruptions > 3
    assert not (tmp_path / "out" / "progress.json").exists()
    for table in EVENT_COLUMNS:
        pieces = [
            [row for part in made.parts(table) for some in made.read_part(table, part) for row in some]
            for made in (folder, whole)
        ]
        assert pieces[0] == pieces[1]
    first, second = folder.manifest(), whole.manifest()
    assert first is not None
    assert second is not None
    assert first.counts == second.counts


def test_an_import_goes_on_where_it_was_interrupted(
    services: Services, other: Services, source: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_ROWS_IN_PART", 1)
    folder = exported(services, source, tmp_path / "out")
    name = f"{source.external}-copy"
    written: list[str] = []
    write = EventWriters.write

    def counting(writers: EventWriters, table: str, rows: Any) -> None:
        if len(written) in (1, 3):
            written.append("broken")
            raise Interrupted
        written.append(table)
        write(writers, table, rows)

    monkeypatch.setattr(EventWriters, "write", counting)
    other.stores.projects.ensure(source.entity, f"{source.name}-neighbour")
    for _ in range(2):
        with pytest.raises(Interrupted):
            imported(other, folder, name)
    imported(other, folder, name)
    # What was whole is not written again.
    assert [table for table in written if table != "broken"] == [
        table for table in EVENT_COLUMNS for _ in folder.parts(table)
    ]
    assert every_row(other, target_of(other, name)) == every_row(services, source)


def test_a_project_with_data_is_only_merged_into_when_told(
    services: Services, other: Services, source: Project, tmp_path: Path
) -> None:
    folder, name = exported(services, source, tmp_path / "out"), f"{source.external}-copy"
    imported(other, folder, name)
    with pytest.raises(InvalidRequest, match="--merge"):
        imported(other, folder, name)
    target = target_of(other, name)
    other.stores.calls.apply([PutCall(Call(target.id, "mine", started_at=T0))])
    imported(other, folder, name, merge=True)
    assert other.stores.calls.get(target.id, "mine") is not None
    assert len(every_row(other, target)["calls"]) == 8


def test_ids_of_another_project_are_refused_before_anything_is_written(
    services: Services, source: Project, tmp_path: Path
) -> None:
    folder, name = exported(services, source, tmp_path / "out"), f"{source.external}-copy"
    with pytest.raises(InvalidRequest, match="belongs to another project"):
        imported(services, folder, name)
    assert services.stores.projects.find(*name.split("/")) is None


def _edit(name: str, **changes: Any) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        path = root / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return edit


def _append(name: str, line: str) -> Callable[[Path], None]:
    def append(root: Path) -> None:
        with (root / name).open("a") as file:
            file.write(line + "\n")

    return append


def _spoil_blob(root: Path) -> None:
    next(path for path in (root / "blobs").glob("*/*")).write_bytes(b"other")


def _odd_blob(root: Path) -> None:
    (root / "blobs" / "xx").mkdir()
    (root / "blobs" / "xx" / "..%2f..%2fetc").write_bytes(b"")


def _link_blob(root: Path) -> None:
    held = next(path for path in (root / "blobs").glob("*/*"))
    held.unlink()
    held.symlink_to("/etc/hostname")


def _bad_part(root: Path) -> None:
    (root / "events" / "calls" / "part-00001.parquet").write_bytes(b"PAR1 no PAR1")


def _missing_part(root: Path) -> None:
    (root / "events" / "calls" / "part-00001.parquet").unlink()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_edit("manifest.json", format=2), "format 2"),
        (_edit("manifest.json", format="1"), "format '1'"),
        (_edit("manifest.json", project=None), "not the manifest"),
        (_edit("manifest.json", counts=[]), "not the manifest"),
        (_edit("manifest.json", project="../up/here"), "entity/project"),
        (_edit("manifest.json", finished_at=None), "not finished"),
        (lambda root: (root / "manifest.json").write_text("{"), "not the manifest"),
        (lambda root: (root / "manifest.json").unlink(), "no export"),
        (_missing_part, "events/calls has 0, not 7"),
        (_bad_part, "cannot be read as Parquet"),
        (_spoil_blob, "does not hold what its name says"),
        (_link_blob, "not a file"),
        (_odd_blob, "not the digest of a file"),
        (_append("entities/prices.jsonl", "{"), "is not JSON"),
        (_append("entities/prices.jsonl", "[1]"), "not a JSON object"),
        (_append("entities/prices.jsonl", "{}"), "has no 'id'"),
        (_append("entities/prices.jsonl", '{"id":"x"}'), "prices"),
        (_append("entities/prices.jsonl", '{"id":"x","effective_date":7}'), "prices"),
        (_append("entities/prices.jsonl", '{"id":["x"]}'), "prices"),
        (_append("entities/scoring_tasks.jsonl", '{"id":"x"}'), "scoring_tasks"),
        (_append("users.jsonl", '{"id":7,"username":{}}'), None),
        (lambda root: (root / "import-progress.json").write_text("?"), "damaged"),
        (lambda root: (root / "import-progress.json").write_text('{"done":7}'), None),
    ],
)
def test_a_folder_that_was_tampered_with_is_refused_in_a_sentence(
    services: Services,
    other: Services,
    source: Project,
    tmp_path: Path,
    damage: Callable[[Path], None],
    sentence: str | None,
) -> None:
    folder = exported(services, source, tmp_path / "out")
    damage(folder.root)
    name = None if sentence == "entity/project" else f"{source.external}-copy"
    if sentence is None:
        imported(other, folder, name)
        return
    with pytest.raises(InvalidRequest, match=sentence):
        imported(other, folder, name)


@pytest.mark.parametrize("column", ["inputs", "output", "summary"])
def test_calls_whose_json_is_none_are_refused(
    services: Services, other: Services, source: Project, tmp_path: Path, column: str
) -> None:
    folder = exported(services, source, tmp_path / "out")
    rows = [row for some in folder.read_part("calls", "part-00001.parquet") for row in some]
    for bad in ("{", "", None):
        rows[3][column] = bad
        folder.write_part("calls", 1, rows)
        with pytest.raises(InvalidRequest, match="part-00001"):
            imported(other, folder, f"{source.external}-{new_id()}")


def test_a_folder_with_something_else_in_it_is_not_written_to(
    services: Services, source: Project, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("me")
    with pytest.raises(InvalidRequest, match="choose another folder"):
        exported(services, source, tmp_path / "letters")
    exported(services, source, tmp_path / "out")
    neighbour = services.stores.projects.ensure(source.entity, f"{source.name}-neighbour")
    with pytest.raises(InvalidRequest, match="holds an export of"):
        exported(services, neighbour, tmp_path / "out")
