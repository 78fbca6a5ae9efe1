"""Feedback, predictions and scores at concurrency 64, each against a no-op request with the same body."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

import orjson

from bench import payloads, processes
from bench.results import Figure
from bench.traffic import Traffic, ask, post, send

CONNECTIONS = 64
ROUNDS = 3
_PROJECT = "writes"
_PATH = f"/v2/{payloads.ENTITY}/{_PROJECT}"
_NOOP = f"/bench/{payloads.ENTITY}/{_PROJECT}"


def measure(folder: Path, seconds: float) -> list[Figure]:
    """Three figures; real and no-op requests take turns, and the median round counts."""
    prediction = payloads.prediction(_PROJECT)
    with processes.weft(folder / "writes") as server:
        first = orjson.loads(ask(server.port, post(f"{_PATH}/predictions", prediction)))["prediction_id"]
        feedback = payloads.feedback(_PROJECT, first)
        made: list[str] = []

        def predictions() -> Traffic:
            requests = payloads.endless(post(f"{_PATH}/predictions", prediction))
            traffic = send(server.port, requests, CONNECTIONS, seconds, keep_bodies=True)
            made.extend(orjson.loads(body)["prediction_id"] for body in traffic.bodies)
            return traffic

        def scores() -> Traffic:
            asked, made[:] = list(made), []
            requests = (post(f"{_PATH}/scores", payloads.score(_PROJECT, one)) for one in asked)
            return send(server.port, requests, CONNECTIONS, seconds)

        def repeat(path: str, body: object) -> Callable[[], Traffic]:
            return lambda: send(server.port, payloads.endless(post(path, body)), CONNECTIONS, seconds)

        return [
            _figure(
                "feedback/create", ">= 0.3", repeat("/feedback/create", feedback), repeat("/bench/feedback", feedback)
            ),
            _figure("predictions", ">= 0.3", predictions, repeat(f"{_NOOP}/predictions", prediction)),
            # Scores take the predictions that the round before has made, so none is scored twice.
            _figure(
                "scores", ">= 0.2", scores, repeat(f"{_NOOP}/scores", payloads.score(_PROJECT, first)), predictions
            ),
        ]


def _figure(
    name: str,
    bound: str,
    real: Callable[[], Traffic],
    noop: Callable[[], Traffic],
    before: Callable[[], Traffic] | None = None,
) -> Figure:
    rounds = []
    for _ in range(ROUNDS):
        if before is not None:
            before()
        rounds.append((real(), noop()))
    ours, yardsticks = _median(one for one, _ in rounds), _median(one for _, one in rounds)
    latency = statistics.median(one.p50_ms for one, _ in rounds)
    slowest = statistics.median(one.p99_ms for one, _ in rounds)
    return Figure(
        f"{name}, {CONNECTIONS} at once",
        ours,
        "requests/s",
        "a no-op with the same body",
        yardsticks,
        bound,
        f"p50 {latency:.0f} ms, p99 {slowest:.0f} ms",
    )


def _median(traffic: Iterable[Traffic]) -> float:
    return statistics.median(one.rate for one in traffic)
