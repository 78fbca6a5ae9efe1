"""A route parses, authorises, calls one function and returns: at most five statements."""

from __future__ import annotations

import ast

from tests.rules.sources import PACKAGE, Function, functions, shown

STATEMENTS = 5


def test_route_bodies_have_at_most_five_statements() -> None:
    routes = [
        (f"{shown(path)}:{node.lineno} {node.name}", _statements(node))
        for path in sorted((PACKAGE / "api").rglob("*.py"))
        for node in functions(path)
        if any(_is_route(decorator) for decorator in node.decorator_list)
    ]
    assert routes
    assert [route for route in routes if route[1] > STATEMENTS] == []


def _is_route(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func).startswith("router.")


def _statements(function: Function) -> int:
    every = sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1
    return every - (ast.get_docstring(function) is not None)
