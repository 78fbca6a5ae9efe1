"""The reference server, one process for the run, and a client of it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import BASIC
from tests.live import free_port
from tests.sdk.environments import ROOT, ensure, interpreter

SERVER = ROOT / "tests" / "reference" / "reference_server.py"
START_SECONDS = 180


Started = tuple[subprocess.Popen[bytes], str]


@pytest.fixture(scope="session", autouse=True)
def starting_reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The reference server's process and address; it gets ready while our own application does."""
    ensure(["reference"])
    port = free_port()
    log = tmp_path_factory.mktemp("reference") / "server.log"
    with log.open("wb") as output:
        command = [str(interpreter("reference")), str(SERVER), "--port", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def reference(starting_reference: Started) -> Iterator[httpx.Client]:
    """A client of the reference server, which keeps everything in memory."""
    process, address = starting_reference
    with httpx.Client(base_url=address, headers=BASIC, timeout=30) as client:
        _wait(client, process)
        client.post("/_reference/reset").raise_for_status()
        yield client


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if client.get("/health").status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the reference server did not start")
