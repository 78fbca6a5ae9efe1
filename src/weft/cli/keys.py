"""`weft keys`: make, list and revoke API keys, also while the server runs."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from weft.cli.terminal import DataOption, open_entities, show_table
from weft.core.clock import now
from weft.core.identity import Role
from weft.storage.entities.keys import EVERYWHERE, KeyStore

_MOST_DAYS = 365_000

app = typer.Typer(no_args_is_help=True, help="API keys: create, list, revoke.")


class RoleName(StrEnum):
    """The roles as words of the command line."""

    viewer = "viewer"
    annotator = "annotator"
    member = "member"
    admin = "admin"


@app.command()
def create(
    user: Annotated[str, typer.Option(help="Whose key it is; a new user is made.")],
    role: Annotated[RoleName, typer.Option(help="What the key may do.")] = RoleName.member,
    project: Annotated[str, typer.Option(help="Where: '*', 'entity/*' or 'entity/project'.")] = EVERYWHERE,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int | None, typer.Option(help="For how many days it is good; without, for ever.", min=1)] = None,
    data: DataOption = None,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    ends = now() + timedelta(days=min(days, _MOST_DAYS)) if days is not None else None
    with open_entities(data) as database:
        typer.echo(KeyStore(database).create_key(user, Role[role.value], project, name, expires_at=ends))


@app.command("list")
def list_keys(data: DataOption = None) -> None:
    """List the keys that are not revoked."""
    with open_entities(data) as database:
        records = KeyStore(database).list_keys()
    rows = [
        [
            record.id,
            record.username,
            ", ".join(f"{role.name} in {scope}" for scope, role in record.grants),
            record.name,
            f"{record.hint}…",
            f"{record.created_at:%Y-%m-%d %H:%M} UTC",
            f"{record.expires_at:%Y-%m-%d %H:%M} UTC" if record.expires_at else "never",
        ]
        for record in records
    ]
    show_table("API keys", ["id", "user", "may", "name", "key", "made", "ends"], rows)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `weft keys list` shows.")], data: DataOption = None
) -> None:
    """Refuse a key from now on; a running server notices within seconds."""
    with open_entities(data) as database:
        KeyStore(database).revoke(key_id)
