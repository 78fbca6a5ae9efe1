"""The documentation says what is so: generated pages are current, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.rules.sources import ROOT, shown
from tools.write_docs import PAGES
from weft.settings import Settings

PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_generated_page_is_current(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page](), f"{shown(page)} is stale: run `make docs`"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_make_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    steps = {"sdk-environments", "chromium", "kafka-jars", "postgres"}
    targets = set(re.findall(r"^\.PHONY: ([\w-]+)$", makefile, re.MULTILINE)) - steps
    assert {target for target in targets if f"make {target} " not in listed.stdout} == set()


def test_documents_name_only_targets_that_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (shown(page), target)
        for page in PROSE
        for target in re.findall(r"(?:`|^\s*)make ([a-z][\w-]*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {pair for pair in named if pair[1] not in targets} == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{shown(page)} -> {target}"
        for page in PROSE
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_paths_in_the_code_map_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:src|tests|ui|docs|bench|tools|examples)/[\w./-]*)`", text))
    assert named
    assert {path for path in named if not (ROOT / path).exists()} == set()
