"""The reference server on the same work. It keeps everything in memory, so its figures are what no disk costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from bench import payloads, processes
from bench.measure_ingest import BATCH, CLIENTS
from bench.results import Figure
from bench.traffic import ask, post, send

_PROJECT = "writes"
_PATH = f"/v2/{payloads.ENTITY}/{_PROJECT}"


def measure(folder: Path, ours: list[Figure], seconds: float) -> list[Figure]:
    """Our rates in this run against the reference's, measure by measure; nothing when it is not installed."""
    rates = {figure.name.partition(",")[0]: figure for figure in ours if figure.unit.endswith("/s")}
    if not processes.has_reference() or not rates:
        return []
    figures = []
    for name, rate in _reference_rates(folder, seconds):
        mine = rates.get(name)
        if mine is not None:
            yardstick = "the reference server (in memory)"
            figures.append(Figure(name, mine.value, mine.unit, yardstick, rate))
    return figures


def _reference_rates(folder: Path, seconds: float) -> Iterator[tuple[str, float]]:
    with processes.reference(folder) as server:
        batches = [
            post(f"{_PATH}/calls/complete", payloads.complete_batch("ingest", at, BATCH))
            for at in range(0, 4000, BATCH)
        ]
        yield "calls/complete", send(server.port, batches, CLIENTS, seconds).rate * BATCH
        prediction = post(f"{_PATH}/predictions", payloads.prediction(_PROJECT))
        first = orjson.loads(ask(server.port, prediction))["prediction_id"]
        for name, request in (
            ("feedback/create", post("/feedback/create", payloads.feedback(_PROJECT, first))),
            ("predictions", prediction),
            ("scores", post(f"{_PATH}/scores", payloads.score(_PROJECT, first))),
        ):
            yield name, send(server.port, payloads.endless(request), 64, seconds).rate
