"""What the scoring worker of this process says of itself; the application keeps the worker where routes find it."""

from __future__ import annotations

from typing import Protocol, cast

from fastapi import Request

from weft.domain.scoring import WorkerStatus


class _Worker(Protocol):
    def status(self) -> WorkerStatus: ...


def worker_status(request: Request) -> WorkerStatus:
    """What the worker is doing. Why it pauses may quote any project: that is not for everybody."""
    return cast(_Worker, request.app.state.worker).status()
