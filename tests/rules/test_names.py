"""Names say what is inside, and every module opens by saying what it owns."""

from __future__ import annotations

import ast

from tests.rules.sources import own_python_files, package_files, program_files, shown, tree, ui_files

# Drawers for everything: whatever is put in them, the next thing fits too.
DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
SHORTEST_ALIAS = 4


def test_no_module_is_named_like_a_drawer() -> None:
    named = [
        shown(path)
        for path in [*own_python_files(), *ui_files()]
        if {word for part in (path.parent.name, path.stem) for word in part.lower().split("_")} & DRAWERS
    ]
    assert named == []


def test_imports_keep_their_names() -> None:
    """`import clickhouse_connect as ch` saves ten letters and costs every reader a look-up."""
    initials = [
        f"{shown(path)}:{node.lineno} {alias.name} as {alias.asname}"
        for path in package_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None and len(alias.asname) < SHORTEST_ALIAS
    ]
    assert initials == []


def test_every_module_opens_with_what_it_owns() -> None:
    silent = [shown(path) for path in program_files() if not ast.get_docstring(tree(path))]
    assert silent == []
