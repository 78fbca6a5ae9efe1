"""`weft secrets`: keys that completions and judges use; set, list and remove them, also while the server runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from weft.api.auth import split_project
from weft.cli.terminal import DataOption, open_entities, show_table
from weft.core.errors import NotFound
from weft.core.identity import Project
from weft.domain import secrets
from weft.services import sealer_of
from weft.settings import Settings, load_settings
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.keys import user_named
from weft.storage.entities.projects import ProjectStore
from weft.storage.entities.secrets import SecretStore

app = typer.Typer(no_args_is_help=True, help="Secrets of projects: set, list, remove.")

ProjectOption = Annotated[str, typer.Option("--project", help="Whose it is: 'entity/project'.")]
NameArgument = Annotated[str, typer.Argument(help="Its name, such as OPENAI_API_KEY.")]


@app.command("set")
def set_secret(
    name: NameArgument,
    project: ProjectOption,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Host it may be sent to; may be repeated. Keys of known providers need none."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Store a secret, read from standard input; it cannot be shown again."""
    value = typer.prompt("Value", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read()
    with _opened(data) as (settings, database):
        owner = ProjectStore(database).ensure(*split_project(project))
        secret = secrets.check_secret(owner, user_named("local"), name, value, host or (), settings.llm_base_urls)
        SecretStore(database, sealer_of(settings)).put(secret, value.strip())
    typer.echo(f"{name} may be sent to {', '.join(secret.hosts) or 'nobody'}")


@app.command("list")
def list_secrets(project: ProjectOption, data: DataOption = None) -> None:
    """List the secrets of a project, without their values."""
    with _opened(data) as (settings, database):
        found = SecretStore(database, sealer_of(settings)).list_secrets(_existing(database, project).id)
    rows = [[secret.name, ", ".join(secret.hosts), f"{secret.updated_at:%Y-%m-%d %H:%M} UTC"] for secret in found]
    show_table("Secrets", ["name", "for", "set"], rows)


@app.command()
def remove(name: NameArgument, project: ProjectOption, data: DataOption = None) -> None:
    """Forget a secret; a running server no longer finds it."""
    with _opened(data) as (settings, database):
        removed = SecretStore(database, sealer_of(settings)).remove(_existing(database, project).id, name)
    if not removed:
        raise NotFound(f"There is no secret {name!r} in {project}")


@contextmanager
def _opened(data: Path | None) -> Iterator[tuple[Settings, EntitiesDatabase]]:
    with open_entities(data) as database:
        yield load_settings(data=data), database


def _existing(database: EntitiesDatabase, external: str) -> Project:
    found = ProjectStore(database).find(*split_project(external))
    if found is None:
        raise NotFound(f"Project {external} not found")
    return found
