"""`weft doctor`: look at the settings and at each store, and say in one sentence what is wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Annotated

import httpx
import typer
from rich.console import Console

from weft.cli.terminal import DataOption
from weft.core.errors import Unavailable, WeftError
from weft.services import build_services, is_in_use
from weft.settings import Settings, load_settings
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.keys import KeyStore

_LOW_BYTES = 1024**3


def examine(
    host: Annotated[str | None, typer.Option(help="Where a running server listens.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Its port.", show_default=False)] = None,
    data: DataOption = None,
) -> None:
    """Check the settings and each store; status 1 when something needs attention."""
    settings = load_settings(host=host, port=port, data=data)
    checks = {"data folder": _folder, "entities": _entities, "keys": _keys, "events": _events}
    console = Console(soft_wrap=True, highlight=False)
    healthy = True
    for name, check in checks.items():
        good, sentence = _outcome(check, settings)
        healthy = healthy and good
        console.print(f"{'ok ' if good else 'BAD'}  {name}: {sentence}", style=None if good else "red", markup=False)
    if not healthy:
        raise typer.Exit(1)


def _outcome(check: Callable[[Settings], str], settings: Settings) -> tuple[bool, str]:
    try:
        return True, check(settings)
    except WeftError as error:
        return False, error.reason


def _folder(settings: Settings) -> str:
    folder = settings.data
    if not folder.exists():
        return f"{folder} does not exist yet; `weft serve` makes it."
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise Unavailable(f"{folder} cannot be written by this user.")
    free = shutil.disk_usage(folder).free
    if free < _LOW_BYTES:
        raise Unavailable(f"Only {free // 1024**2} MiB are free where {folder} is.")
    return f"{folder}, {free // 1024**3} GiB free."


def _entities(settings: Settings) -> str:
    if not _made(settings):
        return "Not made yet; `weft serve` makes it."
    database = EntitiesDatabase(settings.resolved_entities_url)
    try:
        current, newest = database.revisions()
    finally:
        database.close()
    if current != newest:
        raise Unavailable(f"The schema is at revision {current or 'none'} instead of {newest}: run `weft migrate`.")
    return f"Answers, at revision {current}."


def _keys(settings: Settings) -> str:
    if settings.resolved_auth == "off":
        return "Not asked for (WEFT_AUTH=off): everyone who reaches the server is the user `local`."
    if not _made(settings):
        return "None yet; the first start of `weft serve` makes one."
    database = EntitiesDatabase(settings.resolved_entities_url)
    try:
        records = KeyStore(database).list_keys()
    finally:
        database.close()
    if not any(record.administers_everything() for record in records):
        raise Unavailable("No key administers everything: make one with `weft keys create --role admin`.")
    return f"{len(records)} valid."


def _events(settings: Settings) -> str:
    if settings.embedded and not settings.data.exists():
        return "Not made yet; `weft serve` makes them."
    if is_in_use(settings):
        return _ask_server(settings)
    services = build_services(settings)
    try:
        problems = [f"{name}: {problem}" for name, problem in services.check_stores().items() if problem]
    finally:
        services.close()
    if problems:
        raise Unavailable("; ".join(problems))
    return "Answers."


def _ask_server(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    try:
        answer = httpx.get(f"{url}/ready", timeout=10)
        broken = answer.json()["unavailable"]
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise Unavailable(f"A running Weft holds it, but not the one at {url}; give its --host and --port.") from error
    if broken:
        raise Unavailable(f"The server at {url} says that these do not answer: {', '.join(broken)}.")
    return f"Held by the server at {url}, which says that all is well."


def _made(settings: Settings) -> bool:
    return settings.entities_url is not None or (settings.data / "entities.db").exists()
