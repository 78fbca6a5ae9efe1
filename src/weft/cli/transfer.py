"""`weft export` and `weft import`: a project to a folder and back, from this server's stores or any server's API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from weft.cli.terminal import DataOption
from weft.core.errors import InvalidRequest, NotFound, Unavailable
from weft.services import Services, build_services, is_in_use
from weft.settings import load_settings
from weft.transfer.exporting import export
from weft.transfer.folder import Folder, Manifest
from weft.transfer.importing import import_project
from weft.transfer.local import LocalSource
from weft.transfer.service import ServiceSource
from weft.transfer.service_client import ServiceClient

FolderArgument = Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False, help="The folder of the export.")]


def export_project(
    project: Annotated[str, typer.Argument(metavar="ENTITY/PROJECT", show_default=False, help="What to export.")],
    folder: FolderArgument,
    url: Annotated[
        str | None, typer.Option("--url", help="Read it from this Weave or Weft server through its public API.")
    ] = None,
    api_key: Annotated[
        str, typer.Option("--api-key", envvar="WANDB_API_KEY", help="The API key for --url.", show_default=False)
    ] = "",
    data: DataOption = None,
) -> None:
    """Write a project with everything in it into a folder; the same command again goes on after an interruption."""
    entity, _, name = project.partition("/")
    if not entity or not name or "/" in name:
        raise InvalidRequest(f"A project is named entity/project, not {project[:200]!r}")
    if url is not None:
        client = ServiceClient(url, api_key)
        with _watch() as watch, closing(client):
            place = Folder(folder)
            manifest = export(ServiceSource(client, project, place), place, watch)
        _report(manifest, folder)
        return
    with _watch() as watch, _services(data, "export from it with --url") as services:
        found = services.stores.projects.find(entity, name)
        if found is None:
            raise NotFound(f"Project {project} not found")
        manifest = export(LocalSource(services, found), Folder(folder), watch)
    _report(manifest, folder)


def import_folder(
    folder: FolderArgument,
    project: Annotated[str | None, typer.Option(help="Import as this entity/project.", show_default="its own")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Also into a project that has data already.")] = False,
    data: DataOption = None,
) -> None:
    """Read an exported project into the stores; the same command again goes on after an interruption."""
    with _watch() as watch, _services(data, "start it again afterwards") as services:
        done = import_project(services, Folder(folder), project, merge, watch)
    typer.echo(f"Imported {sum(done.counts.values())} rows and files into {done.project}")


@contextmanager
def _services(data: Path | None, otherwise: str) -> Iterator[Services]:
    settings = load_settings(data=data)
    if is_in_use(settings):
        raise Unavailable(f"The data in {settings.data} is in use by a running server: stop it, or {otherwise}")
    services = build_services(settings)
    try:
        yield services
    finally:
        services.close()


def _report(manifest: Manifest, folder: Path) -> None:
    typer.echo(f"Exported {sum(manifest.counts.values())} rows and files of {manifest.project} into {folder}")
    for what in manifest.left_out:
        typer.echo(f"Left out: {what}")


@contextmanager
def _watch() -> Iterator[_Bars | _Lines]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress)


class _Bars:
    """A bar for each part, for a person who watches."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, part: str, total: int | None, done: int = 0) -> None:
        """A new bar; the one before is done, and gone if there was nothing to do."""
        self._end()
        self._task = self._progress.add_task(part, total=total, completed=done)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._progress.advance(self._task, count)

    def _end(self) -> None:
        if self._task is not None:
            shown = self._progress.tasks[self._progress.task_ids.index(self._task)]
            self._progress.update(self._task, total=shown.completed, visible=shown.completed > 0)


class _Lines:
    """A line for each part, for a log."""

    def begin(self, part: str, total: int | None, done: int = 0) -> None:
        """Say what begins."""
        left = "" if total is None else f": {total}" if not done else f": {total}, of which {done} are done"
        typer.echo(f"{part}{left}", err=True)

    def advance(self, count: int) -> None:
        """Nothing: lines are for parts."""
