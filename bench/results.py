"""The figures of a run: how they are kept, judged, shown as a table and written as JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing against one yardstick. `bound` is what the ratio keeps to: `>= 0.4`, `<= 4`, or nothing."""

    name: str
    value: float
    unit: str
    yardstick: str = ""
    yardstick_value: float | None = None
    bound: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value in yardsticks; a value without one is judged by itself."""
        return self.value / self.yardstick_value if self.yardstick_value else None

    @property
    def holds(self) -> bool | None:
        """Whether the bound is kept; None where there is none."""
        if not self.bound:
            return None
        sign, limit = self.bound.split()
        judged = self.value if self.ratio is None else self.ratio
        return judged >= float(limit) if sign == ">=" else judged <= float(limit)


def show(console: Console, figures: list[Figure]) -> None:
    """Print the table, and under it what belongs to single figures."""
    table = Table(box=None, padding=(0, 2, 0, 0), title_justify="left")
    for heading in ("measure", "Weft", "against", "", "ratio", "bound", ""):
        table.add_column(heading, justify="left" if heading in ("measure", "against") else "right", no_wrap=True)
    for figure in figures:
        table.add_row(
            figure.name,
            f"{_number(figure.value)} {figure.unit}",
            figure.yardstick,
            "" if figure.yardstick_value is None else _number(figure.yardstick_value),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.bound,
            {True: "[green]holds[/]", False: "[red]broken[/]", None: ""}[figure.holds],
        )
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"[dim]{figure.name}: {figure.note}[/]")


def write(figures: list[Figure], seconds: float) -> Path:
    """Write the run to `out/<time>.json` and to `out/latest.json`."""
    OUT.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    run = {
        "at": now.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "figures": [asdict(figure) | {"ratio": figure.ratio, "holds": figure.holds} for figure in figures],
    }
    text = json.dumps(run, indent=2) + "\n"
    path = OUT / f"{now:%Y%m%dT%H%M%SZ}.json"
    for target in (path, OUT / "latest.json"):
        target.write_text(text, encoding="utf-8")
    return path


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
