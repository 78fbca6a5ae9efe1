"""What the commands share: the `--data` option, opening the entity store, and how they speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from weft.settings import Settings, load_settings
from weft.storage.entities.database import EntitiesDatabase

DataOption = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded stores.", show_default=False)]


@contextmanager
def open_entities(data: Path | None) -> Iterator[EntitiesDatabase]:
    """The entity store, migrated; works beside a running server."""
    database = EntitiesDatabase(load_settings(data=data).resolved_entities_url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


def show_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print rows for a person, as wide as the terminal; plain tab-separated lines when the output is a pipe."""
    console = Console()
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(row))
        return
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def complain(sentence: str) -> None:
    """Say on standard error what went wrong."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"weft: {sentence}", style="red")


def announce(settings: Settings, url: str) -> None:
    """Say on standard error where the server is and who may use it."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    who = "API keys are needed" if settings.resolved_auth == "keys" else "no API key is needed"
    console.print(f"Weft listens on [bold]{url}[/bold]; {who}.", f"\nData: {settings.data}")
    if settings.resolved_auth == "off" and settings.insecure_allow_open_auth:
        console.print("WARNING: everyone who reaches this address may read and delete everything.", style="bold red")
