"""The child process as the worker holds it: started with an environment of its own, asked, and ended in any case."""

from __future__ import annotations

import json
import math
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weft.scoring.runner.child.frames import HEADER, write_frame

CHILD = Path(__file__).parent / "child"
_BEGIN = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("weft_runner", sys.argv[1] + "/__init__.py", submodule_search_locations=[sys.argv[1]])
sys.modules["weft_runner"] = package = module_from_spec(spec)
spec.loader.exec_module(package)
from weft_runner.keeper import main
main(int(sys.argv[2]), sys.argv[3])
"""
# All there is: no key, no home and no address of ours.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "USER": "scorer",
    "LOGNAME": "scorer",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "WEAVE_DISABLED": "true",
    "WEAVE_SILENT": "true",
    "WANDB_MODE": "disabled",
    "WANDB_ERROR_REPORTING": "false",
}
# Importing the SDK takes a second or two, on a machine that has nothing else to do.
_SECONDS_TO_START = 120.0
_SECONDS_TO_END = 15.0
_LARGEST_ABOUT = 1024 * 1024
_WORDS_KEPT = 600


class KeeperFailed(Exception):
    """The child did not start, went away or did not answer; the text says which."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the child says when it has started."""

    weave: str
    python: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request, and the answer as it came."""

    about: dict[str, Any]
    answer: bytes = field(repr=False)


class KeeperProcess:
    """A running child."""

    def __init__(self, python: Path, config: dict[str, Any]) -> None:
        self._largest = int(config["output_bytes"]) + _LARGEST_ABOUT
        # Its watch over users' code ends sooner; this is for a child that does not come back from that.
        self._patience = 2 * float(config["wall_seconds"]) + _SECONDS_TO_START
        self._folder = Path(tempfile.mkdtemp(prefix="weft-keeper-"))
        self._words = (self._folder / "stderr").open("wb")
        self._answers, answers = os.pipe()
        os.set_inheritable(answers, True)
        command = [str(python), "-I", "-B", "-c", _BEGIN, str(CHILD), str(answers), str(self._folder)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=self._words,
                stderr=self._words,
                pass_fds=(answers,),
                env=_ENVIRONMENT,
                cwd=self._folder,
                # Signals of the terminal are the server's; that tells this one when to end.
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._answers)
            self._clean_up()
            raise KeeperFailed(f"{python} cannot be started: {error.strerror}") from error
        finally:
            os.close(answers)
        assert self._process.stdin is not None
        self._requests = self._process.stdin.fileno()
        self.found = self._started(config)

    @property
    def alive(self) -> bool:
        """Whether it can still be asked; one that had nothing to do for long has ended."""
        return self._process.poll() is None and not self._readable(0)

    def ask(self, what: str, program: bytes = b"", arguments: bytes = b"") -> Answered:
        """Have it do something. Raises KeeperFailed when no answer comes."""
        deadline = time.monotonic() + self._patience
        try:
            for data in (json.dumps({"do": what}).encode(), program, arguments):
                write_frame(self._requests, data)
            about = json.loads(self._read(_LARGEST_ABOUT, deadline))
            return Answered(about, self._read(self._largest, deadline))
        except (OSError, ValueError) as error:
            raise KeeperFailed(f"The code runner went away: {error}") from error

    def close(self) -> None:
        """End it, and with it whatever runs in its care."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._answers)
        self._clean_up()

    def _started(self, config: dict[str, Any]) -> Found:
        try:
            write_frame(self._requests, json.dumps(config).encode())
            told = json.loads(self._read(_LARGEST_ABOUT, time.monotonic() + _SECONDS_TO_START))
            if "error" in told:
                raise KeeperFailed(f"The official SDK cannot be imported there: {told['error']}")
        except (OSError, ValueError) as error:
            words = self._last_words()
            self.close()
            raise KeeperFailed(f"The child did not start: {words or error}") from error
        except KeeperFailed:
            self.close()
            raise
        return Found(str(told["weave"]), str(told["python"]))

    def _read(self, largest: int, deadline: float) -> bytes:
        (length,) = HEADER.unpack(self._read_exactly(HEADER.size, deadline))
        if length > largest:
            raise ValueError(f"it answered {length} bytes")
        return self._read_exactly(length, deadline)

    def _read_exactly(self, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            left = deadline - time.monotonic()
            if left <= 0 or not self._readable(left):
                raise KeeperFailed("The code runner did not answer in time")
            part = os.read(self._answers, length - len(data))
            if not part:
                raise ValueError("it ended")
            data += part
        return bytes(data)

    def _readable(self, seconds: float) -> bool:
        # Not `select`, which refuses the descriptors above 1,023 that a busy server comes to.
        waiting = select.poll()
        waiting.register(self._answers, select.POLLIN)
        return bool(waiting.poll(math.ceil(seconds * 1000)))

    def _last_words(self) -> str:
        with suppress(OSError):
            text = (self._folder / "stderr").read_text(encoding="utf-8", errors="replace").strip()
            return text[-_WORDS_KEPT:].strip().splitlines()[-1] if text else ""
        return ""

    def _clean_up(self) -> None:
        self._words.close()
        shutil.rmtree(self._folder, ignore_errors=True)
