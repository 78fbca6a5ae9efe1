"""Child processes of tests: a free port, a wait for an answer, an end that nothing survives."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of this machine that nobody listens on now.

    None that the system gives to outgoing connections, so that a service that was stopped finds its port free again.
    """
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("No port between 20000 and 32000 is free")


def wait_for(what: str, ready: Callable[[], bool], alive: Callable[[], bool], log: Path, seconds: float = 120) -> None:
    """Return once `ready`; raises RuntimeError with the end of the log when it died or time is up."""
    deadline = time.monotonic() + seconds
    while alive() and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-3000:] if log.exists() else ""
    raise RuntimeError(f"{what} did not become ready:\n{tail}")


def accepts_connections(port: int) -> bool:
    """Whether something listens on the port of this machine."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def ends_with_its_parent() -> list[str]:
    """A prefix for commands that ends them with the thread that started them, where the system can."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


class PythonService:
    """A module of ours that runs until its standard input ends, so that it never outlives the tests."""

    def __init__(self, module: str, log: Path) -> None:
        self._module = module
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, arguments: Sequence[str], ready: Callable[[], bool]) -> None:
        """Start it and wait until it is ready."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self._module, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
        self._process = process
        try:
            wait_for(self._module, ready, lambda: process.poll() is None, self._log)
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    def end(self, how: signal.Signals) -> None:
        """Send the signal and wait until the process is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def end_with_standard_input(stop: Callable[[], None]) -> None:
    """In the child: call `stop` when whoever started it is gone."""

    def watch() -> None:
        # Not through sys.stdin, whose lock this thread would hold when the interpreter ends.
        while os.read(0, 65_536):
            pass
        stop()

    threading.Thread(target=watch, daemon=True).start()
