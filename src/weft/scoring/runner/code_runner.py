"""Has the code of scorers run by children: a few of them, each with at most one scorer version at a time.

A version stays in its child for the tasks that follow, so that its imports are paid for once; nothing is shared
between versions or projects. The children run no code in this process; what locks them in is child/'s.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from weft.core.logging import log_event
from weft.scoring.arguments import Signature
from weft.scoring.retry import CannotWork, WorldIsSlow
from weft.scoring.runner.failures import OFF, isolation_failure, read_answer
from weft.scoring.runner.keeper_process import Answered, KeeperFailed, KeeperProcess
from weft.scoring.runner.programs import Program
from weft.settings import Settings

# A child that cannot be had may be there again soon, but a machine that has none will not.
_TRIES = 3
_MOST_KNOWN = 10_000
_GONE = "The worker is stopping"


@dataclass(frozen=True, slots=True)
class Known:
    """What a program has told of itself."""

    signature: Signature
    kind: str
    is_async: bool


@dataclass(frozen=True, slots=True)
class Isolation:
    """What a child says of its machine: its versions, and how each thing is kept out of a scorer's reach."""

    weave: str
    python: str
    means: Mapping[str, str]
    missing: list[str]

    @property
    def sentence(self) -> str:
        """For people."""
        how = "; ".join(f"{name}: {means or 'not cut off'}" for name, means in self.means.items())
        return f"weave {self.weave} on Python {self.python}; {how}"


@dataclass(slots=True)
class _Slot:
    """Room for one child."""

    keeper: KeeperProcess | None = None
    held: str = ""
    scores: int = 0
    busy: bool = False
    used: int = field(default=0)


class CodeRunner:
    """Runs programs; safe for many threads, which wait until a child is free."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = [_Slot() for _ in range(settings.runner_children)]
        self._free = threading.Condition()
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._turn = 0
        self._closed = False

    @property
    def on(self) -> bool:
        """Whether the operator has switched it on."""
        return self._settings.runner_python is not None

    def announce(self) -> None:
        """Start a child beforehand, and say in the log what holds on this machine. Returns at once."""
        if self.on:
            threading.Thread(target=self._announce, name="code-runner", daemon=True).start()

    def look(self) -> Isolation:
        """What a child finds on this machine. Raises KeeperFailed."""
        with self._slot("") as slot:
            return self._look(slot)

    def known(self, program: Program) -> Known:
        """What the program takes. Raises ScoringFailure when it cannot be loaded."""
        found = self.told_by(program)
        if found is not None:
            return found
        with self._ready(program), self._free:
            return self._known[program.key]

    def told_by(self, program: Program) -> Known | None:
        """What the program has told of itself by now."""
        with self._free:
            return self._known.get(program.key)

    def score(self, program: Program, arguments: bytes) -> Any:
        """What it says to the arguments. Raises ScoringFailure."""
        with self._ready(program) as slot:
            told = self._answer(slot, self._asked(slot, "score", arguments=arguments))
            slot.scores += 1
            if "output" not in told:
                raise CannotWork("The scorer answered what is no score", "ValueError")
            return told["output"]

    def close(self) -> None:
        """End the children. What they are doing fails."""
        with self._free:
            self._closed = True
            self._free.notify_all()
            keepers = [slot.keeper for slot in self._slots if slot.keeper is not None and not slot.busy]
            for slot in self._slots:
                slot.keeper = None if not slot.busy else slot.keeper
        for keeper in keepers:
            keeper.close()

    def _announce(self) -> None:
        try:
            found = self.look()
        except KeeperFailed as error:
            log_event("code_runner_unusable", reason=str(error))
            return
        except WorldIsSlow:
            return
        log_event("code_runner_ready", weave=found.weave, python=found.python, **found.means)
        if found.missing and self._settings.runner_require_isolation:
            log_event("code_runner_refuses", reason=isolation_failure(found.missing).reason)

    def _look(self, slot: _Slot) -> Isolation:
        keeper = self._keeper(slot)
        about = self._told(slot, keeper, "look")
        return Isolation(keeper.found.weave, keeper.found.python, about.about["isolation"], about.about["missing"])

    @contextmanager
    def _ready(self, program: Program) -> Iterator[_Slot]:
        """A child that holds the program. Raises ScoringFailure."""
        if not self.on:
            raise CannotWork(OFF)
        with self._slot(program.key) as slot:
            try:
                if slot.keeper is None or not slot.keeper.alive:
                    slot.held = ""
                if slot.held != program.key or slot.scores >= self._settings.runner_scores_per_child:
                    self._begin(slot, program)
                yield slot
            except KeeperFailed as error:
                failure = WorldIsSlow(str(error))
                failure.most_attempts = _TRIES
                raise failure from error

    def _begin(self, slot: _Slot, program: Program) -> None:
        slot.held, slot.scores = "", 0
        told = self._answer(slot, self._asked(slot, "begin", program.text))
        known = _known_of(told.get("parameters"))
        slot.held = program.key
        with self._free:
            self._known[program.key] = known
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)

    def _asked(self, slot: _Slot, what: str, program: bytes = b"", arguments: bytes = b"") -> Answered:
        return self._told(slot, self._keeper(slot), what, program, arguments)

    def _told(
        self, slot: _Slot, keeper: KeeperProcess, what: str, program: bytes = b"", arguments: bytes = b""
    ) -> Answered:
        try:
            return keeper.ask(what, program, arguments)
        except KeeperFailed:
            slot.keeper, slot.held = None, ""
            keeper.close()
            raise

    def _answer(self, slot: _Slot, answered: Answered) -> dict[str, Any]:
        about = answered.about
        if not about["held"]:
            slot.held = ""
        missing = about.get("missing") or []
        if missing and self._settings.runner_require_isolation:
            raise isolation_failure(missing)
        try:
            return read_answer(about, answered.answer, self._settings)
        except CannotWork:
            # What failed may have left anything behind; the next one begins anew.
            slot.held = ""
            raise

    def _keeper(self, slot: _Slot) -> KeeperProcess:
        if slot.keeper is not None and not slot.keeper.alive:
            slot.keeper.close()
            slot.keeper = None
        if slot.keeper is None:
            python = self._settings.runner_python
            assert python is not None
            slot.keeper = KeeperProcess(python, _config(self._settings))
        return slot.keeper

    @contextmanager
    def _slot(self, key: str) -> Iterator[_Slot]:
        """A child of this thread's own for a while: the one that holds the program, if it is free."""
        with self._free:
            while not (free := [slot for slot in self._slots if not slot.busy]) and not self._closed:
                self._free.wait()
            if self._closed:
                raise WorldIsSlow(_GONE)
            holding = [slot for slot in free if key and slot.held == key]
            slot = min(holding or free, key=lambda each: each.used)
            self._turn += 1
            slot.busy, slot.used = True, self._turn
        try:
            yield slot
        finally:
            with self._free:
                slot.busy = False
                ended, slot.keeper = (slot.keeper, None) if self._closed else (None, slot.keeper)
                self._free.notify()
            if ended is not None:
                with suppress(OSError):
                    ended.close()


def _known_of(told: Any) -> Known:
    parameters = told if isinstance(told, dict) else {}
    names, rest, defaults = parameters.get("names"), parameters.get("rest"), parameters.get("defaults")
    if not isinstance(names, list) or not isinstance(defaults, dict):
        raise CannotWork("The scorer does not say what it takes", "ValueError")
    kind = parameters.get("kind")
    signature = Signature(
        tuple(str(name) for name in names),
        takes_any=isinstance(rest, str),
        defaults=defaults,
        rest=rest if isinstance(rest, str) else "kwargs",
    )
    return Known(signature, kind[:40] if isinstance(kind, str) else "", parameters.get("is_async") is True)


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "memory_mib": settings.runner_memory_mib,
        "cpu_seconds": settings.runner_cpu_seconds,
        "wall_seconds": settings.runner_wall_seconds,
        "output_bytes": settings.runner_output_bytes,
        "processes": settings.runner_processes,
        "idle_seconds": settings.runner_idle_seconds,
        "readable": [str(folder) for folder in settings.runner_readable],
        "require_isolation": settings.runner_require_isolation,
    }
