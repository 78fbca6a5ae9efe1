"""What this process says of its state: its scoring worker, which the application keeps where routes find it, and
whether it was told to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, cast

from fastapi import Request

from weft.domain.scoring import WorkerStatus


class _Worker(Protocol):
    def status(self) -> WorkerStatus: ...

    def stalled(self) -> str: ...


def worker_status(request: Request) -> WorkerStatus:
    """What the worker is doing. Why it pauses may quote any project: that is not for everybody."""
    return cast(_Worker, request.app.state.worker).status()


def worker_stalled(request: Request) -> str:
    """Why this process should be replaced: its worker's loop stands still. Empty when it turns or does not run."""
    return cast(_Worker, request.app.state.worker).stalled()


def ready_status(request: Request, broken: Sequence[str]) -> Literal["ready", "not ready", "draining"]:
    """Whether requests are to be sent here, given the stores that do not answer."""
    if request.app.state.draining:
        return "draining"
    return "not ready" if broken else "ready"
