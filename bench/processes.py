"""Servers under measurement: started on a free port, waited for, weighed and stopped."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[1]
REFERENCE_PYTHON = ROOT / ".sdk" / "reference" / "bin" / "python"
REFERENCE = ROOT / "tests" / "reference" / "reference_server.py"


class Server:
    """A server process that answers on its port."""

    def __init__(self, command: list[str], port: int, ready_path: str, log: Path) -> None:
        self.port = port
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}{ready_path}", timeout=5).status_code == 200:
                    return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")

    def resident_bytes(self) -> int:
        """The memory it holds now."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def stop(self) -> None:
        """End it and wait until it has ended."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)


@contextlib.contextmanager
def weft(data: Path) -> Iterator[Server]:
    """Weft on a data folder."""
    port = free_port()
    server = Server([sys.executable, "-m", "bench.server", str(port), str(data)], port, "/ready", _log(data))
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def reference(folder: Path) -> Iterator[Server]:
    """The reference server; `has_reference()` says whether it can be started."""
    port = free_port()
    command = [str(REFERENCE_PYTHON), str(REFERENCE), "--port", str(port)]
    server = Server(command, port, "/server_info", _log(folder / "reference"))
    try:
        yield server
    finally:
        server.stop()


def has_reference() -> bool:
    """Whether the environment of the reference server has been made."""
    return REFERENCE_PYTHON.exists()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _log(data: Path) -> Path:
    data.parent.mkdir(parents=True, exist_ok=True)
    return data.parent / f"{data.name}.log"
