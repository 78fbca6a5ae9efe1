"""Threads: listed with what they took, and read as the conversations they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import documented, kept
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/threads"
URL = f"/{PROJECT}/weave/threads"
TURNS = 60
START = datetime.now(UTC) - timedelta(hours=3)


def turn(thread: str, number: int, **more: Any) -> dict[str, Any]:
    call_id, started = new_id(), START + timedelta(seconds=number)
    return {
        "project_id": PROJECT,
        "id": call_id,
        "trace_id": new_id(),
        "op_name": "chat",
        "thread_id": thread,
        "turn_id": call_id,
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(milliseconds=100 + number)).isoformat(),
        "attributes": {},
        "inputs": {"message": f"question {number}", "language": "en"},
        "output": f"answer {number}",
        "summary": {"usage": {"gpt-4o": {"prompt_tokens": 1000, "completion_tokens": 10, "requests": 1}}},
        **more,
    }


@pytest.fixture(scope="module")
def threads(client: httpx.Client) -> list[dict[str, Any]]:
    """A long thread, and a short one whose second turn failed; the newest last."""
    long = [turn("a long talk", number) for number in range(TURNS)]
    failed = turn("team/ann & bob", 101, output=None, exception="ValueError: no such order")
    calls = [*long, turn("team/ann & bob", 100), failed]
    answer = client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": calls})
    assert answer.status_code == 200, answer.text
    return calls


def test_the_sdk_thread_is_a_conversation_with_feedback(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto("/browser/sdk/weave/threads")
    page.get_by_role("link", name=sdk_project["thread"]).click()
    expect(page.get_by_role("heading", name=sdk_project["thread"])).to_be_visible()
    second = page.get_by_role("article", name="Turn 2", exact=True)
    expect(second.get_by_text("Question 1: how do I get help with my delivery?")).to_be_visible()
    expect(second.get_by_text("Open the page about your delivery.")).to_be_visible()
    expect(second.get_by_role("button", name="Thumbs down, 1 so far")).to_be_visible()
    expect(second.get_by_text("It should have asked for the order number.")).to_be_visible()
    expect(second.get_by_text("mood bad")).to_be_visible()
    documented(page, "threads")
    kept(page, "thread")
    second.get_by_role("link", name=re.compile("^Turn 2: open its call")).click()
    expect(page).to_have_url(re.compile(f"/r/call/{sdk_project['turns'][1]}"))


def test_threads_tell_turns_failures_tokens_and_cost(page: Page, threads: list[dict[str, Any]]) -> None:
    page.goto(URL)
    grid = page.get_by_role("grid", name="Threads")
    rows = grid.get_by_role("row").filter(has=page.get_by_role("link"))
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("team/ann & bob")
    expect(rows.nth(1)).to_contain_text("60.6K")
    expect(rows.nth(1)).to_contain_text("$0.156")
    kept(page, "threads")
    page.goto(f"{URL}?sort=-turns")
    expect(rows.nth(0)).to_contain_text("a long talk")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/weave/threads/a%20long%20talk"))


def test_a_thread_is_found_by_its_id(page: Page, threads: list[dict[str, Any]]) -> None:
    page.goto(URL)
    page.get_by_role("searchbox", name="Find a thread by its whole id").fill("a long talk")
    expect(page).to_have_url(re.compile(r"q=a\+long\+talk"))
    expect(page.get_by_role("link", name="team/ann & bob")).to_have_count(0)
    page.get_by_role("searchbox", name="Find a thread by its whole id").fill("nothing")
    page.get_by_role("button", name="Show all threads").click()
    expect(page.get_by_role("link", name="team/ann & bob")).to_be_visible()


def test_turns_follow_one_another_and_more_are_asked_for(page: Page, threads: list[dict[str, Any]]) -> None:
    page.goto(f"{URL}/a%20long%20talk")
    turns = page.get_by_role("list", name="Turns").get_by_role("article", name=re.compile(r"^Turn \d+$"))
    expect(turns).to_have_count(50)
    expect(turns.first.get_by_text("question 0", exact=True)).to_be_visible()
    expect(turns.first.get_by_text("answer 0", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show more turns (10 left)").click()
    expect(turns).to_have_count(60)
    page.get_by_role("button", name="Newest first").click()
    expect(page).to_have_url(re.compile("order=newest"))
    expect(turns.first).to_have_attribute("aria-label", "Turn 60")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"turn={threads[TURNS - 1]['id']}"))
    page.go_back()
    expect(turns.first).to_have_attribute("aria-label", "Turn 1")


def test_turns_have_no_numbers_until_the_other_order_is_here(page: Page, threads: list[dict[str, Any]]) -> None:
    held: list[Route] = []
    page.route(
        "**/calls/previews",
        lambda route: held.append(route) if '"desc"' in (route.request.post_data or "") else route.continue_(),
    )
    page.goto(f"{URL}/a%20long%20talk")
    turns = page.get_by_role("list", name="Turns").get_by_role("article")
    expect(turns.first).to_have_attribute("aria-label", "Turn 1")
    page.get_by_role("button", name="Newest first").click()
    expect(turns.first).to_have_attribute("aria-label", "Turn")
    expect(turns.first.get_by_text("question 0", exact=True)).to_be_visible()
    page.keyboard.press("j")
    expect(page).not_to_have_url(re.compile("turn="))
    for route in held:
        route.continue_()
    expect(turns.first).to_have_attribute("aria-label", "Turn 60")
    expect(turns.first.get_by_text("question 59", exact=True)).to_be_visible()


def test_a_failed_turn_says_why_and_is_judged(page: Page, client: httpx.Client, threads: list[dict[str, Any]]) -> None:
    page.goto(f"{URL}/team%2Fann%20%26%20bob")
    failed = page.get_by_role("article", name="Turn 2", exact=True)
    expect(failed.get_by_text("ValueError: no such order")).to_be_visible()
    failed.get_by_role("button", name=re.compile("^Thumbs down")).click()
    expect(failed.get_by_role("button", name=re.compile("^Thumbs down, "))).to_be_visible()
    page.get_by_text("1 other input: language").first.click()
    page.get_by_role("link", name="As traces").click()
    expect(page).to_have_url(re.compile("/weave/traces"))
    expect(page.get_by_text("2 calls match")).to_be_visible()
