"""One `weft` process of a cluster: configured by its environment alone, started, stalled, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.services.processes import ends_with_its_parent, free_port, wait_for

_OURS = ("WEFT_", "WANDB_", "WF_", "WEAVE_")


class WeftProcess:
    """`weft serve` or `weft worker`; both answer `/ready` and `/health` on a port of their own."""

    def __init__(self, command: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{command}-{self.port}.log"
        self._command = command
        own = {
            "WEFT_DATA": str(folder / f"{command}-{self.port}"),
            "WEFT_PORT" if command == "serve" else "WEFT_WORKER_PORT": str(self.port),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        self._environment = {**inherited, **environment, **own}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None

    @property
    def pid(self) -> int:
        """Its process id, also when it has ended. Raises RuntimeError when it never ran."""
        if self._pid is None:
            raise RuntimeError(f"weft {self._command} was never started")
        return self._pid

    @property
    def ready(self) -> bool:
        """Whether it answers that it is ready."""
        return self.status("/ready") == 200

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def begin(self) -> None:
        """Start it, without waiting."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_its_parent(), sys.executable, "-m", "weft.cli", self._command],
                env=self._environment, stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip
        self._pid = self._process.pid

    def wait_until_ready(self, seconds: float = 400) -> None:
        """Until it answers that it is ready. Raises RuntimeError with the end of its log."""
        try:
            wait_for(f"weft {self._command}", lambda: self.ready, lambda: self.alive, self.log, seconds)
        except BaseException:
            self.kill()
            raise

    def status(self, path: str, timeout: float = 5) -> int:
        """The status of an answer to GET; 0 when there is none."""
        try:
            return httpx.get(f"{self.url}{path}", timeout=timeout).status_code
        except httpx.HTTPError:
            return 0

    def stall(self) -> None:
        """Freeze it where it stands: no thread of it runs."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def ask_to_stop(self) -> None:
        """Tell it to end, and do not wait for that."""
        os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> float:
        """End it politely; how many seconds it took."""
        began = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - began

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(90)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait(30)
