"""`weft demo`: the evaluation loop, shown on a server of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weft.demo.program import run_demo


def demo(
    port: Annotated[int, typer.Option(help="Port to listen on; a free one is taken when this one is not.")] = 6345,
    data: Annotated[Path, typer.Option(help="Folder of the data.")] = Path("weft-data"),
    sdk_python: Annotated[
        Path | None,
        typer.Option(help="Interpreter that has weave and scikit-learn.", show_default="the one that runs this"),
    ] = None,
    exit_when_done: Annotated[
        bool, typer.Option("--exit", envvar="DEMO_EXIT", help="End when all is shown instead of serving on.")
    ] = False,
) -> None:
    """Run a real evaluation with the official SDK, repeat it over plain HTTP, and score asynchronously."""
    raise typer.Exit(run_demo(port, data, sdk_python, exit_when_done))
