"""Programs of users, run as users run them: a process of their own and environment variables only.

Each run has its own project, home, working folder and client cache. Runs are started ahead of the tests that look at
them, a few at a time, since most of a run is waiting.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.environments import TYPESCRIPT, WEAVE_VERSIONS, ensure, interpreter
from tests.sdk.target import Target

PROGRAMS = Path(__file__).parent / "programs"
LONGEST_RUN = 150
AT_ONCE = 3


@dataclass(frozen=True)
class Run:
    """What one program did."""

    project: str
    status: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def printed(self) -> str:
        """Everything that its user saw, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.stdout + self.stderr)

    @property
    def result(self) -> dict[str, Any]:
        """What it reported, provided that it ended well."""
        assert self.status == 0, f"status {self.status} after {self.seconds:.0f} s in {self.project}:\n{self.printed}"
        return self.report

    @property
    def report(self) -> dict[str, Any]:
        """What it reported, however it ended."""
        reported = [line for line in self.stdout.splitlines() if line.startswith("{")]
        assert reported, f"nothing reported, status {self.status}:\n{self.printed}"
        answer: dict[str, Any] = json.loads(reported[-1])
        return answer


class Programs:
    """Runs programs against a server, each (environment, program, variables) once, whoever asks."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="program")
        self._runs: dict[tuple[str, str, tuple[tuple[str, str], ...]], Future[Run]] = {}
        self._lock = threading.Lock()

    def begin_those_of(self, items: Iterable[pytest.Item], fixture: str) -> None:
        """Start the runs that tests will ask of this fixture, as their parameters say."""
        for item in items:
            if fixture in getattr(item, "fixturenames", ()) and hasattr(item, "callspec"):
                asked = item.callspec.params
                if {"environment", "program"} <= asked.keys():
                    self._submit(asked["environment"], asked["program"], asked.get("variables", {}))

    def run(self, environment: str, program: str, **variables: str) -> Run:
        """The run of a program; `{url}` in a variable is where the server is, an empty one is not given."""
        return self._submit(environment, program, variables).result()

    def close(self) -> None:
        """Start nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, environment: str, program: str, variables: dict[str, str]) -> Future[Run]:
        key = (environment, program, tuple(sorted(variables.items())))
        with self._lock:
            if key not in self._runs:
                ensure([environment])
                label = f"{program}-{environment}-{len(self._runs)}".replace(".", "-")
                self._runs[key] = self._pool.submit(self._execute, environment, program, label, variables)
            return self._runs[key]

    def _execute(self, environment: str, program: str, label: str, variables: dict[str, str]) -> Run:
        folder = self._folder / label
        folder.mkdir()
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PROJECT": f"sdk-team/{label}",
            "SERVER_KIND": self._target.kind,
            "WANDB_BASE_URL": self._target.url,
            "WANDB_API_KEY": self._target.key,
            "WANDB_ERROR_REPORTING": "false",
            "WEAVE_SERVER_CACHE_DIR": str(folder / "cache"),
            **({"WF_TRACE_SERVER_URL": self._target.url} if environment == "typescript" else {}),
            **variables,
        }
        given = {name: value.replace("{url}", self._target.url) for name, value in given.items() if value}
        started = time.monotonic()
        ended = subprocess.run(
            command(environment, program),
            env=given,
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LONGEST_RUN,
            check=False,
        )
        seconds = time.monotonic() - started
        return Run(given["PROJECT"], ended.returncode, ended.stdout, ended.stderr, seconds)


def command(environment: str, program: str) -> list[str]:
    """How a user starts a program."""
    if environment == "typescript":
        node = shutil.which("node")
        assert node, "node is not on PATH"
        return [node, str(TYPESCRIPT / f"{program}.mjs")]
    return [str(interpreter(environment)), str(PROGRAMS / f"{program}.py")]


PYTHON_ENVIRONMENTS = tuple(f"weave-{version}" for version in WEAVE_VERSIONS)
NEWEST = PYTHON_ENVIRONMENTS[0]
