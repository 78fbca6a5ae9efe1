"""Nothing serious stands between the places and people who read with their ears or work by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import PROJECT

pytestmark = pytest.mark.browser

PLACES = {
    "/": "Projects",
    f"/{PROJECT}/weave/traces": "Traces",
    f"/{PROJECT}/r/call/{{prediction}}": "adder.predict",
    f"/{PROJECT}/r/call/{{failed}}?tab=feedback": "fails",
    f"/{PROJECT}/weave/evaluations": "Evaluations",
    f"/{PROJECT}/weave/evaluations/{{run}}": "sums",
    f"/{PROJECT}/weave/compare": "Compare",
    f"/{PROJECT}/weave/leaderboards": "Leaderboards",
    f"/{PROJECT}/weave/scoring": "Scoring",
    f"/{PROJECT}/weave/scoring?view=tasks": "Scoring",
    f"/{PROJECT}/weave/scoring/explain?call={{prediction}}": "Why was this call scored, or not?",
    f"/{PROJECT}/weave/monitors": "Monitors",
    f"/{PROJECT}/weave/monitors?new=1": "New monitor",
    f"/{PROJECT}/weave/agents": "No agents yet",
    f"/{PROJECT}/weave/agents/conversations": "Conversations",
    f"/{PROJECT}/weave/threads": "No threads yet",
    f"/{PROJECT}/weave/settings/keys": "Settings",
    f"/{PROJECT}/weave/settings/members": "Settings",
    f"/{PROJECT}/weave/settings/retention": "Settings",
    f"/{PROJECT}/weave/settings/prices": "Settings",
    f"/{PROJECT}/weave/settings/secrets": "Settings",
    f"/{PROJECT}/weave/settings/about": "Settings",
    f"/{PROJECT}/weave/feedback": "Feedback",
    f"/{PROJECT}/weave/queues": "Annotation queues",
    f"/{PROJECT}/weave/objects": "Datasets & objects",
    f"/{PROJECT}/weave/objects/questions": "questions v0",
    f"/{PROJECT}/weave/objects/questions?row=0": "Row 0",
    f"/{PROJECT}/weave/objects/settings?tab=versions": "settings v1",
    f"/{PROJECT}/weave/objects/settings/diff": "settings: what changed",
    f"/{PROJECT}/weave/usage?by=op": "Usage & cost",
    "/weft/docs": "The API",
    "/authorize": "Sign in",
}


@pytest.mark.parametrize("path", PLACES)
def test_a_place_has_no_serious_fault(page: Page, data: dict[str, str], path: str) -> None:
    page.goto(path.format(**data))
    expect(page.get_by_role("heading", name=PLACES[path]).first).to_be_visible()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)
    assert problems(page) == []


def test_the_keyboard_skips_to_the_content(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/weave/traces")
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_colours_are_chosen_and_kept(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/weave/traces")
    page.get_by_role("button", name="Dark colours").click()
    page.reload()
    expect(page.get_by_role("button", name="Light colours")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
