"""Obeys the worker: keeps the official SDK loaded, forks a locked-in process per scorer version, watches over it.

No code of users runs here. The worker's requests come by standard input, three frames each (what to do, the program,
the arguments); answers go to a pipe of their own, two frames each (what became of it, the answer as it is).
"""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import json
import os
import select
import shutil
import sys
import tempfile
from typing import Any

from .confinement import Confinement, Limits
from .frames import BrokenFrame, read_frame, write_frame
from .prisoner import Prisoner

_LARGEST_REQUEST = 1 << 40
_REQUESTS = 0


def main(answers: int, folder: str) -> None:
    """Say whether the SDK is here, then serve until the worker goes or has been silent for long.

    `folder` is scratch space, made for this keeper by the worker.
    """
    # Nothing that is said by accident may go where frames are read.
    os.dup2(2, 1)
    try:
        _serve(answers, folder)
    except (BrokenFrame, OSError, LookupError):
        # The worker went away, perhaps before it had said anything.
        return
    finally:
        # The worker takes it away, too, unless it was killed.
        shutil.rmtree(folder, ignore_errors=True)


def _serve(answers: int, folder: str) -> None:
    config = json.loads(read_frame(_REQUESTS, _LARGEST_REQUEST) or b"{}")
    try:
        importlib.import_module("weave")
        ready = {"weave": importlib.metadata.version("weave")}
    except ImportError as error:
        ready = {"error": f"{type(error).__name__}: {error}"}
    # What is here now is shared by all that is forked, as long as nobody touches it.
    gc.collect()
    gc.freeze()
    write_frame(answers, json.dumps({**ready, "python": sys.version.split()[0]}).encode())
    if "error" not in ready:
        Keeper(config, answers, folder).serve()


class Keeper:
    """Has at most one process of users' code, of one scorer version."""

    def __init__(self, config: dict[str, Any], answers: int, folder: str) -> None:
        self._config = config
        self._answers = answers
        self._limits = Limits(
            config["memory_mib"], config["cpu_seconds"], config["processes"], tuple(config["readable"])
        )
        self._folder = folder
        self._prisoner: Prisoner | None = None

    def serve(self) -> None:
        """Do what is asked."""
        try:
            while select.select([_REQUESTS], [], [], self._config["idle_seconds"])[0]:
                request = read_frame(_REQUESTS, _LARGEST_REQUEST)
                program = read_frame(_REQUESTS, _LARGEST_REQUEST)
                arguments = read_frame(_REQUESTS, _LARGEST_REQUEST)
                if request is None or program is None or arguments is None:
                    return
                about, answer = self._done(json.loads(request), program, arguments)
                write_frame(self._answers, json.dumps(about).encode())
                write_frame(self._answers, answer)
        finally:
            self._end()

    def _done(self, request: dict[str, Any], program: bytes, arguments: bytes) -> tuple[dict[str, Any], bytes]:
        """One request: begin with a new program, or score with the one that is held."""
        if request["do"] in ("begin", "look"):
            self._end()
            self._prisoner = self._forked()
        prisoner = self._prisoner
        if prisoner is None:
            return {"end": "gone", "held": False}, b""
        missing = prisoner.isolation.missing()
        if request["do"] == "look" or (missing and self._config["require_isolation"]):
            self._end()
            return {"end": "looked", "missing": missing, "isolation": vars(prisoner.isolation), "held": False}, b""
        sent = program if request["do"] == "begin" else arguments
        reply = prisoner.ask(sent, is_score=request["do"] == "score", seconds=self._config["wall_seconds"])
        if reply.end:
            self._end()
        about = {
            "end": reply.end,
            "status": prisoner.status,
            "noise": reply.noise,
            "missing": missing,
            "isolation": vars(prisoner.isolation),
            "held": self._prisoner is not None,
        }
        return about, reply.answer

    def _forked(self) -> Prisoner:
        place = tempfile.mkdtemp(dir=self._folder)
        confinement = Confinement(self._limits, place, os.getpid())
        return Prisoner(confinement, place, self._config)

    def _end(self) -> None:
        if self._prisoner is not None:
            self._prisoner.end()
            self._prisoner = None
