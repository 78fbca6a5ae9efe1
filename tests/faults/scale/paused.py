"""Moments held still: a process that is frozen, and a ledger in which no task can be marked as scored."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

_TRIGGER = """
    CREATE FUNCTION weft_test_wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(7366);
        RETURN NEW;
    END $$;
    CREATE TRIGGER weft_test_wait BEFORE UPDATE ON scoring_tasks FOR EACH ROW
        WHEN (OLD.state = 'running' AND NEW.state = 'scored') EXECUTE FUNCTION weft_test_wait();
"""


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
def settling_held_up(url: str) -> Iterator[None]:
    """Let whoever marks a task as scored wait in the middle of that, until the block ends; all else goes on.

    A trigger of the database does it, which knows nothing of who writes; the product is as it is.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=60) as connection:
        connection.execute(_TRIGGER)
        try:
            # Held by this connection; its end, however it comes, lets everybody go on.
            with psycopg.connect(url, autocommit=True, connect_timeout=60) as holder:
                holder.execute("SELECT pg_advisory_lock(7366)")
                yield
        finally:
            connection.execute("DROP FUNCTION weft_test_wait CASCADE")
