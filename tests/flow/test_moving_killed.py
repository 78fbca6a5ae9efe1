"""An export and an import that are killed go on when the same command runs again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.test_command_line import weft_process
from weft.transfer.folder import Folder

# Several servers and commands start one after another, each of which opens its stores.
pytestmark = pytest.mark.timeout(900)

PROJECT = "team/large"
CALLS = 6000
FILL = f"""
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weft.services import build_services
from weft.settings import Settings
from weft.storage.events.call_changes import Call, PutCall
services = build_services(Settings(data=Path(sys.argv[1])))
project = services.stores.projects.ensure("team", "large")
began = datetime(2026, 1, 1, tzinfo=UTC)
calls = [Call(project.id, f"{{n:016x}}", started_at=began + timedelta(seconds=n)) for n in range({CALLS})]
services.stores.calls.apply([PutCall(call, fresh=True) for call in calls])
services.close()
"""
# Many small parts, so that a kill hits in between.
SMALL_PARTS = """
import sys
from weft.cli import main
from weft.storage.events import project_rows
from weft.transfer import exporting
exporting._ROWS_IN_PART = project_rows._ROWS_AT_ONCE = 100
main()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a project of many calls."""
    root = tmp_path_factory.mktemp("large") / "data"
    subprocess.run([sys.executable, "-c", FILL, str(root)], check=True, timeout=250)
    return root


def killed_when(ready: Callable[[], bool], *arguments: str) -> None:
    """Run a command and kill it without warning at that moment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    process = subprocess.Popen([sys.executable, "-c", SMALL_PARTS, *arguments], env=environment)
    deadline = time.monotonic() + 250
    while not ready() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL, "it ended before it could be killed"


def ids_in(folder: Folder) -> list[str]:
    """The ids of the exported calls in the order of the parts."""
    return [row["id"] for part in folder.parts("calls") for some in folder.read_part("calls", part) for row in some]


def test_nothing_is_lost_or_doubled_by_kills(data: Path, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    export = ("export", PROJECT, str(folder.root), "--data", str(data))
    killed_when(lambda: len(folder.parts("calls")) >= 3, *export)
    some = len(folder.parts("calls"))
    assert folder.progress("progress")["counts"]["events/calls"] >= 100
    early = weft_process("import", str(folder.root), "--data", str(tmp_path / "copy"))
    assert early.returncode == 1
    assert "not finished" in early.stderr
    killed_when(lambda: len(folder.parts("calls")) >= some + 3, *export)
    done = weft_process(*export)
    assert done.returncode == 0, done.stderr
    assert ids_in(folder) == [f"{number:016x}" for number in range(CALLS)]

    copy = tmp_path / "copy"
    imported = ("import", str(folder.root), "--data", str(copy))
    killed_when(lambda: len(folder.progress("import-progress").get("done", ())) >= 3, *imported)
    again = weft_process(*imported)
    assert again.returncode == 0, again.stderr
    back = Folder(tmp_path / "back")
    assert weft_process("export", PROJECT, str(back.root), "--data", str(copy)).returncode == 0
    assert ids_in(back) == ids_in(folder)
