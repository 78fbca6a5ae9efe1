"""The import contracts of pyproject.toml hold, and no part of the package stands outside them."""

from __future__ import annotations

import tomllib

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.rules.sources import PACKAGE, ROOT


def test_import_contracts_hold() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), verbose=False) == EXIT_STATUS_SUCCESS


def test_every_part_of_the_package_has_a_layer() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = tools["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    placed = {name.strip().removeprefix("weft.") for layer in layers for name in layer.split("|")}
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__", "__main__"} == placed
