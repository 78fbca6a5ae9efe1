"""The demo shows everything it promises and ends by itself; it needs the environment that `make demo` makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.live import free_port

ROOT = Path(__file__).resolve().parents[2]
SDK_PYTHON = ROOT / ".sdk" / "demo" / "bin" / "python"


def test_the_demo_runs_to_its_end(tmp_path: Path) -> None:
    done = _demo(tmp_path, "--sdk-python", str(SDK_PYTHON))
    assert done.returncode == 0, done.stdout + done.stderr
    for promise in ("evaluated 2 models on 60 support tickets", "60 rows", "wandb.annotation.right-topic", "48/48"):
        assert promise in done.stdout
    assert "4 of 48 tasks met a busy provider" in done.stdout
    # The server that it started is gone, and has left its data in order.
    assert (tmp_path / "weft-data" / "entities.db").exists()


def test_without_the_sdk_the_demo_says_what_to_do(tmp_path: Path) -> None:
    done = _demo(tmp_path, "--sdk-python", sys.executable)
    assert done.returncode == 1
    assert "pip install weave" in done.stdout
    assert not (tmp_path / "weft-data").exists()


def _demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "weft.cli", "demo", "--exit", "--port", str(free_port()), "--data", "weft-data"]
    return subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, timeout=240, check=False)
