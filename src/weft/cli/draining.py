"""A server that says it is going before it goes: after SIGTERM it is not ready, answers on for a while, then stops."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import uvicorn
from fastapi import FastAPI

from weft.core.logging import log_event


class DrainingServer(uvicorn.Server):
    """Uvicorn stops listening at once; whoever sends it requests needs time to hear of it first.

    A second signal ends the wait, and so does Ctrl-C, for which somebody is waiting at a terminal.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds
        self._draining = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to go, or go."""
        self._app.state.draining = True
        if sig == signal.SIGTERM and self._drain_seconds > 0 and not self._draining:
            self._draining = True
            log_event("draining", seconds=self._drain_seconds)
            timer = threading.Timer(self._drain_seconds, super().handle_exit, (sig, frame))
            timer.daemon = True
            timer.start()
        else:
            super().handle_exit(sig, frame)
