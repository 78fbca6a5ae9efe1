"""`weft doctor`: look at the settings and at everything they name, and say in one sentence each what is
wrong. What is looked at is in store_checks.py, broker_check.py and runner_check.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console

from weft.cli.broker_check import examine_brokers
from weft.cli.runner_check import examine_runner
from weft.cli.store_checks import examine_blobs, examine_entities, examine_events, examine_folder, examine_keys
from weft.cli.terminal import DataOption
from weft.core.errors import WeftError
from weft.settings import Settings, load_settings


def examine(
    host: Annotated[str | None, typer.Option(help="Where a running server listens.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Its port.", show_default=False)] = None,
    data: DataOption = None,
) -> None:
    """Check the settings and each store; status 1 when something needs attention."""
    settings = load_settings(host=host, port=port, data=data)
    checks = {
        "data folder": examine_folder,
        "entities": examine_entities,
        "keys": examine_keys,
        "events": examine_events,
        "blobs": examine_blobs,
        "kafka": examine_brokers,
        "code runner": examine_runner,
    }
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
