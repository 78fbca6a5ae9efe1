"""When everything fails, it is the deploy and not the data: then tasks wait, and the worker says so.

There is one breaker for each endpoint, so that a dead one keeps nobody else's tasks waiting, and one for the worker
itself. A slow one may not keep others waiting either: it gets its share of the tasks under way.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.endpoint_limits import Refusal
from weft.settings import Settings

# How soon after a refusal it is worth asking again whether the one that was let through has ended.
_SECONDS_TO_ASK_AGAIN = 1.0
# Endpoints come from what projects store, so there may be any number of them.
_MOST_BREAKERS = 10_000
# How long a task stands back that finds its endpoint's share taken, at most: room is looked for all the time.
_SECONDS_TO_STAND_BACK = 1.0


class Breaker:
    """Counts failed tries in a row, of any tasks; at the limit it lets nothing through for a while.

    After the pause one task is let through; it decides whether the rest follows.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit = settings.scoring_stop_after
        self._pause = timedelta(seconds=settings.scoring_pause_seconds)
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._until: datetime | None = None
        self._reason = ""

    def succeeded(self) -> None:
        """A task was done."""
        with self._lock:
            self._in_a_row, self._until, self._reason = 0, None, ""

    def failed(self, reason: str, at: datetime) -> None:
        """A try failed for a reason that may lie outside its task."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._limit:
                self._until = at + self._pause
                self._reason = f"{self._in_a_row} tries failed in a row, the last one with: {reason}"

    def allowed(self, wanted: int, under_way: int, at: datetime) -> int:
        """How many tasks may be begun now."""
        with self._lock:
            if self._until is None:
                return wanted
            # The one that is let through has to end before another one follows it.
            return 0 if at < self._until or under_way else min(wanted, 1)

    def paused(self, at: datetime) -> bool:
        """Whether nothing at all is let through now."""
        with self._lock:
            return self._until is not None and at < self._until

    def ask_again(self, at: datetime) -> datetime:
        """When it is worth asking again after a refusal."""
        soon = at + timedelta(seconds=_SECONDS_TO_ASK_AGAIN)
        with self._lock:
            return soon if self._until is None else max(self._until, soon)

    @property
    def reason(self) -> str:
        """Why nothing is let through; empty when everything is."""
        return self._reason


class EndpointBreakers:
    """The breakers of the endpoints, and how many tasks of each are under way.

    One thread begins and ends tasks and counts failures; others may ask.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._breakers: dict[EndpointKey, Breaker] = {}
        self._under_way: Counter[EndpointKey] = Counter()
        # Enough to keep an endpoint's threads busy while the next ones are fetched.
        self._least_share = 2 * settings.scoring_endpoint_threads
        # What a worker holds beyond that, another one that has nothing to do cannot take.
        self._most_share = 4 * settings.scoring_endpoint_threads
        self._crowded: dict[str, Sequence[EndpointKey]] = {}
        # Were crowded, and have room again for some.
        self._busy: dict[str, Sequence[EndpointKey]] = {}

    def begin(self, keys: Sequence[EndpointKey], at: datetime, window: int, fetched_as: str = "") -> Refusal | None:
        """Count a task that asks these endpoints as under way, or say why it may not begin.

        `window` tasks may be under way, of which each endpoint gets a share and leaves one to the next. `fetched_as`
        is what tasks like this one have in common when they are fetched.
        """
        for key in keys:
            if self._under_way[key] >= self._share(window):
                self._crowded[fetched_as] = keys
                self._busy.pop(fetched_as, None)
                until = at + timedelta(seconds=_SECONDS_TO_STAND_BACK)
                return Refusal(f"{self._under_way[key]} tasks that ask {key.host} are under way", until, crowded=True)
            breaker = self._breakers.get(key)
            if breaker is not None and not breaker.allowed(1, self._under_way[key], at):
                return Refusal(_words(key, breaker), breaker.ask_again(at))
        self._under_way.update(keys)
        return None

    def crowded(self, window: int) -> Collection[str]:
        """What not to fetch more of now: enough of it is under way."""
        for name, keys in list(self._crowded.items()):
            if all(self._under_way[key] <= self._share(window) // 2 for key in keys):
                self._busy[name] = self._crowded.pop(name)
        for name, keys in list(self._busy.items()):
            if any(self._under_way[key] >= self._share(window) for key in keys):
                self._crowded[name] = self._busy.pop(name)
            elif not any(self._under_way[key] for key in keys):
                del self._busy[name]
        return self._crowded.keys()

    def room(self, window: int) -> int:
        """How many tasks to fetch at most, so that none of those that were crowded lately is fetched in vain."""
        under_way = [self._under_way[key] for keys in self._busy.values() for key in keys]
        return self._share(window) - max(under_way) if under_way else window

    def _share(self, window: int) -> int:
        fair = window // (len(self._under_way) + 1)
        return min(window, max(self._least_share, min(fair, self._most_share)))

    def refusal(self, keys: Sequence[EndpointKey], at: datetime) -> Refusal | None:
        """Why a task that was begun should not go on: an endpoint of its has been found dead meanwhile."""
        for key in keys:
            breaker = self._breakers.get(key)
            if breaker is not None and breaker.paused(at):
                return Refusal(_words(key, breaker), breaker.ask_again(at))
        return None

    def ended(self, keys: Iterable[EndpointKey]) -> None:
        """A task that was begun is no longer under way."""
        for key in keys:
            self._under_way[key] -= 1
            if self._under_way[key] <= 0:
                del self._under_way[key]

    def succeeded(self, key: EndpointKey) -> None:
        """The endpoint did what it was asked for."""
        self._breakers.pop(key, None)

    def failed(self, key: EndpointKey, reason: str, at: datetime) -> None:
        """The endpoint did not answer, or refused our credentials."""
        if len(self._breakers) >= _MOST_BREAKERS:
            self._breakers.clear()
        self._breakers.setdefault(key, Breaker(self._settings)).failed(reason, at)

    @property
    def open(self) -> int:
        """How many endpoints' tasks wait."""
        # Read by other threads while this one may add to it.
        return sum(bool(breaker.reason) for breaker in list(self._breakers.values()))

    @property
    def reason(self) -> str:
        """Which endpoints' tasks wait, and why; empty when none do."""
        # Read by other threads while this one may add to it.
        known = list(self._breakers.items())
        return "; ".join(_words(key, breaker) for key, breaker in known if breaker.reason)


def _words(key: EndpointKey, breaker: Breaker) -> str:
    asked = f"Tasks that ask {key.host} wait" if key.host else "Tasks that ask an LLM wait"
    return f"{asked}: {breaker.reason}"
