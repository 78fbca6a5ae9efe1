"""The sources that the rules read: paths, parsed trees, texts. What is a fault is each rule's business."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "weft"
UI = ROOT / "ui" / "src"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def package_files() -> list[Path]:
    """Every Python file of the product."""
    return sorted(PACKAGE.rglob("*.py"))


def program_files() -> list[Path]:
    """Every Python file of the product, its bench and its tools."""
    return sorted(path for name in ("src", "bench", "tools") for path in (ROOT / name).rglob("*.py"))


def own_python_files() -> list[Path]:
    """Every Python file that we wrote, tests included."""
    tests = (path for path in (ROOT / "tests").rglob("*.py") if not set(path.parts) & {"node_modules", "reference"})
    return sorted([*program_files(), *tests])


def ui_files() -> list[Path]:
    """Every source file of the UI that a person wrote."""
    return sorted(path for path in UI.rglob("*") if path.suffix in (".ts", ".tsx", ".css") and ".gen." not in path.name)


def shown(path: Path) -> str:
    """The path as the reader of a failure knows it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of a file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every string of a file that is not a docstring."""
    docstrings = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None:
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            docstrings.add(id(first.value))
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
