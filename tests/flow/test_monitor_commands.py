"""`weft monitors` against a running server, whose worker scores what ends by itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.live import LiveServer, free_port
from tests.monitor_objects import monitor_value
from tests.scoring_objects import builtin_scorer
from weft.cli import main
from weft.core.clock import iso, now
from weft.core.ids import new_id
from weft.settings import Settings

PROJECT = "flow/monitors"
JSON = "ValidJSONScorer"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    live = LiveServer(tmp_path_factory.mktemp("monitors") / "data")
    live.start(timeout=300)
    yield live
    live.stop()


@pytest.fixture
def monitors(server: LiveServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `weft monitors …`; its status and what it said."""

    def run(*arguments: str, url: str = server.url) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            for name in Settings.model_fields:
                patch.delenv(f"WEFT_{name.upper()}", raising=False)
            patch.setattr(sys, "argv", ["weft", "monitors", *arguments, "--url", url])
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def _post(server: LiveServer, path: str, body: dict[str, Any]) -> Any:
    return httpx.post(server.url + path, json=body, timeout=60).raise_for_status().json()


def _publish(server: LiveServer, name: str, val: Any) -> str:
    answer = _post(server, "/obj/create", {"obj": {"project_id": PROJECT, "object_id": name, "val": val}})
    return f"weave:///{PROJECT}/object/{name}:{answer['digest']}"


def _calls(server: LiveServer, count: int, op_name: str) -> list[str]:
    moment = iso(now())
    batch = [
        {
            "project_id": PROJECT, "id": new_id(), "trace_id": new_id(), "op_name": op_name, "started_at": moment,
            "ended_at": moment, "attributes": {}, "inputs": {}, "output": "{}", "summary": {},
        }
        for _ in range(count)
    ]  # fmt: skip
    _post(server, f"/v2/{PROJECT}/calls/complete", {"batch": batch})
    return [str(call["id"]) for call in batch]


def _scored(server: LiveServer, trigger_ref: str) -> set[str]:
    rows = _post(server, "/feedback/query", {"project_id": PROJECT})["result"]
    return {row["weave_ref"].rpartition("/")[2] for row in rows if row["trigger_ref"] == trigger_ref}


def test_what_ends_is_scored_and_the_past_when_asked(server: LiveServer, monitors: Command) -> None:
    past = _calls(server, 30, "talk")
    scorer = _publish(server, JSON, builtin_scorer(JSON))
    watch = _publish(server, "watch", monitor_value([scorer], op_names=["talk"]))
    live = _calls(server, 20, "talk") + _calls(server, 5, "walk")
    deadline = time.monotonic() + 120
    while _scored(server, watch) != set(live[:20]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _scored(server, watch) == set(live[:20])

    status, out, err = monitors("list", PROJECT)
    assert (status, out) == (0, f"watch\tactive\ttalk\t1\t{JSON}\t\n")
    status, out, err = monitors("explain", PROJECT, past[0])
    assert status == 0
    assert "a back-fill scores past calls" in out
    status, out, err = monitors("backfill", PROJECT, "watch", "--dry-run")
    assert (status, out) == (0, "50 calls looked at: 50 would be chosen, 0 not sampled, 0 scorers' own\n")
    assert err.startswith("Back-fill ")
    status, out, err = monitors("backfill", PROJECT, "watch")
    assert (status, out) == (
        0,
        "50 calls looked at: 50 chosen, 0 not sampled, 0 scorers' own\nScores: 50 scored\n",
    )
    assert _scored(server, watch) == {*past, *live[:20]}
    status, out, err = monitors("explain", PROJECT, past[0], "--monitor", "watch")
    assert "watch: The monitor asked for 1 score: ValidJSONScorer scored it" in out
    status, out, err = monitors("backfill", PROJECT, "watch", "--detach", "--end", "2020-01-01T00:00:00Z")
    assert status == 0
    assert monitors("follow", out.strip())[:2] == (
        0,
        "0 calls looked at: 0 chosen, 0 not sampled, 0 scorers' own\n",
    )
    assert monitors("cancel", out.strip())[0] == 0


def test_what_cannot_be_done_is_said_in_a_sentence(server: LiveServer, monitors: Command) -> None:
    _publish(server, "broken", monitor_value([]))
    assert "broken\tactive\tall\t1\t\tIt has no scorer" in monitors("list", PROJECT)[1]
    status, _, err = monitors("backfill", PROJECT, "broken")
    assert (status, "cannot be used: It has no scorer" in err) == (1, True)
    assert "not found" in monitors("backfill", PROJECT, "nothing")[2]
    assert "Project" in monitors("list", "no/where")[2]
    assert "Back-fill" in monitors("follow", new_id())[2]
    assert "No server answers" in monitors("list", PROJECT, url=f"http://127.0.0.1:{free_port()}")[2]
    assert "begins with" in monitors("list", PROJECT, url="ftp://x")[2]
