"""Retention: what has outlived its time is removed, rows first and then the bytes of files that only they named.

When a row expires was decided when it was written, by ingest_policy.py. What a sweep asks of the stores is safe to
repeat, so one that was cut off is finished by the next.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from weft.core.clock import now
from weft.core.logging import log_event, log_failure
from weft.storage.stores import Stores

# So many calls, and spans, are removed at once: each time the parts of a table that hold some are written anew.
BATCH = 200_000
_MOST_ROUNDS = 100
_FIRST_SWEEP_SECONDS = 60.0
_ALPHANUMERIC = re.compile(r"[0-9A-Za-z]{43,}")
_DIGEST_LENGTH = 43


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed."""

    calls: int = 0
    feedback: int = 0
    spans: int = 0
    files: int = 0
    bytes: int = 0


def sweep(stores: Stores, at: datetime, grace: timedelta, batch: int = BATCH) -> Swept:
    """Remove what had expired at that moment: calls, their feedback, spans, and files that nothing else names.

    A file that was stored less than `grace` before is left alone until a later sweep: its references may follow.
    Nothing is done while another process sweeps.
    """
    with stores.retention.alone() as alone:
        return _swept(stores, at, grace, batch) if alone else Swept()


def _swept(stores: Stores, at: datetime, grace: timedelta, batch: int) -> Swept:
    swept = Swept()
    # Old calls may come in faster than they are removed, so that a sweep needs an end of its own.
    for _ in range(_MOST_ROUNDS):
        if not stores.retention.doom(at, batch):
            break
        removed = stores.retention.remove_doomed()
        stores.calls.forget_expired(at)
        swept = replace(
            swept,
            calls=swept.calls + removed.calls,
            feedback=swept.feedback + removed.feedback,
            spans=swept.spans + removed.spans,
        )
    for project_id, digests in stores.retention.files_to_check().items():
        files, freed = _remove_files(stores, project_id, digests, at - grace)
        swept = replace(swept, files=swept.files + files, bytes=swept.bytes + freed)
    return swept


class RetentionSweeper:
    """Sweeps again and again, in a thread of its own, until it is stopped. An interval of 0 seconds never does."""

    def __init__(self, stores: Stores, interval_seconds: float, grace_seconds: float) -> None:
        self._stores = stores
        self._interval = interval_seconds
        self._grace = timedelta(seconds=grace_seconds)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first sweep comes within a minute, so that what a crash left is finished."""
        if self._interval > 0:
            self._thread = threading.Thread(target=self._run, name="retention", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Let a sweep that is under way end, then stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        pause = min(self._interval, _FIRST_SWEEP_SECONDS)
        while not self._stopping.wait(pause):
            try:
                self._sweep()
            except Exception as error:  # noqa: BLE001 - a store that is down, or a mistake: the next sweep tries again
                log_failure("retention_sweep_failed", error)
            pause = self._interval

    def _sweep(self) -> None:
        started = time.monotonic()
        swept = sweep(self._stores, now(), self._grace)
        if swept != Swept():
            log_event("retention_swept", **asdict(swept), seconds=round(time.monotonic() - started, 3))


def _remove_files(stores: Stores, project_id: str, digests: list[str], stored_before: datetime) -> tuple[int, int]:
    """(files, bytes) removed. What is too young stays on the list; everything else is dealt with."""
    young: set[str] = set()
    candidates: list[str] = []
    for digest in digests:
        stored_at = stores.files.stored_at(project_id, digest)
        if stored_at is not None:
            (candidates.append if stored_at < stored_before else young.add)(digest)
    named = stores.retention.named(project_id, candidates) if candidates else set()
    unnamed = set(candidates) - named
    if unnamed:
        unnamed -= _held(stores.objects.values(project_id), unnamed)
    removed = freed = 0
    for digest in sorted(unnamed):
        size = stores.files.remove(project_id, digest, stored_before)
        if size is None:
            young.add(digest)
        else:
            removed, freed = removed + 1, freed + size
    stores.retention.forget_files(project_id, set(digests) - young)
    return removed, freed


def _held(texts: Iterable[str], digests: set[str]) -> set[str]:
    """Those of the digests that stand anywhere in the texts."""
    found: set[str] = set()
    for text in texts:
        for run in _ALPHANUMERIC.findall(text):
            # A run may be longer than the digest in it: what precedes it can be the letter of an escape.
            places = range(len(run) - _DIGEST_LENGTH + 1)
            found |= digests & {run[place : place + _DIGEST_LENGTH] for place in places}
    return found
