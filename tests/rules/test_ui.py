"""The UI speaks the API of today, and its parts know only what they may."""

from __future__ import annotations

import re

from tests.rules.sources import ROOT, UI, shown, ui_files
from tools.ui_client import SCHEMA, stamp
from weft.app import openapi_document


def test_the_client_is_made_from_the_api_of_today() -> None:
    first = SCHEMA.read_text(encoding="utf-8").partition("\n")[0]
    assert first == stamp(openapi_document()).rstrip("\n"), f"{shown(SCHEMA)} is stale: run `make ui-client`"


def test_colours_are_tokens() -> None:
    """A colour written anywhere else has no dark twin."""
    tokens = UI / "design" / "tokens.css"
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!\w)|\b(?:rgb|hsl)a?\(\d")
    written = [
        f"{shown(path)}: {found.group()}"
        for path in ui_files()
        if path.suffix == ".css" and path != tokens
        for found in colour.finditer(path.read_text(encoding="utf-8"))
    ]
    # Shades over whatever is below are no colours of their own.
    assert [line for line in written if "rgb(" not in line] == []


def test_text_of_users_is_never_put_in_as_html() -> None:
    assert [shown(path) for path in ui_files() if "dangerouslySetInnerHTML" in path.read_text(encoding="utf-8")] == []


def test_every_place_has_its_page_and_its_picture() -> None:
    places = re.findall(r'\{ title: "([^"]+)"', (UI / "app" / "places.ts").read_text(encoding="utf-8"))
    assert len(places) > 10
    pages = sorted((ROOT / "docs" / "ui").glob("*.md"))
    index = (ROOT / "docs" / "ui" / "README.md").read_text(encoding="utf-8")
    assert [title for title in places if f"[{title}](" not in index] == []
    for page in pages:
        assert page.name == "README.md" or f"({page.name})" in index, f"{shown(page)} is not in docs/ui/README.md"
        text = page.read_text(encoding="utf-8")
        missing = [name for name in re.findall(r"\]\((images/[^)]+)\)", text) if not (page.parent / name).is_file()]
        assert missing == [], f"{shown(page)}: run `make ui-docs`"
