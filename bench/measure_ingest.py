"""Complete calls over HTTP against inserting the very same rows straight into the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import payloads, processes
from bench.results import Figure
from bench.traffic import Traffic, post, send

CLIENTS = 4
BATCH = 100
_PROJECT = "ingest"


def measure(folder: Path, batches: int) -> list[Figure]:
    """One figure: calls per second, acknowledged as durable, against the bare engine's."""
    data = folder / "ingest"
    with processes.weft(data) as server:
        send_batches(server.port, _PROJECT, 0, 10)
        traffic = send_batches(server.port, _PROJECT, 10 * BATCH, batches)
    engine = bare_insert(data, folder / "bare")
    alone = ", ".join(f"{rate:,.0f} with {threads}" for threads, rate in engine.items())
    note = f"p50 {traffic.p50_ms:.0f} ms, p99 {traffic.p99_ms:.0f} ms; the engine, fsync each {BATCH}: {alone} threads"
    return [
        Figure(
            f"calls/complete, {BATCH} a request, {CLIENTS} clients",
            traffic.rate * BATCH,
            "calls/s",
            "the same rows into the engine",
            max(engine.values()),
            ">= 0.4",
            note,
        )
    ]


def send_batches(port: int, project: str, first: int, batches: int) -> Traffic:
    """Send batches of new calls, prepared beforehand."""
    path = f"/v2/{payloads.ENTITY}/{project}/calls/complete"
    numbers = range(first, first + batches * BATCH, BATCH)
    requests = [post(path, payloads.complete_batch(project, number, BATCH)) for number in numbers]
    return send(port, requests, CLIENTS)


def bare_insert(source: Path, target: Path) -> dict[str, float]:
    """Rows per second that the engine takes by itself, by number of threads; the server must have ended."""
    command = [sys.executable, "-m", "bench.bare_engine", "insert", str(source), str(target), str(BATCH), str(CLIENTS)]
    done = subprocess.run(command, cwd=processes.ROOT, stdout=subprocess.PIPE, check=True, text=True)
    rates: dict[str, float] = json.loads(done.stdout)
    return rates
