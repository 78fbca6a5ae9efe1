"""Files and functions stay small enough to be read at once. The lists of exceptions are empty and stay so."""

from __future__ import annotations

from tests.rules.sources import functions, package_files, program_files, shown, ui_files

FILE_LINES = 400
FUNCTION_LINES = 50


def test_no_file_is_over_400_lines() -> None:
    sources = [*program_files(), *ui_files()]
    counted = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources}
    assert {name: lines for name, lines in counted.items() if lines > FILE_LINES} == {}


def test_no_function_is_over_50_lines() -> None:
    long = {
        f"{shown(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in package_files()
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == {}
