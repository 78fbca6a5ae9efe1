"""What the demo prints: headings, tables, a progress bar, addresses. Asks the server nothing."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

from weft.demo.sdk_run import EvaluationReport


def server_started(console: Console, url: str, asked: int, given: int, data: Path) -> None:
    """Where the server is, and why not where it was expected."""
    console.print(f"[bold]Weft[/] is serving on [bold]{url}[/], with its data in {data}/")
    if asked != given:
        console.print(f"Port {asked} is taken by another program, so this demo uses {given}.", style="yellow")


def step(console: Console, number: int, title: str) -> None:
    """A heading."""
    console.print()
    console.print(Rule(f"[bold]{number}. {title}[/]", align="left", style="dim"))


def sdk_finished(console: Console, report: EvaluationReport) -> None:
    """What the SDK program did."""
    made = f"weave {report.weave} evaluated {len(report.runs)} models on {len(report.rows)} support tickets"
    console.print(f"  {made} and wrote {len(report.replies)} traced replies.")


def http_finished(console: Console, path: str, predictions: int) -> None:
    """Which requests made the third run."""
    for request, what in (
        (f"POST {path}/evaluation_runs", "once"),
        (f"POST {path}/predictions", f"{predictions} times"),
        (f"POST {path}/scores", f"{predictions} times"),
        (f"POST {path}/evaluation_runs/…/finish", "once"),
        (f"POST {path}/eval_results/query", "for the table below"),
    ):
        console.print(f"  [cyan]{request}[/]  {what}")


def comparison(console: Console, names: dict[str, str], results: dict[str, Any]) -> None:
    """The models beside each other, with how far chance alone could move the figures."""
    right: dict[str, dict[str, bool]] = {run_id: {} for run_id in names}
    brier: dict[str, list[float]] = {run_id: [] for run_id in names}
    for row in results["rows"]:
        for evaluation in row["evaluations"]:
            scores = evaluation["trials"][0]["scores"]
            right[evaluation["evaluation_call_id"]][row["row_digest"]] = scores["right_topic"]["correct"]
            if "calibration" in scores:
                brier[evaluation["evaluation_call_id"]].append(scores["calibration"]["brier"])
    first = next(iter(right.values()))
    table = Table(box=None, padding=(0, 1, 0, 2), expand=False)
    for heading in ("model", "right", "95 % interval", "Brier", "against the first"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for run_id, name in names.items():
        hits, count = sum(right[run_id].values()), len(right[run_id])
        low, high = _wilson(hits, count)
        mean = f"{sum(brier[run_id]) / len(brier[run_id]):.3f}" if brier[run_id] else "–"
        pairs = [(hit, first[digest]) for digest, hit in right[run_id].items() if digest in first]
        against = f"wins {sum(a and not b for a, b in pairs)}, loses {sum(b and not a for a, b in pairs)}"
        shown = against if right[run_id] is not first else ""
        table.add_row(name, f"{hits} of {count}", f"{low:.0%} – {high:.0%}", mean, shown)
    console.print(table)
    console.print(
        f"  {results['total_rows']} rows, matched by content. Where intervals overlap, chance may have chosen."
    )


def feedback(console: Console, rows: list[dict[str, Any]]) -> None:
    """The feedback stored on one call."""
    table = Table(box=None, padding=(0, 2))
    table.add_column("feedback_type")
    table.add_column("payload")
    for row in rows:
        table.add_row(row["feedback_type"], json.dumps(row["payload"], ensure_ascii=False))
    console.print(table)


def job(console: Console, job_id: str, calls: int, states: Iterator[dict[str, Any]]) -> None:
    """A scoring job, watched to its end."""
    console.print(f"  [cyan]POST /calls/score[/]  {calls} calls; then watching [cyan]/weft/v1/scoring/jobs/{job_id}[/]")
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("queued", total=None)
        for state in states:
            counts = state["counts"]
            ended = counts.get("scored", 0) + counts.get("failed", 0)
            shown = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
            progress.update(bar, total=state["total"], completed=ended, description=shown)


def scores(console: Console, name: str, outputs: list[Any]) -> None:
    """What an asynchronous scorer found."""
    counts = Counter(_verdict(output) for output in outputs)
    console.print(f"  [bold]{name}[/]: " + ", ".join(f"{count} × {verdict}" for verdict, count in counts.most_common()))


def attempts(console: Console, counts: list[int]) -> None:
    """How often the provider had to be asked."""
    again = sum(count > 1 for count in counts)
    console.print(f"  {again} of {len(counts)} tasks met a busy provider and were tried again by themselves.")


def addresses(
    console: Console, url: str, project: str, run_ids: Sequence[str], prediction_id: str, reply_id: str
) -> None:
    """Where to look."""
    console.print()
    console.print(Rule("[bold]Look at[/]", align="left", style="dim"))
    base = f"{url}/{project}"
    for what, address in (
        ("all calls", f"{base}/weave"),
        ("the evaluations", f"{base}/weave/evaluations"),
        ("one of them, row by row", f"{base}/weave/evaluations/{run_ids[0]}"),
        ("the three models compared", f"{base}/weave/compare?runs={','.join(run_ids)}"),
        ("a prediction sent over HTTP", f"{base}/r/call/{prediction_id}"),
        ("a reply with its scores", f"{base}/r/call/{reply_id}"),
        ("the scoring job and its tasks", f"{base}/weave/scoring"),
        ("the API, described", f"{url}/weft/docs"),
    ):
        console.print(f"  {what:<31} {address}")
    console.print("  The judge above was a stand-in that compares words: no language model was asked.", style="dim")


def keeps_serving(console: Console, url: str) -> None:
    """The last line."""
    console.print(f"\nStill serving on {url}. Ctrl-C ends it; `weft serve` starts it again on the same data.")


def _wilson(hits: int, count: int) -> tuple[float, float]:
    if count == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return middle - half, middle + half


def _verdict(output: Any) -> str:
    if isinstance(output, dict):
        return ", ".join(f"{key} {str(value).lower()}" for key, value in output.items() if isinstance(value, bool))
    return json.dumps(output)
