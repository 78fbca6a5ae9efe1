"""Starts `weft serve` for the demo, on a port of its own when the usual one is taken, and stops it in the end."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

_READY_WITHIN = 60.0


class ServerFailed(Exception):
    """The server did not start; the text is what it said."""


class DemoServer:
    """A running `weft serve` with its data and its log in one folder."""

    def __init__(self, port: int, data: Path, llm_base_url: str) -> None:
        self.port = port if _is_free(port) else _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = data / "demo.log"
        data.mkdir(parents=True, exist_ok=True)
        address = ["--host", "127.0.0.1", "--port", str(self.port)]
        with self._log.open("ab") as log:
            # A group of its own, so that the Ctrl-C that ends the demo does not reach the server before we stop it.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "weft.cli", "serve", *address, "--data", str(data)],
                env={**os.environ, "WEFT_LLM_BASE_URL": llm_base_url},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Block until it answers. Raises ServerFailed with the end of its log."""
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/ready", timeout=2).status_code == 200:
                    return
            time.sleep(0.05)
        self.stop()
        raise ServerFailed(self._log.read_text(encoding="utf-8", errors="replace")[-2000:].strip())

    def wait(self) -> None:
        """Block until it ends."""
        self._process.wait()

    def stop(self) -> None:
        """End it politely: what it has accepted is on disk before it goes."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
