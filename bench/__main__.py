"""`python -m bench`: every measure in one run, a table and a JSON file. `--quick` is for trying the bench itself.

python -m bench                 # all, some minutes
python -m bench writes scoring  # some
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from bench import (
    measure_agents,
    measure_eval_results,
    measure_feedback,
    measure_ingest,
    measure_kafka,
    measure_reads,
    measure_reference,
    measure_scoring,
    measure_ui,
    measure_writes,
    results,
)
from bench.results import Figure

MEASURES = ("ingest", "writes", "reads", "agents", "feedback", "results", "scoring", "kafka", "ui", "reference")


def main() -> None:
    """Measure, show, write; ends with status 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="|".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: the figures mean little")
    options = parser.parse_args()
    wanted = options.measures or MEASURES
    if set(wanted) - set(MEASURES):
        parser.error(f"there are: {', '.join(MEASURES)}")
    # Stopped, it still ends its servers and removes its data.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=max(Console().width, 140))
    started = time.perf_counter()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="weft-bench-") as folder:
        for name in wanted:
            console.print(f"[dim]measuring {name} …[/]")
            figures += _measure(name, Path(folder), figures, 0.1 if options.quick else 1)
    results.show(console, figures)
    path = results.write(figures, time.perf_counter() - started)
    console.print(f"written to {path}")
    if any(figure.holds is False for figure in figures):
        raise SystemExit(1)


def _measure(name: str, folder: Path, before: list[Figure], size: float) -> list[Figure]:
    seconds = max(1.0, 4 * size)
    if name == "ingest":
        return measure_ingest.measure(folder, batches=int(300 * size))
    if name == "writes":
        return measure_writes.measure(folder, seconds)
    if name == "reads":
        return measure_reads.measure(folder, calls=int(200_000 * size), repeats=100)
    if name == "agents":
        return measure_agents.measure(folder, spans=int(10_000 * size), others=int(20_000 * size), repeats=20)
    if name == "feedback":
        return measure_feedback.measure(folder, rows=int(200_000 * size), repeats=20)
    if name == "results":
        return measure_eval_results.measure(folder, rows=int(5000 * size), repeats=10)
    if name == "scoring":
        return measure_scoring.measure(folder, tasks=int(3000 * size))
    if name == "kafka":
        return measure_kafka.measure(folder, tasks=int(10_000 * size), waiting=int(1000 * size), seconds=40 * size)
    if name == "ui":
        return measure_ui.measure(folder, calls=int(200_000 * size), spans=int(10_000 * size), visits=10)
    return measure_reference.measure(folder, before, seconds)


if __name__ == "__main__":
    main()
