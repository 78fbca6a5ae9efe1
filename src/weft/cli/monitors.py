"""`weft monitors`: which there are, back-filling them over past calls, and why a call was scored, asked of a server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from weft.cli.running_server import KeyOption, RunningServer, UrlOption, running_server
from weft.cli.terminal import show_table
from weft.core.errors import InvalidRequest, Unavailable

app = typer.Typer(no_args_is_help=True, help="Monitors of a project: list, back-fill, explain.")

ProjectArgument = Annotated[str, typer.Argument(metavar="ENTITY/PROJECT", show_default=False, help="Whose monitors.")]
BackfillArgument = Annotated[str, typer.Argument(metavar="ID", show_default=False, help="Which back-fill.")]

_BACKFILLS = "/weft/v1/monitors/backfills"
_POLL_SECONDS = 0.5
# A server that restarts goes on with what it did; so long its silence is waited out.
_SILENCE_SECONDS = 120.0
_OPEN = ("queued", "running", "retrying")


@app.command("list")
def list_monitors(project: ProjectArgument, url: UrlOption = None, api_key: KeyOption = "") -> None:
    """List the monitors: what they watch, which share of it, and what is wrong with them."""
    with running_server(url, api_key) as server:
        monitors = server.get("/weft/v1/monitors", project_id=project)["monitors"]
    show_table("Monitors", ["name", "state", "ops", "rate", "scorers", "trouble"], [_row(item) for item in monitors])


@app.command()
def backfill(
    project: ProjectArgument,
    monitor: Annotated[str, typer.Argument(show_default=False, help="Its name, 'name:version', or ref.")],
    start: Annotated[str | None, typer.Option(help="Only calls that started then or later (ISO 8601).")] = None,
    end: Annotated[str | None, typer.Option(help="Only calls that started before.", show_default="now")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be scored.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the end.")] = False,
    url: UrlOption = None,
    api_key: KeyOption = "",
) -> None:
    """Let a monitor look at past calls. The server does it, also when this command is interrupted."""
    asked = {"project_id": project, "monitor_ref": monitor, "start": start, "end": end, "dry_run": dry_run}
    with running_server(url, api_key) as server:
        made = server.post("/weft/v1/monitors/backfill", **asked)
        if detach:
            typer.echo(made["id"])
            return
        _watch(server, made)


@app.command()
def follow(backfill_id: BackfillArgument, url: UrlOption = None, api_key: KeyOption = "") -> None:
    """Watch a back-fill until it has ended and all its scores have."""
    with running_server(url, api_key) as server:
        _watch(server, server.get(f"{_BACKFILLS}/{backfill_id}"))


@app.command()
def cancel(backfill_id: BackfillArgument, url: UrlOption = None, api_key: KeyOption = "") -> None:
    """Let a back-fill look at no more calls; scores that it has asked for are given."""
    with running_server(url, api_key) as server:
        server.post(f"{_BACKFILLS}/{backfill_id}/cancel")
    typer.echo(f"{backfill_id} looks at no more calls")


@app.command()
def explain(
    project: ProjectArgument,
    call: Annotated[str, typer.Argument(show_default=False, help="The id of a call.")],
    monitor: Annotated[str | None, typer.Option(help="Only for this monitor.")] = None,
    url: UrlOption = None,
    api_key: KeyOption = "",
) -> None:
    """Say why a call was scored, or was not."""
    with running_server(url, api_key) as server:
        told = server.get("/weft/v1/scoring/explain", project_id=project, call_id=call, monitor=monitor)
    typer.echo(told["says"])
    for item in told["monitors"]:
        typer.echo(f"{item['name']}: {item['says']}")
    for item in told["requested"]:
        typer.echo(f"Asked for by name: {item['says']}")


def _row(item: Mapping[str, Any]) -> list[str]:
    scorers = [uri.rpartition("/")[2].partition(":")[0] for uri in item["scorer_refs"]]
    return [
        item["name"],
        "active" if item["active"] else "off",
        ", ".join(uri.rpartition("/")[2] for uri in item["op_names"]) or "all",
        f"{item['sampling_rate']:g}",
        ", ".join(scorers),
        "; ".join([*item["problems"], *item["refused"]]),
    ]


def _watch(server: RunningServer, now: dict[str, Any]) -> None:
    """Show the progress until everything has ended, then say what came of it. Raises InvalidRequest if it failed."""
    path = f"{_BACKFILLS}/{now['id']}"
    with _bars(now) as show:
        while not now["done"]:
            time.sleep(_POLL_SECONDS)
            now = _patiently(server, path)
            show(now)
    if now["state"] == "failed":
        raise InvalidRequest(f"The back-fill failed: {now['reason']}")
    would = "would be " if now["dry_run"] else ""
    typer.echo(
        f"{now['walked']} calls looked at: {now['chosen']} {would}chosen, {now['not_sampled']} not sampled, "
        f"{now['excluded']} scorers' own"
    )
    if now["scores"]:
        typer.echo("Scores: " + ", ".join(f"{count} {state}" for state, count in now["scores"].items()))


def _patiently(server: RunningServer, path: str) -> dict[str, Any]:
    deadline = time.monotonic() + _SILENCE_SECONDS
    while True:
        try:
            return dict(server.get(path))
        except Unavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)


@contextmanager
def _bars(first: Mapping[str, Any]) -> Iterator[Any]:
    """Shows a back-fill as bars to a person who watches, and a line when it begins to a log."""
    console = Console(stderr=True)
    if not console.is_terminal:
        typer.echo(f"Back-fill {first['id']}", err=True)
        yield lambda _now: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        calls = progress.add_task("calls", total=None)
        scores = progress.add_task("scores", total=None, visible=not first["dry_run"])

        def show(now: Mapping[str, Any]) -> None:
            open_scores = sum(now["scores"].get(state, 0) for state in _OPEN)
            asked = sum(now["scores"].values())
            progress.update(calls, total=now["total"], completed=now["walked"])
            progress.update(scores, total=asked, completed=asked - open_scores)

        show(first)
        yield show
