"""Usage and cost over time: what the SDK's calls used, and times and groups that are chosen in the address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import documented
from tests.browser.sdk_data import SDK_PROJECT
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/usage"
URL = f"/{PROJECT}/weave/usage"


@pytest.fixture(scope="module")
def week(client: httpx.Client) -> datetime:
    """Calls of three models over a week, the last of them half an hour ago; nobody knows what one model costs."""
    last = datetime.now(UTC) - timedelta(minutes=30)
    calls = []
    for number in range(168):
        started = last - timedelta(hours=number)
        model = ("gpt-4o", "gpt-4o-mini", "house-model-1.5")[number % 3]
        tokens = {"prompt_tokens": 900 + 40 * (number % 24), "completion_tokens": 100 + number % 50, "requests": 1}
        calls.append(
            {
                "project_id": PROJECT,
                "id": new_id(),
                "trace_id": new_id(),
                "op_name": "summarise" if number % 2 else "answer",
                "started_at": started.isoformat(),
                "ended_at": (started + timedelta(milliseconds=400 + 37 * (number % 24))).isoformat(),
                "attributes": {},
                "inputs": {},
                "output": None,
                "summary": {"usage": {model: tokens}},
                **({"exception": "RateLimitError: slow down"} if number % 24 == 5 else {}),
            }
        )
    answer = client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": calls})
    assert answer.status_code == 200, answer.text
    return last


def test_the_calls_of_the_sdk_are_counted_by_model(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"/{SDK_PROJECT}/weave/usage?range=24h&by=model")
    groups = page.get_by_role("grid", name="Groups")
    expect(groups.get_by_text("gpt-4o-mini", exact=True)).to_be_visible()
    expect(groups.get_by_text("gpt-4o", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="2 models")).to_be_visible()


def test_totals_charts_and_what_has_no_price(page: Page, week: datetime) -> None:
    page.goto(URL)
    expect(page.get_by_text("Failed calls")).to_be_visible()
    expect(page.get_by_role("figure").get_by_text("Cost (USD)", exact=True).first).to_be_visible()
    note = page.get_by_role("note", name="Models without a price")
    expect(note).to_contain_text("house-model-1.5")
    expect(note.get_by_role("link", name="Set prices")).to_have_attribute("href", f"/{PROJECT}/weave/settings/prices")
    page.get_by_role("button", name="By model").click()
    expect(page).to_have_url(re.compile("by=model"))
    groups = page.get_by_role("grid", name="Groups")
    expect(groups.get_by_text("no price")).to_be_visible()
    documented(page, "usage")
    page.get_by_role("button", name="As a table").first.click()
    expect(page.get_by_role("region", name="Cost (USD), as a table")).to_be_visible()


def test_time_and_buckets_are_in_the_address(page: Page, week: datetime) -> None:
    page.goto(URL)
    calls = page.get_by_role("definition").filter(has=page.get_by_role("link", name="In the traces")).locator("strong")
    expect(calls).not_to_have_text("24")
    page.get_by_role("button", name="24 h").click()
    expect(calls).to_have_text("24")
    expect(page).to_have_url(re.compile("range=24h"))
    page.get_by_label("Width of a bucket").select_option("hour")
    expect(page.get_by_text("a bucket is one hour")).to_be_visible()
    page.reload()
    expect(page.get_by_text("a bucket is one hour")).to_be_visible()
    expect(calls).to_have_text("24")
    page.go_back()
    page.go_back()
    expect(calls).not_to_have_text("24")


def test_a_group_leads_to_its_calls(page: Page, week: datetime) -> None:
    page.goto(f"{URL}?by=op&range=30d")
    groups = page.get_by_role("grid", name="Groups")
    expect(groups.get_by_role("link", name="84: Calls of answer in the traces")).to_be_visible()
    groups.get_by_role("link", name=re.compile("Failed calls of summarise")).click()
    expect(page.get_by_role("heading", name="Traces")).to_be_visible()
    expect(page.get_by_text("7 calls match")).to_be_visible()
    page.go_back()
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("by=model"))
    groups.get_by_role("link", name="56: Calls of house-model-1.5 in the traces").click()
    expect(page.get_by_text("56 calls match")).to_be_visible()


def test_a_time_without_calls_says_so(page: Page, week: datetime) -> None:
    page.goto(f"{URL}?start=2020-01-01T00:00:00Z&end=2020-02-01T00:00:00Z")
    expect(page.get_by_role("heading", name="No calls in this time")).to_be_visible()
    page.get_by_role("button", name="Look at the last 90 days").click()
    expect(page.get_by_role("figure").get_by_text("Cost (USD)", exact=True).first).to_be_visible()
