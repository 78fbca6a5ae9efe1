from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PROJECT

pytestmark = pytest.mark.browser


def test_projects_lead_to_traces(page: Page, data: dict[str, str]) -> None:
    page.goto("/")
    page.get_by_role("link", name="demo").click()
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()
    expect(page.get_by_role("link", name="fails")).to_be_visible()
    expect(page.get_by_role("link", name="Evaluation.evaluate").first).to_be_visible()


def test_a_call_shows_its_tree_payload_and_scores(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/{data['prediction']}")
    expect(page.get_by_role("tree", name="Trace").get_by_role("treeitem")).to_have_count(8)
    expect(page.get_by_role("heading", name="adder.predict")).to_be_visible()
    expect(page.get_by_text("3+3").first).to_be_visible()
    page.get_by_role("tab", name="Feedback").click()
    expect(page.get_by_role("tabpanel").get_by_text("exact").first).to_be_visible()
    page.get_by_role("tab", name="Scoring").click()
    expect(page.get_by_text("needs the code runner, which is off").first).to_be_visible()


def test_hostile_content_is_shown_and_does_nothing(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/{data['failed']}")
    expect(page.get_by_text("<script>document.title='owned'</script>")).to_be_visible()
    expect(page.get_by_text("ValueError: no such thing")).to_be_visible()
    expect(page).to_have_title(re.compile("Weft$"))


def test_an_evaluation_run_shows_rows_and_scores(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/weave/evaluations")
    page.locator(f"a[href$='{data['run']}']").click()
    rows = page.get_by_role("grid", name="Examples")
    expect(rows).to_have_attribute("aria-rowcount", "3")
    expect(rows.get_by_text("exact").first).to_be_visible()


def test_an_object_shows_the_version_of_its_address(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/weave/objects/settings/versions/{data['digest']}")
    expect(page.get_by_role("heading", name="settings v1")).to_be_visible()
    expect(page.get_by_text("0.7")).to_be_visible()
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("grid", name="Versions").get_by_role("link", name="v0")).to_be_visible()


def test_missing_things_are_said_to_be_missing(page: Page, data: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/0123456789abcdef")
    expect(page.get_by_role("heading", name="No such call")).to_be_visible()
    page.goto(f"/{PROJECT}/weave/nowhere/x")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_the_api_is_described_without_the_network(page: Page, data: dict[str, str]) -> None:
    page.goto("/weft/docs")
    page.get_by_text("POST /calls/score").click()
    expect(page.get_by_text("CallsScoreReq").first).to_be_visible()
