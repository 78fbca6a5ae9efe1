"""One locked-in process with users' code, seen from outside: begun, asked, timed, weighed, ended with all it started.

Between it and the keeper stand two that run no such code: one that leaves for new namespaces, and the first process in
those, with whose end everything in them ends.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from . import running
from .confinement import Confinement, Isolation
from .exchange import Exchange
from .frames import read_frame, write_frame

_REPORT_BYTES = 64 * 1024
_SECONDS_TO_END = 10.0
_QUESTIONS, _ANSWERS = 3, 4


@dataclass(frozen=True)
class Reply:
    """What it answered; or why it did not: `time`, `memory`, `size`, `died`, `worker`. `noise` is what it printed."""

    answer: bytes
    end: str
    noise: str


class Prisoner:
    """A process that runs one program."""

    def __init__(self, confinement: Confinement, folder: str, config: dict[str, Any]) -> None:
        self._folder = folder
        self._config = config
        self._first = 0
        self.status = 0
        self.isolation = Isolation()
        questions, self._questions = os.pipe()
        self._answers, answers = os.pipe()
        self._noise, noise = os.pipe()
        report, reports = os.pipe()
        self._between = os.fork()
        if self._between == 0:
            _locked_in(confinement, config, questions, answers, noise, reports)
        for pipe in (questions, answers, noise, reports):
            os.close(pipe)
        self._read_report(report)
        self._exchange = Exchange(self._questions, self._answers, self._noise, config)

    def ask(self, sent: bytes, is_score: bool, seconds: float) -> Reply:
        """Send a program or arguments, and wait for what is said to it."""
        token = secrets.token_bytes(running.TOKEN_BYTES) if is_score else b""
        answer, end = self._exchange.ask(token + sent, seconds, self._weight_mib)
        if not end and not answer.startswith(token):
            # Somebody answered before being asked.
            answer, end = b"", "forged"
        if end == "died":
            self._wait()
        return Reply(answer[len(token) :], end, self._exchange.noise())

    def end(self) -> None:
        """End it and everything it started."""
        if self._first:
            _kill(self._first)
        self._wait()
        for pipe in (self._questions, self._answers, self._noise):
            os.close(pipe)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read_report(self, report: int) -> None:
        """What the first one in tells: who is to be killed, and which locks hold."""
        try:
            for _ in range(2):
                told = json.loads(read_frame(report, _REPORT_BYTES) or b"{}")
                self._first = told.get("first", self._first)
                if "isolation" in told:
                    self.isolation = Isolation(**told["isolation"])
        finally:
            os.close(report)

    def _wait(self) -> None:
        """Until it is gone; the one between waits for what may be left, and is itself killed if that takes long."""
        if not self._between:
            return
        deadline = time.monotonic() + _SECONDS_TO_END
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self._between, os.WNOHANG)
            if ended:
                self.status = os.waitstatus_to_exitcode(status)
                break
            time.sleep(0.002)
        else:
            _kill(self._between)
            os.waitpid(self._between, 0)
        self._between = self._first = 0

    def _weight_mib(self) -> int:
        """Memory of it and all it started, beyond what it shares with the keeper, in MiB."""
        page = os.sysconf("SC_PAGE_SIZE")
        shared = _resident(os.getpid())
        pages = sum(max(0, _resident(process) - shared) for process in descendants(self._between))
        return pages * page // 2**20


def descendants(process: int) -> Iterator[int]:
    """The processes that a process has started, and those that these have."""
    waiting = [process]
    while waiting:
        parent = waiting.pop()
        with suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{thread}/children", encoding="ascii") as file:
                    children = [int(part) for part in file.read().split()]
                waiting += children
                yield from children


def _resident(process: int) -> int:
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1])
    return 0


def _locked_in(
    confinement: Confinement, config: dict[str, Any], questions: int, answers: int, noise: int, reports: int
) -> NoReturn:
    """In the process between: leave, let the first one in, wait for its end, end what it left behind."""
    with suppress(BaseException):
        nothing = os.open(os.devnull, os.O_RDWR)
        _arrange([nothing, noise, noise, questions, answers, reports])
        confinement.enter_namespaces()
        first = os.fork()
        if first == 0:
            _first_in(confinement, config)
        write_frame(5, json.dumps({"first": first}).encode())
        os.closerange(3, 6)
        _, status = os.waitpid(first, 0)
        for process in _left_behind():
            _kill(process)
        os._exit(_exit_code(status))
    os._exit(125)


def _first_in(confinement: Confinement, config: dict[str, Any]) -> NoReturn:
    """In the first process of the namespaces: with its end everything in them ends, so it only waits."""
    with suppress(BaseException):
        confinement.enter_root()
        runs = os.fork()
        if runs == 0:
            _runs(confinement, config)
        os.closerange(3, 6)
        status = 0
        while True:
            ended, code = os.wait()
            if ended == runs:
                status = code
                break
        os._exit(_exit_code(status))
    os._exit(125)


def _runs(confinement: Confinement, config: dict[str, Any]) -> NoReturn:
    with suppress(SystemExit):
        confinement.lock()
        write_frame(5, json.dumps({"isolation": vars(confinement.isolation)}).encode())
        os.close(5)
        if not (confinement.isolation.missing() and config["require_isolation"]):
            running.serve(_QUESTIONS, _ANSWERS, config["cpu_seconds"], config["output_bytes"])
    os._exit(0)


def _arrange(wanted: list[int]) -> None:
    """Make these the files 0, 1, 2, …, and close all others."""
    above = max(*wanted, len(wanted)) + 1
    safe = [os.dup2(file, above + place) for place, file in enumerate(wanted)]
    for place, file in enumerate(safe):
        os.dup2(file, place)
    os.closerange(len(wanted), 65536)


def _left_behind() -> Iterator[int]:
    """What still runs of it, until nothing does; where there are no namespaces, what it started outlives it."""
    for _ in range(1000):
        found = list(descendants(os.getpid()))
        yield from found
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    # As shells tell of signals.
    return 128 - code if code < 0 else code


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except OSError as error:
        if error.errno != errno.ESRCH:
            raise
