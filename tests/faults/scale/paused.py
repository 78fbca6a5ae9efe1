"""Moments held still: a process that is frozen, and a ledger that can be read and not written."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def paused(pid: int | None) -> Iterator[None]:
    """Freeze a process for the length of the block."""
    if pid is None:
        raise RuntimeError("There is no process to pause")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def ledger_locked(url: str) -> Iterator[None]:
    """Let tasks be read and not changed; the lock is there when this returns, and goes when the block ends."""
    connection = psycopg.connect(url, connect_timeout=60)
    try:
        connection.execute("LOCK TABLE scoring_tasks IN SHARE MODE")
        yield
    finally:
        connection.close()
