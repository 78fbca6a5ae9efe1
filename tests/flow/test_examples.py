"""The examples that newcomers copy work as they stand."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.live import LiveServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_curl_example_shows_the_whole_loop(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.start()
    try:
        command = [EXAMPLES / "curl.sh", server.url, "curl/example"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"state":"scored"' in done.stdout
    results = json.loads(done.stdout.splitlines()[-1])
    assert results["rows"][0]["evaluations"][0]["trials"][0]["scores"] == {"exact": True}
