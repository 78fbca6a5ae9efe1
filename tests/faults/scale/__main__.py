"""`make faults`: every fault with many tasks; prints the counts, keeps them, and fails when one is not as promised."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.scale import report
from tests.faults.scale.cluster import Cluster
from tests.faults.scale.counts import Counts
from tests.faults.scale.scenarios import SCENARIOS, run_scenario


def main() -> int:
    """Run what was asked for; the exit status is the number of promises that were not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.scale", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="fault", help="only these")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--json", type=Path, default=report.ROOT / "test-output" / "faults.json")
    parser.add_argument("--write-page", action="store_true", help="put the counts into docs/reliability.md")
    given = parser.parse_args()
    chosen = [scenario for scenario in SCENARIOS if not given.names or scenario.name in given.names]
    runs: list[Counts] = []
    # Some faults may be run again by name: the others keep their counts.
    before = report.read_json(given.json) if given.names else []
    with tempfile.TemporaryDirectory(prefix="weft-faults-") as folder, Cluster(Path(folder)) as cluster:
        for scenario in chosen:
            print(f"{scenario.title} …", end=" ", flush=True)
            runs.append(run_scenario(cluster, scenario, given.tasks))
            print(f"{runs[-1].seconds:.0f} s", flush=True)
            report.write_json(report.merged(before, runs), given.json)
    problems = [problem for run in runs for problem in run.problems()]
    print(f"\n{report.table(runs)}\n\n{report.injected(runs)}\n", *problems, sep="\n")
    if given.write_page and not problems:
        report.write_page(report.merged(before, runs))
    return len(problems)


if __name__ == "__main__":
    sys.exit(main())
