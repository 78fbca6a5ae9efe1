"""The command `weft`: one file per group of commands. Turns known errors into one sentence and an exit status."""

from __future__ import annotations

import sys

import typer

from weft import __version__
from weft.cli import (
    demo,
    doctor,
    keys,
    migrate,
    monitors,
    openapi,
    projects,
    retention,
    scoring,
    secrets,
    serve,
    transfer,
)
from weft.cli.terminal import complain
from weft.core.errors import WeftError
from weft.settings import InvalidSettings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Weft: self-hosted tracing, evaluation and scoring for LLM applications.",
)
app.command("serve")(serve.serve)
app.command("worker")(serve.work)
app.command("projects")(projects.list_projects)
app.command("migrate")(migrate.migrate)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.examine)
app.command("export")(transfer.export_project)
app.command("import")(transfer.import_folder)
app.command("openapi")(openapi.print_openapi)
app.add_typer(keys.app, name="keys")
app.add_typer(scoring.app, name="scoring")
app.add_typer(monitors.app, name="monitors")
app.add_typer(retention.app, name="retention")
app.add_typer(secrets.app, name="secrets")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"weft {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main() -> None:
    """Run the command line. Exit status 1: it could not be done; 2: it was asked for wrongly."""
    try:
        app()
    except InvalidSettings as error:
        complain(str(error))
        sys.exit(2)
    except WeftError as error:
        complain(error.reason)
        sys.exit(1)
