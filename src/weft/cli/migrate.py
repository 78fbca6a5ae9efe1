"""`weft migrate`: bring the stores to this version without serving."""

from __future__ import annotations

import typer

from weft.cli.terminal import DataOption
from weft.services import build_services
from weft.settings import load_settings


def migrate(data: DataOption = None) -> None:
    """Bring every store to this version; `weft serve` does it too when it starts."""
    services = build_services(load_settings(data=data))
    revision, _ = services.database.revisions()
    services.close()
    typer.echo(f"All stores are at this version (entities at revision {revision}).")
