"""Monitors as people make, watch, switch and change them, and let them score past calls."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import documented, screenshot
from tests.browser.test_scoring import call, publish, store
from tests.live import LiveServer
from tests.monitor_objects import equals, monitor_value
from tests.scoring_objects import builtin_scorer
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/monitors"
URL = f"/{PROJECT}/weave/monitors"
COUNT = 24


def ended(at: int, **fields: object) -> dict[str, Any]:
    """A call that ended some hours ago, and answers JSON two times in three."""
    moment = (datetime.now(UTC) - timedelta(hours=at, minutes=5)).isoformat()
    language = "en" if at % 2 else "de"
    return call(
        PROJECT,
        "{}" if at % 3 else "no JSON",
        started_at=moment,
        ended_at=moment,
        inputs={"language": language},
        **fields,
    )


@pytest.fixture(scope="module")
def watched(client: httpx.Client) -> dict[str, str]:
    """Past calls, a scorer, a monitor that has scored, and one that cannot."""
    store(client, PROJECT, [ended(at) for at in range(COUNT)])
    scorer = publish(client, PROJECT, "valid-json", builtin_scorer("ValidJSONScorer"))
    query = {"$expr": {"$and": [equals("inputs.language", "en"), {"$not": [equals("output", "none")]}]}}
    fields: dict[str, Any] = {"op_names": ["answer"], "query": query, "description": "English answers are JSON."}
    publish(client, PROJECT, "english", monitor_value([scorer], **fields))
    publish(client, PROJECT, "broken", monitor_value([], sampling_rate=3))
    calls = store(
        client,
        PROJECT,
        [ended(0) | {"inputs": {"language": "en"}, "output": "{}" if at % 3 else "-"} for at in range(8)],
    )
    told = {"project_id": PROJECT, "call_id": calls[-1]}
    deadline = time.monotonic() + 120
    while "1 score given" not in client.get("/weft/v1/scoring/explain", params=told).json()["says"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return {"scorer": scorer, "call": calls[-1]}


def test_what_each_monitor_watches_and_what_is_wrong_with_it(page: Page, watched: dict[str, str]) -> None:
    page.goto(URL)
    monitors = page.get_by_role("grid", name="Monitors")
    expect(monitors).to_contain_text("where a query matches")
    expect(monitors.get_by_text("scores nothing")).to_be_visible()
    documented(page, "monitors")
    monitors.get_by_role("link", name="broken").click()
    expect(page.get_by_role("alert")).to_contain_text("sampling_rate")
    expect(page.get_by_role("button", name="Score past calls").first).to_be_disabled()
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{URL}/english$"))


def test_a_monitor_is_told_in_words_with_what_it_scored(page: Page, watched: dict[str, str]) -> None:
    page.goto(f"{URL}/english")
    expect(page.get_by_text('inputs.language is "en"')).to_be_visible()
    expect(page.get_by_text('output is not "none"')).to_be_visible()
    expect(page.get_by_text("English answers are JSON.")).to_be_visible()
    newest = page.get_by_role("grid", name="Newest scores")
    expect(newest.get_by_text("json_valid").first).to_be_visible()
    documented(page, "monitor")
    page.get_by_role("tab", name="Scores over time").click()
    verdict = page.get_by_role("region", name="output.json_valid")
    expect(verdict).to_contain_text("True")
    expect(verdict.get_by_role("button", name="As a table").first).to_be_visible()
    screenshot(page, f"monitor-scores-{page.viewport_size and page.viewport_size['width']}")
    assert problems(page) == []
    page.get_by_role("tab", name="Tasks").click()
    expect(page).to_have_url(re.compile("tab=tasks"))
    expect(page.get_by_role("grid", name="Scoring tasks").get_by_text("scored").first).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("grid", name="Versions")).to_contain_text("counts now")


def test_past_calls_are_counted_and_scored(page: Page, watched: dict[str, str]) -> None:
    page.goto(f"{URL}/english?tab=backfills&backfill=1")
    dialog = page.get_by_role("dialog", name="Score past calls by english")
    dialog.get_by_role("button", name="From the first call").click()
    dialog.get_by_role("button", name="Count first").click()
    count = dialog.get_by_role("region", name="The count")
    expect(count).to_contain_text(re.compile("[1-9][0-9] calls looked at: [1-9]"))
    expect(count.get_by_text("done")).to_be_visible()
    dialog.get_by_role("button", name="Score these calls").click()
    made = dialog.get_by_role("region", name="The back-fill")
    expect(made.get_by_text("done").first).to_be_visible()
    expect(made).to_contain_text("asked for.")
    screenshot(page, f"monitor-backfill-{page.viewport_size and page.viewport_size['width']}")
    dialog.get_by_role("button", name="Close").last.click()
    fills = page.get_by_role("grid", name="Back-fills")
    expect(fills.get_by_text("only counted").first).to_be_visible()
    fills.get_by_role("link", name="its job").first.click()
    expect(page.get_by_role("heading", name="Back-fill of a monitor")).to_be_visible()


def test_a_monitor_is_made_switched_off_and_changed(page: Page, client: httpx.Client, watched: dict[str, str]) -> None:
    name = f"made-{new_id()[-6:]}"
    page.goto(URL)
    expect(page.get_by_role("grid", name="Monitors")).to_be_visible()
    page.keyboard.press("n")
    form = page.get_by_role("dialog", name="New monitor")
    form.get_by_role("button", name="Publish the monitor").click()
    expect(form.get_by_text("Give it a name.")).to_be_visible()
    expect(form.get_by_text("Choose at least one scorer")).to_be_visible()
    form.get_by_label("Name").fill(name)
    form.get_by_label("Op", exact=True).fill("answer")
    form.get_by_role("button", name="Add op").click()
    form.get_by_label("Path").fill("inputs.mark")
    form.get_by_label("Value").fill(name)
    form.get_by_role("button", name="Add", exact=True).click()
    form.get_by_label("Share of these calls").fill("100")
    form.get_by_role("checkbox", name="valid-json").check()
    screenshot(page, f"monitor-form-{page.viewport_size and page.viewport_size['width']}")
    form.get_by_role("button", name="Publish the monitor").click()
    expect(page).to_have_url(re.compile(f"{URL}/{name}$"))
    expect(page.get_by_text(f'inputs.mark is "{name}"')).to_be_visible()
    expect(page.get_by_text("It has scored nothing yet")).to_be_visible()
    (stored,) = store(client, PROJECT, [call(PROJECT, inputs={"mark": name})])
    expect(page.get_by_role("grid", name="Newest scores").get_by_text("json_valid")).to_be_visible()
    page.goto(f"/{PROJECT}/weave/scoring/explain?call={stored}&monitor={name}")
    told = page.get_by_role("region", name=f"Monitor {name}")
    expect(told).to_contain_text("asked for scores")
    told.get_by_role("link", name=name).click()

    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("inactive")).to_be_visible()
    # Keys belong to the dialog until it has gone.
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Edit").click()
    edit = page.get_by_role("dialog", name=f"Edit {name}")
    edit.get_by_label("Share of these calls").fill("12.5")
    edit.get_by_role("button", name="Write it as JSON").click()
    expect(edit.get_by_label("Query as JSON")).to_have_value(re.compile("inputs.mark"))
    edit.get_by_label("Query as JSON").fill("{")
    edit.get_by_role("button", name="Publish this version").click()
    expect(edit.get_by_text("This is no JSON.")).to_be_visible()
    edit.get_by_label("Query as JSON").fill("")
    edit.get_by_role("button", name="Publish this version").click()
    expect(edit).to_have_count(0)
    expect(page.get_by_text("12.5% of them, chosen by their ids")).to_be_visible()
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("grid", name="Versions").get_by_role("link", name="v2")).to_be_visible()


def test_a_query_of_fields_that_no_call_has_is_refused_in_words(
    chromium: Browser, server: LiveServer, watched: dict[str, str]
) -> None:
    """The browser's console tells of the refusal, so this is no page that fails on what the console tells."""
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(f"{URL}/english?edit=1")
    edit = page.get_by_role("dialog", name="Edit english")
    edit.get_by_label("Path").fill("nonsense")
    edit.get_by_label("Value").fill("1")
    edit.get_by_role("button", name="Add", exact=True).click()
    edit.get_by_role("button", name="Publish this version").click()
    expect(edit.get_by_role("alert")).to_contain_text("nonsense")
    context.close()


def test_what_the_sdk_traced_is_watched(page: Page, client: httpx.Client, sdk_project: dict[str, Any]) -> None:
    scorer = publish(client, "browser/sdk", "valid-json", builtin_scorer("ValidJSONScorer"))
    bot = monitor_value([scorer], op_names=["weave:///browser/sdk/op/SupportBot.predict:*"], active=False)
    publish(client, "browser/sdk", "bot-answers", bot)
    page.goto("/browser/sdk/weave/monitors/bot-answers")
    expect(page.get_by_text("SupportBot.predict").first).to_be_visible()
    page.get_by_role("button", name="Score past calls").click()
    dialog = page.get_by_role("dialog", name="Score past calls by bot-answers")
    dialog.get_by_role("button", name="Count first").click()
    expect(dialog.get_by_role("region", name="The count")).to_contain_text(re.compile("[1-9][0-9]* calls looked at"))


def test_none_yet_and_one_that_is_not_there_say_what_to_do(page: Page, client: httpx.Client) -> None:
    publish(client, "browser/unwatched", "something", {"a": 1})
    page.goto("/browser/unwatched/weave/monitors")
    expect(page.get_by_role("heading", name="No monitors yet")).to_be_visible()
    expect(page.get_by_text('weave.init("browser/unwatched")')).to_be_visible()
    page.goto("/browser/unwatched/weave/monitors/nobody")
    expect(page.get_by_role("heading", name="There is no monitor “nobody” here")).to_be_visible()
