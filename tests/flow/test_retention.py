"""Retention really deletes: rows are counted in the engine and bytes on the disk, before and after a sweep."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import BASIC
from weft.app import create_app
from weft.core.ids import new_id
from weft.domain.retention import RetentionSweeper, Swept, sweep
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.spans import Span

NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=40)
NONE = timedelta(0)


class Place:
    """A project with retention, its server, and a look behind both."""

    def __init__(self, client: TestClient, project: str, blobs: Path) -> None:
        self.client = client
        self.project = project
        self.services: Services = client.app.state.services  # type: ignore[attr-defined]
        self.stores = self.services.stores
        self._blobs = blobs
        self.keep(30)
        found = self.stores.projects.find(*project.split("/"))
        assert found is not None
        self.id = found.id

    def keep(self, days: int | None) -> None:
        """Set the retention."""
        self.post("/project/ttl_settings/update", retention_days=days)

    def post(self, path: str, **body: Any) -> Any:
        """The answer to a body that names the project."""
        answer = self.client.post(path, json={"project_id": self.project, **body})
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()] if "stream" in path else answer.json()

    def call(self, started: datetime = OLD, **fields: Any) -> str:
        """Store a finished call; its id."""
        plain = {"project_id": self.project, "id": new_id(), "trace_id": new_id(), "op_name": "op", "attributes": {}}
        times = {"started_at": started.isoformat(), "ended_at": started.isoformat()}
        call = {**plain, **times, "inputs": {}, "output": None, "summary": {}, **fields}
        answer = self.client.post(f"/v2/{self.project}/calls/complete", json={"batch": [call]})
        assert answer.status_code == 200, answer.text
        return str(call["id"])

    def note(self, call_id: str, **payload: Any) -> str:
        """Say something about a call; the feedback's id."""
        ref = f"weave:///{self.project}/call/{call_id}"
        answer = self.post("/feedback/create", weave_ref=ref, feedback_type="custom", payload=payload)
        return str(answer["id"])

    def file(self, content: bytes) -> str:
        """Upload a file; its digest."""
        form = {"project_id": self.project}
        answer = self.client.post("/file/create", data=form, files={"file": ("name", content)})
        return str(answer.json()["digest"])

    def ids(self) -> set[str]:
        """What a reader of calls sees."""
        return {call["id"] for call in self.post("/calls/stream_query")}

    def rows(self, table: str) -> int:
        """Rows of the project in the engine, whatever their version or state."""
        sql = f"SELECT count() AS n FROM {table} WHERE project_id = {{id:String}}"
        return int(self.services.engine.query(sql, {"id": self.id})[0]["n"])

    def files(self) -> set[str]:
        """The digests of the files on the disk."""
        folder = self._blobs / self.id.rstrip("=")
        return {path.name for path in folder.rglob("*") if path.is_file()}

    def sweep(self, grace: timedelta = NONE) -> Swept:
        """Sweep as of a moment later than everything just stored."""
        return sweep(self.stores, datetime.now(UTC) + timedelta(seconds=1), grace)


@pytest.fixture
def place(settings: Settings, project: str) -> Iterator[Place]:
    with TestClient(create_app(settings), headers=BASIC, raise_server_exceptions=False) as client:
        yield Place(client, project, settings.data / "blobs")


def _media(digest: str) -> dict[str, Any]:
    return {"_type": "CustomWeaveType", "weave_type": {"type": "PIL.Image.Image"}, "files": {"image.png": digest}}


def test_expired_calls_their_feedback_and_their_files_are_gone(place: Place) -> None:
    inside, said = place.file(b"inside"), place.file(b"said")
    old = place.call(inputs={"image": _media(inside)})
    fresh = place.call(started=NOW, inputs={"text": "keep"})
    place.note(old, image=_media(said))
    kept = place.note(fresh, note="keep")
    assert (place.rows("calls"), place.rows("feedback"), place.files()) == (2, 2, {inside, said})
    swept = place.sweep()
    assert (swept.calls, swept.feedback, swept.files, swept.bytes) == (1, 1, 2, len(b"inside") + len(b"said"))
    assert (place.rows("calls"), place.rows("feedback"), place.files()) == (1, 1, set())
    assert place.ids() == {fresh}
    assert [row["id"] for row in place.post("/feedback/query")["result"]] == [kept]
    assert place.client.post("/call/read", json={"project_id": place.project, "id": old}).json()["call"] is None
    assert place.client.post("/file/content", json={"project_id": place.project, "digest": inside}).status_code == 404


def test_nothing_goes_before_its_time_or_without_retention(place: Place) -> None:
    place.keep(None)
    unlimited = place.call()
    place.keep(41)
    later = place.call()
    place.keep(30)
    digest = place.file(b"of one that stays")
    young = place.call(started=NOW, output=_media(digest))
    assert place.sweep() == Swept()
    assert place.ids() == {unlimited, later, young}
    assert place.files() == {digest}


def test_files_that_something_still_names_stay(place: Place) -> None:
    contents = {name: name.encode() * 9 for name in ("call", "object", "row", "feedback", "escaped", "nothing")}
    digests = {name: place.file(content) for name, content in contents.items()}
    place.call(inputs={name: _media(digest) for name, digest in digests.items()})
    young = place.call(started=NOW, output={"deep": [_media(digests["call"])]})
    place.call(started=NOW, output=json.dumps({"in text": "\n" + digests["escaped"]}))
    place.post(
        "/obj/create", obj={"project_id": place.project, "object_id": "o", "val": {"it": _media(digests["object"])}}
    )
    place.post("/table/create", table={"project_id": place.project, "rows": [{"it": _media(digests["row"])}]})
    place.note(young, it=_media(digests["feedback"]))
    swept = place.sweep()
    assert (swept.calls, swept.files) == (1, 1)
    assert place.files() == set(digests.values()) - {digests["nothing"]}
    read = place.client.post("/file/content", json={"project_id": place.project, "digest": digests["row"]})
    assert read.content == contents["row"]


def test_files_nobody_ever_named_and_those_of_other_projects_stay(place: Place) -> None:
    never, shared = place.file(b"never named"), place.file(b"shared")
    place.call(inputs=_media(shared))
    other = Place(place.client, f"tests/p-{new_id()}", place._blobs)
    assert other.file(b"shared") == shared
    assert place.sweep().files == 1
    assert (place.files(), other.files()) == ({never}, {shared})


def test_a_file_uploaded_just_now_waits_for_its_references(place: Place) -> None:
    digest = place.file(b"again")
    place.call(inputs=_media(digest))
    place.file(b"again")
    assert place.sweep(grace=timedelta(hours=1)).files == 0
    assert place.files() == {digest}
    place.call(started=NOW, inputs=_media(digest))
    assert place.sweep().files == 0
    assert place.files() == {digest}


def test_a_file_that_was_too_young_goes_in_a_later_sweep(place: Place) -> None:
    digest = place.file(b"later")
    place.call(inputs=_media(digest))
    assert place.sweep(grace=timedelta(hours=1)).calls == 1
    assert place.files() == {digest}
    assert place.sweep().files == 1
    assert place.files() == set()


def test_the_newest_version_decides_and_older_ones_do_not_come_to_light(place: Place) -> None:
    call_id, trace_id = new_id(), new_id()
    place.keep(None)
    place.call(id=call_id, trace_id=trace_id, output="first, for ever")
    place.keep(30)
    place.call(id=call_id, trace_id=trace_id, output="second, old")
    renewed, its_trace = new_id(), new_id()
    place.call(id=renewed, trace_id=its_trace, output="first, old")
    place.call(started=NOW, id=renewed, trace_id=its_trace, output="second, new")
    assert place.ids() == {call_id, renewed}
    assert place.sweep().calls == 1
    assert place.ids() == {renewed}
    assert place.post("/calls/stream_query")[0]["output"] == "second, new"
    sql = "SELECT count() AS n FROM calls WHERE id = {id:String}"
    assert place.services.engine.query(sql, {"id": call_id})[0]["n"] == 0


def test_deleted_calls_and_ends_that_found_no_start_go_too(place: Place) -> None:
    deleted = place.call(inputs={"secret": "x"})
    place.post("/calls/delete", call_ids=[deleted])
    end = {"project_id": place.project, "id": new_id(), "ended_at": OLD.isoformat(), "summary": {}}
    assert place.client.post("/call/end", json={"end": end}).status_code == 200
    assert place.rows("calls") >= 2
    assert place.sweep().calls == 2
    assert place.rows("calls") == 0


def test_what_was_written_last_is_not_remembered_beyond_its_time(place: Place) -> None:
    start = {"project_id": place.project, "id": new_id(), "trace_id": new_id(), "op_name": "op", "inputs": {}}
    start |= {"attributes": {}, "started_at": OLD.isoformat()}
    assert place.client.post("/call/start", json={"start": start}).status_code == 200
    assert place.stores.calls.get(place.id, start["id"]) is not None
    place.sweep()
    assert place.stores.calls.get(place.id, start["id"]) is None
    end = {"project_id": place.project, "id": start["id"], "ended_at": NOW.isoformat(), "summary": {}}
    late = place.client.post(f"/v2/{place.project}/call/end", json={"end": {**end, "started_at": OLD.isoformat()}})
    assert late.status_code == 404
    assert place.ids() == set()


def _span(place: Place, trace: str, span: str, **fields: Any) -> Span:
    return Span(place.id, trace, span, started_at=OLD, **fields)


def test_expired_spans_go_with_their_files_and_the_feedback_of_what_is_over(place: Place) -> None:
    digest = place.file(b"seen by an agent")
    expired = {"expire_at": OLD + timedelta(days=30)}
    lasting = {"expire_at": NOW + timedelta(days=30)}
    place.stores.spans.put(
        [
            _span(place, "a" * 32, "1" * 16, conversation_id="over/&", input_messages=f'["{digest}"]', **expired),
            _span(place, "a" * 32, "2" * 16, conversation_id="over/&", **expired),
            _span(place, "b" * 32, "3" * 16, conversation_id="goes on", **expired),
            _span(place, "b" * 32, "4" * 16, conversation_id="goes on", **lasting),
        ]
    )
    refs = {
        "agent_span/" + "1" * 16: False,
        "agent_turn/" + "a" * 32: False,
        "agent_conversation/over%2F%26": False,
        "agent_span/" + "4" * 16: True,
        "agent_turn/" + "b" * 32: True,
        "agent_conversation/goes%20on": True,
    }
    for ref in refs:
        place.post("/feedback/create", weave_ref=f"weave:///{place.project}/{ref}", feedback_type="custom", payload={})
    swept = place.sweep()
    assert (swept.spans, swept.feedback, swept.files) == (3, 3, 1)
    assert place.rows("spans") == 1
    left = {row["weave_ref"] for row in place.post("/feedback/query")["result"]}
    assert left == {f"weave:///{place.project}/{ref}" for ref, stays in refs.items() if stays}


def test_many_are_removed_in_batches(place: Place) -> None:
    for _ in range(7):
        place.call()
    fresh = place.call(started=NOW)
    assert sweep(place.stores, NOW, NONE, batch=3).calls == 7
    assert place.ids() == {fresh}


@pytest.mark.parametrize("done", ["listed", "removed but still listed", "removed"])
def test_a_sweep_that_was_cut_off_is_finished_by_the_next(place: Place, done: str) -> None:
    digest = place.file(b"half gone")
    place.note(place.call(inputs=_media(digest)), it=1)
    engine = place.services.engine
    assert place.stores.retention.doom(NOW, 10) == 1
    listed = engine.query("SELECT * FROM retention_doomed")
    if done != "listed":
        place.stores.retention.remove_doomed()
    if done == "removed but still listed":
        engine.insert("retention_doomed", listed)
    assert place.files() == {digest}
    place.sweep()
    assert (place.rows("calls"), place.rows("feedback"), place.files(), place.ids()) == (0, 0, set(), set())
    assert engine.query("SELECT count() AS n FROM retention_doomed")[0]["n"] == 0


def test_a_call_sent_again_while_it_is_doomed_stays(place: Place) -> None:
    call_id = place.call()
    assert place.stores.retention.doom(NOW, 10) >= 1
    place.call(started=NOW, id=call_id, output="again")
    place.sweep()
    assert place.ids() == {call_id}


def test_the_sweeper_sweeps_by_itself_and_stops(place: Place) -> None:
    place.call()
    sweeper = RetentionSweeper(place.stores, interval_seconds=0.01, grace_seconds=0)
    sweeper.start()
    for _ in range(3000):
        if not place.rows("calls"):
            break
    sweeper.stop()
    assert place.rows("calls") == 0
    idle = RetentionSweeper(place.stores, interval_seconds=0, grace_seconds=0)
    idle.start()
    idle.stop()


def test_the_command_sweeps_when_no_server_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    program = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weft.services import build_services
from weft.settings import Settings
from weft.storage.events.call_changes import Call, PutCall
services = build_services(Settings(data=Path(sys.argv[1])))
old = datetime.now(UTC) - timedelta(days=2)
services.stores.files.put("p", "D" * 43, b"bytes")
call = Call("p", "c", started_at=old, expire_at=old + timedelta(days=1), inputs='{"file":"' + "D" * 43 + '"}')
services.stores.calls.apply([PutCall(call)])
services.close()
"""
    subprocess.run([sys.executable, "-c", program, str(data)], check=True)
    command = [sys.executable, "-m", "weft.cli", "retention", "sweep", "--data", str(data)]
    said = [
        subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout
        for options in ([], ["--grace-seconds", "0"])
    ]
    assert [line.strip() for line in said] == [
        "1 calls, 0 feedback, 0 spans and 0 files (0 bytes) removed",
        "0 calls, 0 feedback, 0 spans and 1 files (5 bytes) removed",
    ]
    assert [path for path in (data / "blobs").rglob("*") if path.is_file()] == []
