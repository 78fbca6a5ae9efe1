"""A server that is killed while it has code run leaves nothing of it behind, and the next one goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.code_scorers import CodeClient, runner_python
from tests.conftest import BASIC
from tests.live import LiveServer
from weft.core.ids import new_id

MARK = "slept-for-the-test-of-killed-servers"
PATIENCE = 250.0


def _until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.05)
    return found


def _left(mark: str = MARK) -> list[int]:
    return [item.pid for item in psutil.process_iter(["cmdline"]) if mark in " ".join(item.info["cmdline"] or [])]


@pytest.mark.timeout(900)
def test_code_ends_with_its_server_and_its_task_is_done_by_the_next(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    server = LiveServer(
        tmp_path / "data",
        WEFT_AUTH="off",
        TMPDIR=str(scratch),
        WEFT_RUNNER_PYTHON=str(runner_python()),
        WEFT_RUNNER_WALL_SECONDS="600",
        WEFT_SCORING_LEASE_SECONDS="1",
    )
    server.start(timeout=PATIENCE)
    project = f"tests/p-{new_id()}"
    source = f"""
        @weave.op
        def score(self, output):
            import subprocess, sys, time
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)", f"{MARK}-{{self.seconds}}"])
            time.sleep(self.seconds)
            return "done"
    """
    try:
        with httpx.Client(base_url=server.url, headers=BASIC, timeout=60) as http:
            client = CodeClient(http, project)  # type: ignore[arg-type]
            scorers = [client.scorer(source, seconds=seconds) for seconds in (9999, 0)]
            call = client.call({}, "x")
            client.score([call], scorers[:1])
            _until(_left)
            server.kill()
        _until(lambda: not _left())
        server.start(timeout=PATIENCE)
        with httpx.Client(base_url=server.url, headers=BASIC, timeout=60) as http:
            client = CodeClient(http, project)  # type: ignore[arg-type]
            client.score([call], scorers[1:])
            _until(lambda: [task for task in client.tasks() if task["state"] == "scored"])
            _until(lambda: _left(f"{MARK}-9999"))
    finally:
        server.kill()
    _until(lambda: not _left())
    _until(lambda: not list(scratch.glob("weft-*")))
