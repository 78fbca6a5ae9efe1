"""Writes the generated pages of the documentation: the settings, and how much of the Service API is served.

`make docs` runs it. `tests/rules/test_docs.py` fails when a page differs from what this would write now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from weft.app import openapi_document
from weft.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = ROOT / "tests" / "contract" / "spec" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")

Operation = tuple[str, str]


def settings_page() -> str:
    """Every setting, from its definition."""
    rows = [
        (f"`{_variable(name)}`", _kind(field.annotation), _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Read from the environment when a command starts; `weft serve` has options for the first three. An empty value "
        "counts as not given. `weft doctor` shows what the settings in force lead to.",
        _table(("variable", "type", "default", "what it does"), rows),
    )


def api_page() -> str:
    """Which operations of the Weave Service API are served, and what is served beside them."""
    contract = operations(json.loads(CONTRACT.read_text(encoding="utf-8")))
    served = operations(openapi_document())
    present = [operation for operation in contract if operation in served]
    sections = []
    for noun in dict.fromkeys(_noun(path) for path, _ in sorted(contract)):
        rows = [
            (f"`{method.upper()}`", f"`{path}`", "yes" if (path, method) in served else "later")
            for path, method in sorted(contract)
            if _noun(path) == noun
        ]
        sections.append(f"### {noun}\n\n{_table(('method', 'path', 'served'), rows)}")
    ours = sorted(served - contract)
    beside = _table(("method", "path"), [(f"`{method.upper()}`", f"`{path}`") for path, method in ours])
    return _page(
        "API compatibility",
        f"Of the {len(contract)} operations of the Weave Service API, {len(present)} are served. Each is there at `/` "
        "and again under `/traces`. `weft openapi` prints the whole document; a server shows it at `/weft/docs`.",
        "## The Weave Service API\n",
        *sections,
        "## Served beside it\n\nOlder spellings that SDKs still use, the start-up routes of the wandb host, and Weft's "
        f"own.\n\n{beside}",
    )


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "settings.md": settings_page,
    ROOT / "docs" / "api-compatibility.md": api_page,
}


def operations(document: dict[str, Any]) -> set[Operation]:
    """(path, method) of each operation of an OpenAPI document."""
    return {(path, method) for path, item in document["paths"].items() for method in item if method in METHODS}


def main() -> None:
    """Write every page."""
    for path, render in PAGES.items():
        path.write_text(render(), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


def _variable(name: str) -> str:
    return f"WEFT_{name.upper()}"


def _kind(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    for long, short in (
        ("typing.Literal", ""),
        ("pydantic.types.SecretStr", "secret"),
        ("SecretStr", "secret"),
        ("pathlib.Path", "path"),
        ("PosixPath", "path"),
        ("Path", "path"),
        (" | None", ""),
        ("'", ""),
        ("str", "text"),
        ("bool", "true or false"),
        ("int", "whole number"),
        ("float", "number"),
    ):
        text = text.replace(long, short)
    if text.startswith("["):
        return text.strip("[]").replace(", ", " or ")
    return {"list": "JSON list", "dict": "JSON object"}.get(text.partition("[")[0], text)


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return ""
    shown = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return f"`{json.dumps(shown) if isinstance(shown, bool | list | dict) else shown}`"


def _noun(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    return f"v2: {parts[1]}" if parts[0] == "v2" else parts[0]


def _page(title: str, *paragraphs: str) -> str:
    note = "<!-- Written by `make docs`. -->"
    return "\n\n".join((f"# {title}", note, *(paragraph.strip() for paragraph in paragraphs))) + "\n"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
