"""All projects, how to begin one, and the page that hands out keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import documented, kept
from tests.browser.keyed_server import Keyed

pytestmark = pytest.mark.browser


def test_projects_tell_what_they_hold(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto("/")
    grid = page.get_by_role("grid", name="Projects")
    row = grid.get_by_role("row").filter(has=page.get_by_role("link", name="browser / sdk", exact=True))
    expect(row).to_contain_text(re.compile(r"\d{3}"))
    expect(row).to_contain_text(re.compile("ago|now"))
    documented(page, "projects")
    page.get_by_role("searchbox", name="Find a project").fill("browser/sd")
    expect(page).to_have_url(re.compile("q=browser%2Fsd"))
    expect(grid.get_by_role("link")).to_have_count(1)
    page.keyboard.press("Escape")
    grid.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/browser/sdk/weave/traces"))
    page.go_back()
    page.get_by_role("searchbox", name="Find a project").fill("no such project")
    page.get_by_role("button", name="Show all projects").click()
    expect(row).to_be_visible()


def test_a_new_project_is_three_steps_in_two_languages(page: Page, data: dict[str, str]) -> None:
    page.goto("/?new=1")
    dialog = page.get_by_role("dialog", name="A new project")
    dialog.get_by_label("Project").fill("team/fresh")
    expect(dialog.get_by_text('weave.init("team/fresh")')).to_be_visible()
    expect(dialog.get_by_text("WANDB_BASE_URL=http://127.0.0.1")).to_be_visible()
    dialog.get_by_role("button", name="TypeScript").click()
    expect(dialog.get_by_text("WF_TRACE_SERVER_URL=http://127.0.0.1")).to_be_visible()
    kept(page, "projects-new")
    dialog.get_by_label("Project").fill("no-slash")
    expect(dialog.get_by_text("A team or person, a slash, and a name")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_without_keys_any_key_is_handed_out(page: Page, data: dict[str, str]) -> None:
    page.goto("/authorize?ref=weave")
    expect(page.get_by_role("heading", name="This server asks for no keys")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\w{40}$"))).to_be_visible()
    expect(page.get_by_role("button", name="Copy the key")).to_be_visible()


def test_an_sdk_gets_the_key_that_was_signed_in_with(page: Page, keyed: Keyed) -> None:
    page.goto(f"{keyed.url}/authorize?ref=weave")
    expect(page.get_by_role("heading", name="No key yet?")).to_be_visible()
    page.get_by_label("API key").fill(keyed.viewer)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(keyed.viewer, exact=True)).to_be_visible()
    page.reload()
    # It was known to that page only.
    expect(page.get_by_role("heading", name="You are signed in as vera")).to_be_visible()
    assert keyed.viewer not in page.content()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()


def test_the_first_visit_says_how_to_begin(page: Page, keyed: Keyed) -> None:
    page.goto(f"{keyed.url}/authorize")
    page.get_by_label("API key").fill(keyed.stranger)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Send the first trace")).to_be_visible()
    expect(page.get_by_text("pip install weave")).to_be_visible()
