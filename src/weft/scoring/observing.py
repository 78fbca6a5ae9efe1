"""What the worker counts for whoever watches: tasks taken on, their ends, how long scorers took and what they cost.

Labels are classes of ours, never texts of users.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from weft.core.clock import now
from weft.core.metrics import Metrics
from weft.core.scraping import Reading
from weft.core.tracing import Tracing
from weft.domain.costs import costs_of, default_prices, tokens_of
from weft.domain.score_writing import ModelCall
from weft.scoring.retry import ScoringFailure
from weft.storage.entities.ledger_tables import Task, Verdict

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_COSTS = (
    "prompt_tokens_total_cost",
    "completion_tokens_total_cost",
    "cache_read_input_tokens_total_cost",
    "cache_creation_input_tokens_total_cost",
)


class ScoringWatch:
    """Counts what one worker does. Threads may count at the same time."""

    def __init__(self, metrics: Metrics | None = None, tracing: Tracing | None = None) -> None:
        # A worker nobody watches counts all the same, which costs less than asking each time.
        self._metrics = metrics or Metrics()
        self._scoring = self._metrics.scoring
        self._tracing = tracing or Tracing()

    def follow_messages(
        self, lags: Callable[[], Mapping[str, int]], put_aside: Callable[[], Mapping[str, int]]
    ) -> None:
        """Show how many messages of each topic wait to be read, and how many were put aside."""

        def readings() -> Iterator[Reading]:
            for topic, count in lags().items():
                yield Reading("weft_kafka_consumer_lag", count, (topic,))
            for topic, count in put_aside().items():
                yield Reading("weft_kafka_dead_letters_total", count, (topic,))

        self._metrics.scraped.add("messages", readings)

    def batch(self, name: str, tasks: int) -> AbstractContextManager[object]:
        """Trace what is done with that many tasks at once."""
        return self._tracing.span(name, {"weft.tasks": tasks})

    def follow(
        self,
        running: Callable[[], int],
        breaker: Callable[[], int],
        endpoints: Callable[[], int],
        stalled: Callable[[], int],
    ) -> None:
        """Show these numbers whenever somebody looks: tasks under way, breakers that are open, a loop that stands."""
        self._scoring.stalled.set_function(stalled)
        self._scoring.running.set_function(running)
        self._scoring.breakers.labels("worker").set_function(breaker)
        self._scoring.breakers.labels("endpoint").set_function(endpoints)

    def took_on(self, tasks: Sequence[Task]) -> None:
        """These tasks are being attempted."""
        for task in tasks:
            self._scoring.attempts.labels(task.kind).inc()

    def ended(self, task: Task, failure: ScoringFailure | None, verdict: Verdict) -> None:
        """An attempt is over, and what became of its task is stored."""
        state = "waiting" if verdict.uncounted else verdict.state
        self._scoring.outcomes.labels(task.kind, state, _class_of(failure)).inc()

    @contextmanager
    def asking(self, scorer: object) -> Iterator[Callable[[ModelCall | None], None]]:
        """Time a scorer; what is yielded takes the model call of its answer. A failure's is counted by itself."""
        kind = _named(type(scorer).__name__.removesuffix("Scorer"))
        began, result = time.monotonic(), "failed"
        calls: list[ModelCall | None] = []
        try:
            yield calls.append
            result = "ok"
        except ScoringFailure as failure:
            calls.append(failure.model_call)
            raise
        finally:
            self._scoring.scorer_seconds.labels(kind, result).observe(time.monotonic() - began)
            for call in calls:
                if call is not None and call.usage:
                    self._used(kind, call.usage)

    def _used(self, kind: str, usage: Mapping[str, Mapping[str, Any]]) -> None:
        for counts in usage.values():
            tokens = tokens_of(counts)
            for direction in ("prompt", "completion"):
                self._scoring.tokens.labels(kind, direction).inc(max(0, tokens[f"{direction}_tokens"]))
        for cost in costs_of(usage, now(), default_prices).values():
            self._scoring.cost.labels(kind).inc(max(0.0, sum(cost[name] for name in _COSTS)))


def _class_of(failure: ScoringFailure | None) -> str:
    return "" if failure is None else _named(type(failure).__name__)


def _named(class_name: str) -> str:
    return _CAPITAL.sub("_", class_name).lower()
