"""Every metric of Weft by name: what is counted, in which unit, under which labels. Who counts is handed this value.

Labels are bounded: route templates, kinds, states and classes of reasons, never ids, refs or free text. Values that
need a query are asked for at scrape time (scraping.py). Serving them is the door's.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from weft.core.scraping import UP, Family, ScrapedValues

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SCORER_SECONDS = (0.001, 0.01, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as the documentation shows it. A `shared` one has the same value in every process of a deployment."""

    name: str
    kind: Kind
    labels: Sequence[str]
    help: str
    shared: bool = False


class _Maker:
    """Makes metrics of one registry and remembers what they were."""

    def __init__(self, registry: CollectorRegistry, scraped: ScrapedValues) -> None:
        self.registry = registry
        self.scraped = scraped
        self.made: list[Described] = []

    def counter(self, name: str, help_text: str, *labels: str) -> Counter:
        self.made.append(Described(f"{name}_total", "counter", labels, help_text))
        return Counter(name, help_text, labels, registry=self.registry)

    def gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        self.made.append(Described(name, "gauge", labels, help_text))
        return Gauge(name, help_text, labels, registry=self.registry)

    def histogram(self, name: str, help_text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        self.made.append(Described(name, "histogram", labels, help_text))
        return Histogram(name, help_text, labels, buckets=buckets, registry=self.registry)

    def scraped_gauge(self, name: str, help_text: str, *labels: str, shared: bool = True) -> None:
        self.made.append(Described(name, "gauge", labels, help_text, shared))
        self.scraped.declare(Family(name, help_text, labels))

    def scraped_counter(self, name: str, help_text: str, *labels: str) -> None:
        self.made.append(Described(name, "counter", labels, help_text))
        self.scraped.declare(Family(name, help_text, labels, counts=True))


class HttpMetrics:
    """Requests."""

    def __init__(self, make: _Maker) -> None:
        self.requests = make.counter(
            "weft_http_requests",
            "Requests answered, by the template of the route; `unmatched` is everything no route is for.",
            "method",
            "route",
            "status",
        )
        self.seconds = make.histogram(
            "weft_http_request_duration_seconds",
            "From the first byte of a request to the last of its answer.",
            _REQUEST_SECONDS,
            "method",
            "route",
        )
        self.in_progress = make.gauge("weft_http_requests_in_progress", "Requests being worked on.")


class ScoringMetrics:
    """What the scoring worker of this process does."""

    def __init__(self, make: _Maker) -> None:
        self.attempts = make.counter("weft_scoring_attempts", "Tasks taken on, by the kind of task.", "kind")
        self.outcomes = make.counter(
            "weft_scoring_outcomes",
            "Attempts that ended, by the state of the task after it and the class of the reason.",
            "kind",
            "state",
            "reason",
        )
        self.scorer_seconds = make.histogram(
            "weft_scorer_duration_seconds",
            "How long scorers took, by the kind of scorer and whether there was an answer (`ok`) or not (`failed`).",
            _SCORER_SECONDS,
            "scorer",
            "result",
        )
        self.tokens = make.counter(
            "weft_scorer_tokens", "Tokens that scorers used, `prompt` and `completion`.", "scorer", "direction"
        )
        self.cost = make.counter(
            "weft_scorer_cost_usd", "What these tokens cost at today's list prices, in US dollars.", "scorer"
        )
        self.running = make.gauge("weft_scoring_tasks_running", "Tasks that the worker of this process is doing.")
        self.breakers = make.gauge(
            "weft_scoring_breakers_open",
            "Breakers that let nothing through: that of the worker itself (`worker`), those of LLM endpoints "
            "(`endpoint`).",
            "of",
        )
        self.stalled = make.gauge(
            "weft_scoring_worker_stalled", "1 when the loop of this process's worker does not turn any more."
        )


class CommitMetrics:
    """Group commits: writers that share one durable insert."""

    def __init__(self, make: _Maker) -> None:
        self.size = make.histogram(
            "weft_group_commit_submissions", "Writers that shared one insert.", _GROUP_SIZES, "table"
        )
        self.write_seconds = make.histogram(
            "weft_group_commit_write_seconds",
            "How long one insert took until it was durable.",
            _COMMIT_SECONDS,
            "table",
        )
        self.wait_seconds = make.histogram(
            "weft_group_commit_wait_seconds",
            "How long a writer waited from handing over its rows until they were durable.",
            _COMMIT_SECONDS,
            "table",
        )
        self.queue = make.gauge("weft_group_commit_queue", "Writers waiting for an insert to begin.", "table")
        self.failures = make.counter("weft_group_commit_failures", "Writers whose rows could not be stored.", "table")


class BlobMetrics:
    """File contents."""

    def __init__(self, make: _Maker) -> None:
        self.operations = make.counter(
            "weft_blob_operations",
            "Files put, got and removed; `failed` when the store refused.",
            "operation",
            "result",
        )
        self.bytes = make.counter("weft_blob_bytes", "Bytes of files put and got.", "operation")


class Metrics:
    """All metrics of one process. Threads may count at the same time."""

    def __init__(self, version: str = "") -> None:
        # Series that only say when a counter began; they double the size of every scrape.
        # The library has no types for this function.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = CollectorRegistry(auto_describe=False)
        self.scraped = ScrapedValues()
        make = _Maker(registry, self.scraped)
        self.http = HttpMetrics(make)
        self.scoring = ScoringMetrics(make)
        self.commits = CommitMetrics(make)
        self.blobs = BlobMetrics(make)
        _declare_scraped(make)
        build = make.gauge("weft_build_info", "Always 1; what runs is in the labels.", "version", "python")
        build.labels(version, platform.python_version()).set(1)
        make.made.append(Described(UP.name, "gauge", UP.labels, UP.help))
        registry.register(self.scraped)
        prometheus_client.ProcessCollector(registry=registry)
        prometheus_client.GCCollector(registry=registry)
        self._registry = registry
        self._made = make.made

    def described(self) -> list[Described]:
        """Every metric of ours, in the order of the documentation."""
        return list(self._made)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The text of a scrape in a format that the scraper accepts, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


def _declare_scraped(make: _Maker) -> None:
    make.scraped_gauge(
        "weft_scoring_queue_depth",
        "Tasks that have not ended, by kind and state; `waiting` are parts of runs that wait for other parts.",
        "kind",
        "state",
    )
    make.scraped_gauge(
        "weft_scoring_oldest_pending_seconds",
        "Age of the request for the oldest task that has not ended, also of one that waits for its call to end.",
    )
    make.scraped_gauge(
        "weft_scoring_oldest_due_seconds", "For how long the most overdue task could have been taken on and was not."
    )
    make.scraped_gauge(
        "weft_outbox_pending", "Rows not yet handed on: `tasks` to the broker, `ended_calls` to monitors.", "outbox"
    )
    make.scraped_gauge("weft_outbox_oldest_seconds", "For how long the oldest of them has been waiting.", "outbox")
    make.scraped_gauge(
        "weft_kafka_consumer_lag",
        "Messages that this process's consumer has not yet come to, over the partitions it holds.",
        "topic",
        shared=False,
    )
    make.scraped_counter(
        "weft_kafka_dead_letters_total", "Messages that this process could not understand and put aside.", "topic"
    )
    make.scraped_gauge("weft_store_up", "Whether a store answers this process (1) or not (0).", "store", shared=False)
    make.scraped_gauge("weft_events_parts", "Active parts of a table of the event store, on the node asked.", "table")
    make.scraped_gauge("weft_events_rows", "Rows in them, replaced versions included.", "table")
    make.scraped_gauge("weft_events_bytes", "Bytes of them on disk.", "table")
