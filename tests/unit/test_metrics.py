"""Metrics: names, scrapes that ask sources, sources that hang or fail, and writers that are counted."""

from __future__ import annotations

import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from weft.core.errors import EngineFailure, InvalidRequest, Unavailable, WeftError
from weft.core.metrics import Metrics
from weft.core.scraping import Family, Reading, ScrapedValues
from weft.storage.events.group_commit import GroupCommit


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.render()[0].decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return samples(metrics).get((name, tuple(sorted(labels.items()))))


def test_every_described_metric_is_in_a_scrape_and_the_other_way_round() -> None:
    metrics = Metrics("1.2.3")
    shown = {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in text_string_to_metric_families(metrics.render()[0].decode())
        if family.name.startswith("weft_")
    }
    assert shown == {described.name: described.kind for described in metrics.described()}


def test_two_values_of_metrics_share_nothing() -> None:
    first, second = Metrics(), Metrics()
    first.http.in_progress.set(3)
    assert value(second, "weft_http_requests_in_progress") == 0


def test_openmetrics_is_spoken_to_those_who_ask_for_it() -> None:
    body, content_type = Metrics().render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def scraped(**options: float) -> ScrapedValues:
    values = ScrapedValues(**options)
    values.declare(Family("weft_depth", "Depth.", ("state",)))
    return values


def told(values: ScrapedValues) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value for metric in values.collect() for sample in metric.samples
    }


def test_a_source_is_asked_once_for_all_scrapes_of_a_while() -> None:
    asked = []
    values = scraped(fresh_seconds=3600)
    values.add("ledger", lambda: asked.append(1) or [Reading("weft_depth", 7, ("queued",))])
    for _ in range(5):
        assert told(values) == {("weft_depth", "queued"): 7, ("weft_metrics_source_up", "ledger"): 1}
    assert len(asked) == 1


def test_an_old_answer_is_asked_for_again() -> None:
    asked: list[int] = []
    values = scraped(fresh_seconds=0)
    values.add("ledger", lambda: asked.append(1) or [Reading("weft_depth", len(asked), ("queued",))])
    assert [told(values)["weft_depth", "queued"] for _ in range(3)] == [1, 2, 3]


def test_a_source_that_cannot_tell_is_shown_as_down_and_the_others_as_they_are() -> None:
    def broken() -> list[Reading]:
        raise Unavailable("gone")

    values = scraped()
    values.add("broken", broken)
    values.add("ledger", lambda: [Reading("weft_depth", 7, ("queued",))])
    assert told(values) == {
        ("weft_depth", "queued"): 7,
        ("weft_metrics_source_up", "broken"): 0,
        ("weft_metrics_source_up", "ledger"): 1,
    }


def test_a_source_that_hangs_delays_no_scrape_and_costs_one_thread() -> None:
    release, asked = threading.Event(), []

    def hangs() -> list[Reading]:
        asked.append(1)
        release.wait(60)
        return [Reading("weft_depth", 9, ("queued",))]

    values = scraped(fresh_seconds=3600, patience_seconds=0.01)
    values.add("slow", hangs)
    for _ in range(20):
        assert told(values) == {("weft_metrics_source_up", "slow"): 0}
    assert len(asked) == 1
    release.set()
    while told(values) != {("weft_depth", "queued"): 9, ("weft_metrics_source_up", "slow"): 1}:
        assert len(asked) == 1


def test_a_source_that_was_removed_is_asked_no_more() -> None:
    values = scraped(fresh_seconds=0)
    values.add("ledger", lambda: [Reading("weft_depth", 7, ("queued",))])
    values.remove("ledger")
    values.remove("never there")
    assert told(values) == {}


@pytest.mark.parametrize(
    ("error", "failures"), [(None, 0), (InvalidRequest("contradicts"), 0), (EngineFailure("disk"), 1)]
)
def test_group_commits_are_counted(error: WeftError | None, failures: int) -> None:
    metrics = Metrics()
    commit: GroupCommit[int] = GroupCommit("calls", lambda _items: {0: error} if error else {}, metrics=metrics)
    submission = commit.enqueue(1, 1)
    submission.done.wait(60)
    commit.close()
    assert value(metrics, "weft_group_commit_submissions_count", table="calls") == 1
    assert value(metrics, "weft_group_commit_submissions_sum", table="calls") == 1
    assert value(metrics, "weft_group_commit_write_seconds_count", table="calls") == 1
    assert value(metrics, "weft_group_commit_wait_seconds_count", table="calls") == 1
    assert value(metrics, "weft_group_commit_queue", table="calls") == 0
    assert value(metrics, "weft_group_commit_failures_total", table="calls") == failures


def test_writers_that_wait_for_one_insert_are_the_queue() -> None:
    metrics, begun, release = Metrics(), threading.Event(), threading.Event()

    def write(_items: list[int]) -> dict[int, WeftError]:
        begun.set()
        release.wait(60)
        return {}

    commit: GroupCommit[int] = GroupCommit("calls", write, metrics=metrics)
    commit.enqueue(0, 1)
    assert begun.wait(60)
    for item in (1, 2, 3):
        commit.enqueue(item, 1)
    assert value(metrics, "weft_group_commit_queue", table="calls") == 3
    release.set()
    commit.close()
    assert value(metrics, "weft_group_commit_submissions_sum", table="calls") == 4
    assert value(metrics, "weft_group_commit_submissions_count", table="calls") == 2
