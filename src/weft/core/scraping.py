"""Values that have to be asked for when somebody scrapes: asked rarely, beside the scrape, and with a time limit.

Owns how they are asked. Which values there are is metrics.py's; the sources are whoever knows them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from weft.core.errors import WeftError

FRESH_SECONDS = 5.0
"""How long an answer of a source serves all scrapes."""

PATIENCE_SECONDS = 2.0
"""How long a scrape waits for its sources, all of them together."""

# Old numbers would hide that nobody can tell the new ones.
_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a family, with a text for each of its labels."""

    family: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge, or a counter, whose values sources give. The name of a counter ends in `_total`."""

    name: str
    help: str
    labels: Sequence[str]
    counts: bool = False


Ask = Callable[[], Iterable[Reading]]
"""Asks a source for all its values. Raises WeftError when it cannot tell."""


class _Source:
    """Asked in a thread of its own, one at a time, so that a source that hangs costs one thread and no scrape."""

    def __init__(self, name: str, ask: Ask) -> None:
        self.name = name
        self.up = False
        self._ask = ask
        self._lock = threading.Lock()
        self._readings: list[Reading] = []
        self._taken_at = float("-inf")
        self._answered: threading.Event | None = None

    def refresh(self, fresh_seconds: float) -> threading.Event | None:
        """Begin to ask if the answer is old; what is set when there is a newer one, None if none is needed."""
        with self._lock:
            if self._answered is None:
                if time.monotonic() - self._taken_at < fresh_seconds:
                    return None
                self._answered = threading.Event()
                threading.Thread(target=self._run, name=f"scrape-{self.name}", daemon=True).start()
            return self._answered

    def readings(self) -> list[Reading]:
        """The last answer, unless it is too old to be told."""
        with self._lock:
            return self._readings if time.monotonic() - self._taken_at < _KEPT_SECONDS else []

    def late(self) -> bool:
        """Whether it is still being asked."""
        return self._answered is not None

    def _run(self) -> None:
        readings: list[Reading] | None = None
        try:
            readings = list(self._ask())
        except WeftError:
            # That it is down is a value of its own.
            readings = None
        finally:
            with self._lock:
                self.up = readings is not None
                if readings is not None:
                    self._readings, self._taken_at = readings, time.monotonic()
                answered, self._answered = self._answered, None
            if answered is not None:
                answered.set()


class ScrapedValues(Collector):
    """The families whose values come from sources. Safe for scrapes at the same time."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._fresh = fresh_seconds
        self._patience = patience_seconds
        self._families: dict[str, Family] = {}
        self._sources: dict[str, _Source] = {}

    def declare(self, family: Family) -> None:
        """Show this family in every scrape, also while no source has a value for it."""
        self._families[family.name] = family

    def add(self, name: str, ask: Ask) -> None:
        """Ask this source too; another one of the same name is replaced."""
        self._sources[name] = _Source(name, ask)

    def remove(self, name: str) -> None:
        """Ask this source no more; one that is not there does no harm."""
        self._sources.pop(name, None)

    def describe(self) -> Iterable[Metric]:
        """The families without values, so that registering asks nobody."""
        return [_metric(family) for family in self._families.values()]

    def collect(self) -> Iterable[Metric]:
        """What the sources say now, said a moment ago, or said last if they are late."""
        deadline = time.monotonic() + self._patience
        sources = list(self._sources.values())
        for answered in [source.refresh(self._fresh) for source in sources]:
            if answered is not None:
                answered.wait(max(0.0, deadline - time.monotonic()))
        metrics = {name: _metric(family) for name, family in self._families.items()}
        for source in sources:
            for reading in source.readings():
                metrics[reading.family].add_metric(reading.labels, reading.value)
        up = GaugeMetricFamily(UP.name, UP.help, labels=UP.labels)
        for source in sources:
            up.add_metric([source.name], float(source.up and not source.late()))
        return [*metrics.values(), up]


UP = Family(
    "weft_metrics_source_up",
    "Whether the values that this source gives at scrape time could be had, in time (1) or not (0).",
    ("source",),
)


def _metric(family: Family) -> GaugeMetricFamily | CounterMetricFamily:
    made = CounterMetricFamily if family.counts else GaugeMetricFamily
    return made(family.name, family.help, labels=family.labels)
