"""Runs `evaluation.py` with an interpreter that has the official SDK, and shows how far it is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

_PROGRAM = Path(__file__).with_name("evaluation.py")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_EVALUATED = re.compile(r"Evaluated (\d+) of (\d+) examples")
NEEDS = ("weave", "sklearn")


class SdkMissing(Exception):
    """No interpreter with the SDK; the text says what to do."""


class ProgramFailed(Exception):
    """The SDK program ended badly; the text is the end of what it printed."""


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What the SDK program left behind."""

    weave: str
    evaluation_ref: str
    scorer_ref: str
    runs: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    replies: list[str]
    scorers: dict[str, str]


def find_interpreter(given: Path | None) -> Path:
    """The interpreter to use: the one given, else our own. Raises SdkMissing when it lacks what the program imports."""
    # Not resolved: the interpreter of a virtual environment is a link, and what it imports depends on its name.
    interpreter = (given or Path(sys.executable)).absolute()
    if not interpreter.exists():
        raise SdkMissing(f"There is no interpreter at {interpreter}.")
    imports = "; ".join(f"import importlib.util; assert importlib.util.find_spec({name!r})" for name in NEEDS)
    if subprocess.run([interpreter, "-c", imports], capture_output=True, check=False).returncode != 0:
        raise SdkMissing(
            f"The demo runs the official SDK, and {interpreter} has no weave and scikit-learn. In a checkout use "
            "`make demo`; elsewhere `pip install weave==0.54.0 scikit-learn` into an environment and name its "
            "interpreter with --sdk-python."
        )
    return interpreter


def run_evaluation(
    console: Console, interpreter: Path, server: str, project: str, judge_model: str
) -> EvaluationReport:
    """Run the program to its end. Raises ProgramFailed."""
    with tempfile.TemporaryDirectory(prefix="weft-demo-") as folder:
        report = Path(folder, "report.json")
        options = ["--server", server, "--project", project, "--judge-model", judge_model, "--report", str(report)]
        process = subprocess.Popen(
            [interpreter, _PROGRAM, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=folder,
        )
        said = _follow(console, process)
        if process.wait() != 0:
            raise ProgramFailed("\n".join(said[-30:]))
        return EvaluationReport(**json.loads(report.read_text(encoding="utf-8")))


def _follow(console: Console, process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    said = []
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        task, last = None, 0
        for line in process.stdout:
            said.append(_ESCAPES.sub("", line.rstrip()))
            match = _EVALUATED.search(said[-1])
            if match is None:
                continue
            done, total = int(match[1]), int(match[2])
            if task is None or done < last:
                task = progress.add_task(f"model {len(progress.tasks) + 1}", total=total)
            progress.update(task, completed=done)
            last = done
    return said
