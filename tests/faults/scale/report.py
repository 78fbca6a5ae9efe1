"""The counts of all faults as a table: printed, kept as JSON, and written into docs/reliability.md."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.scale.counts import Counts
from tests.faults.scale.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- written by make faults -->", "<!-- end of what make faults writes -->"

_HEAD = ("fault", "accepted", "scored", "failed", "lost", "seen once", "seen otherwise", "no reason", "seconds")
_TITLES = {scenario.name: scenario.title for scenario in SCENARIOS}


def table(runs: Sequence[Counts]) -> str:
    """The counts as a Markdown table."""
    rows = [
        (
            _TITLES[run.scenario], run.accepted, run.scored, run.failed, run.lost, run.seen_once, run.seen_wrongly,
            run.without_reason, f"{run.seconds:.0f}",
        )
        for run in runs
    ]  # fmt: skip
    return _markdown(_HEAD, rows)


def injected(runs: Sequence[Counts]) -> str:
    """What was broken in each run, as a Markdown table."""
    rows = [(_TITLES[run.scenario], ", ".join(f"{many} {what}" for what, many in run.faults.items())) for run in runs]
    return _markdown(("fault", "what was done, and what was open at that time"), rows)


def write_json(runs: Sequence[Counts], path: Path) -> None:
    """Keep the counts for programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([run.as_json() for run in runs], indent=2) + "\n", encoding="utf-8")


def read_json(path: Path) -> list[Counts]:
    """The counts that were kept; none without the file."""
    if not path.exists():
        return []
    return [Counts(**run) for run in json.loads(path.read_text(encoding="utf-8")) if run["scenario"] in _TITLES]


def merged(before: Sequence[Counts], runs: Sequence[Counts]) -> list[Counts]:
    """Both, in the order of the faults; of one that was run again the later counts."""
    known = {run.scenario: run for run in [*before, *runs]}
    return [known[name] for name in _TITLES if name in known]


def write_page(runs: Sequence[Counts]) -> None:
    """Put the tables into the page, between its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, mark, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not mark or not end:
        raise SystemExit(f"{PAGE} has no place for the counts: it lacks {BEGIN} or {END}")
    made = f"Run on {datetime.now(UTC):%Y-%m-%d} with {platform.python_implementation()} {platform.python_version()}."
    text = f"\n\n{made}\n\n{table(runs)}\n\n{injected(runs)}\n\n"
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


def _markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
