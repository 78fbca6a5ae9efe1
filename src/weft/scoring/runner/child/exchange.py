"""One question and its answer, with whoever is at the other end trusted in nothing: not to read, answer or be brief."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from typing import Any

from .frames import HEADER

_CHUNK = 256 * 1024
_NOISE_KEPT = 4096
_SECONDS_BETWEEN_LOOKS = 0.25
_WORKER = 0


class Exchange:
    """The pipes of a locked-in process."""

    def __init__(self, questions: int, answers: int, noise: int, config: dict[str, Any]) -> None:
        self._questions = questions
        self._answers = answers
        self._noise = noise
        # The token that goes in front of a score, and the words around it.
        self._largest = config["output_bytes"] + 4096
        self._most_mib = config["memory_mib"]
        self._said = b""
        for pipe in (questions, answers, noise):
            os.set_blocking(pipe, False)

    def ask(self, data: bytes, seconds: float, weigh: Callable[[], int]) -> tuple[bytes, str]:
        """The answer, and why there is none: `time`, `memory`, `size`, `died`, or `worker` when that is gone."""
        unsent = memoryview(HEADER.pack(len(data)) + data)
        answer = bytearray()
        self._said = b""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._questions, selectors.EVENT_WRITE)
            for pipe in (self._answers, self._noise, _WORKER):
                selector.register(pipe, selectors.EVENT_READ)
            look = time.monotonic() + _SECONDS_BETWEEN_LOOKS
            while (left := deadline - time.monotonic()) > 0:
                ready = {key.fd for key, _ in selector.select(min(left, _SECONDS_BETWEEN_LOOKS))}
                if _WORKER in ready:
                    # It says nothing while it waits, so this is its end.
                    return b"", "worker"
                if self._noise in ready and not self._listen():
                    selector.unregister(self._noise)
                if self._questions in ready:
                    unsent = self._send(unsent)
                    if not unsent:
                        selector.unregister(self._questions)
                if self._answers in ready:
                    end = self._receive(answer)
                    if end is not None:
                        return (bytes(answer[HEADER.size :]), "") if not end else (b"", end)
                if time.monotonic() >= look:
                    look = time.monotonic() + _SECONDS_BETWEEN_LOOKS
                    if weigh() > self._most_mib:
                        return b"", "memory"
        return b"", "time"

    def noise(self) -> str:
        """The end of what it printed during the last question."""
        for _ in range(64):
            if not self._listen():
                break
        return self._said.decode("utf-8", "replace")

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[os.write(self._questions, unsent[:_CHUNK]) :]
        except BlockingIOError:
            return unsent
        except OSError:
            # Nobody reads; whether somebody answers is another matter.
            return unsent[len(unsent) :]

    def _listen(self) -> bool:
        try:
            heard = os.read(self._noise, _CHUNK)
        except BlockingIOError:
            return False
        self._said = (self._said + heard)[-_NOISE_KEPT:]
        return bool(heard)

    def _receive(self, answer: bytearray) -> str | None:
        """None while there is more to come, empty when the answer is whole, or why there is none."""
        try:
            part = os.read(self._answers, _CHUNK)
        except BlockingIOError:
            return None
        if not part:
            return "died"
        answer += part
        if len(answer) < HEADER.size:
            return None
        (length,) = HEADER.unpack_from(answer)
        if length > self._largest or len(answer) > HEADER.size + length:
            return "size" if length > self._largest else "forged"
        return "" if len(answer) == HEADER.size + length else None
