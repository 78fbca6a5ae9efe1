"""What endpoints allow: how many may ask one at the same time, and until when nobody may, because it said so.

An endpoint that says it was asked too much is asked by half as many from then on, and by one more each time that all
of these were answered.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.retry import Backoff, WorldIsSlow
from weft.settings import Settings

# Endpoints come from what projects store, so there may be any number of them.
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a task may not begin, and when to ask again. `crowded`: others of its kind are being done."""

    reason: str
    until: datetime
    crowded: bool = False


@dataclass(slots=True)
class _Known:
    """What is known of an endpoint that complained."""

    limit: int
    answered: int = 0
    complaints: int = 0
    until: datetime | None = None
    reason: str = ""


class EndpointLimits:
    """The limits of all endpoints. Threads may ask and tell."""

    def __init__(self, settings: Settings, backoff: Backoff) -> None:
        self._most = min(settings.scoring_endpoint_threads, settings.scoring_threads)
        self._backoff = backoff
        self._lock = threading.Lock()
        self._known: dict[EndpointKey, _Known] = {}

    def room(self, key: EndpointKey) -> int:
        """How many may ask it at the same time."""
        known = self._known.get(key)
        return self._most if known is None else known.limit

    def refusal(self, keys: Sequence[EndpointKey], at: datetime) -> Refusal | None:
        """Why none may ask these endpoints now."""
        with self._lock:
            for key in keys:
                known = self._known.get(key)
                if known is not None and known.until is not None and at < known.until:
                    return Refusal(f"Tasks that ask {key.host} wait as it asks for: {known.reason}", known.until)
        return None

    def heed(self, key: EndpointKey, failure: WorldIsSlow, at: datetime) -> None:
        """The endpoint answered this: perhaps that it was asked too much, or when to come back."""
        if not failure.rate_limited and failure.retry_after is None:
            return
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known.setdefault(key, _Known(self._most))
            # Those that were under way together are told together, which is one complaint.
            resting = known.until is not None and at < known.until
            if failure.rate_limited and not resting:
                known.limit, known.answered = max(1, known.limit // 2), 0
                known.complaints += 1
            said = failure.retry_after
            pause = (
                min(said, self._backoff.longest_asked) if said is not None else self._backoff.seconds(known.complaints)
            )
            until = at + timedelta(seconds=pause)
            if known.until is None or until > known.until:
                known.until, known.reason = until, failure.reason

    def answered(self, key: EndpointKey) -> None:
        """The endpoint did what it was asked for."""
        if key not in self._known:
            return
        with self._lock:
            known = self._known.get(key)
            if known is None:
                return
            known.complaints = 0
            known.answered += 1
            if known.answered >= known.limit:
                known.limit, known.answered = known.limit + 1, 0
            if known.limit >= self._most:
                del self._known[key]
