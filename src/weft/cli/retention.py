"""`weft retention`: remove what has outlived its project's retention, once, while no server runs on the data."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from weft.cli.terminal import DataOption
from weft.core.clock import now
from weft.domain.retention import sweep as sweep_once
from weft.services import build_services
from weft.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Retention: remove what has outlived its time.")


@app.callback()
def _group() -> None:
    """Without this a single command would take the place of its group."""


@app.command()
def sweep(
    grace_seconds: Annotated[
        float | None,
        typer.Option(min=0, help="Leave files alone that were stored less than so long ago.", show_default=False),
    ] = None,
    data: DataOption = None,
) -> None:
    """Remove expired calls, spans and feedback, and files nothing else names. A running server does so by itself."""
    settings = load_settings(data=data, retention_grace_seconds=grace_seconds)
    services = build_services(settings)
    try:
        swept = sweep_once(services.stores, now(), timedelta(seconds=settings.retention_grace_seconds))
    finally:
        services.close()
    typer.echo(
        f"{swept.calls} calls, {swept.feedback} feedback, {swept.spans} spans and {swept.files} files "
        f"({swept.bytes} bytes) removed"
    )
