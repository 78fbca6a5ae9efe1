"""What people and scorers said, as people explore it: by type, by value, one by one, and as agreement."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import documented, screenshot
from tests.browser.sdk_data import SDK_PROJECT
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/feedback"
URL = f"/{PROJECT}/weave/feedback"
CALLS = 60
JUDGE, VERDICT = "wandb.runnable.judge", "wandb.annotation.verdict"


def published(client: httpx.Client, name: str, val: dict[str, Any], **more: str) -> str:
    obj = {"project_id": PROJECT, "object_id": name, "val": val, **more}
    answer = client.post("/obj/create", json={"obj": obj})
    assert answer.status_code == 200, answer.text
    return f"weave:///{PROJECT}/object/{name}:{answer.json()['digest']}"


@pytest.fixture(scope="module")
def said(client: httpx.Client) -> list[str]:
    """Ids of 60 calls, all judged, 48 of them by people too, who disagree with the judge on every sixth."""
    scorer = published(client, "judge", {"_type": "Scorer", "_class_name": "Scorer", "_bases": ["Object", "BaseModel"]})
    spec = published(client, "verdict", {"field_schema": {"type": "boolean"}}, builtin_object_class="AnnotationSpec")
    start = datetime.now(UTC) - timedelta(hours=1)
    calls = [
        {
            "project_id": PROJECT,
            "id": new_id(),
            "trace_id": new_id(),
            "op_name": "answer",
            "started_at": (start + timedelta(seconds=number)).isoformat(),
            "ended_at": (start + timedelta(seconds=number + 1)).isoformat(),
            "attributes": {},
            "inputs": {"question": f"question {number}"},
            "output": {"answer": f"answer {number}"},
            "summary": {},
        }
        for number in range(CALLS)
    ]
    assert client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": calls}).status_code == 200
    batch: list[dict[str, Any]] = []

    def say(call: dict[str, Any], kind: str, payload: dict[str, Any], **more: str) -> None:
        ref = f"weave:///{PROJECT}/call/{call['id']}"
        batch.append({"project_id": PROJECT, "weave_ref": ref, "feedback_type": kind, "payload": payload, **more})

    for number, call in enumerate(calls):
        good = number % 3 != 0
        output = {
            "score": (number % 10) / 10,
            "correct": good,
            "reason": "The answer names the order." if good else "No",
        }
        say(call, JUDGE, {"output": output}, runnable_ref=scorer)
        if number < 48:
            say(call, VERDICT, {"value": good if number % 6 != 5 else not good}, annotation_ref=spec)
        if number % 4 == 0:
            say(call, "wandb.reaction.1", {"emoji": "👍" if good else "👎"})
        if number % 20 == 0:
            say(call, "wandb.note.1", {"note": f"A note on {number}"})
    hostile = {"html": "<script>document.title='owned'</script>", "__proto__": {"x": 1}, "long": "שלום 🙂" * 20_000}
    say(calls[0], "from <b>outside</b>", hostile)
    assert client.post("/feedback/batch/create", json={"batch": batch}).status_code == 200
    return [str(call["id"]) for call in calls]


def test_types_are_counted_over_time_and_one_is_looked_into(page: Page, said: list[str]) -> None:
    page.goto(URL)
    types = page.get_by_role("group", name="Types of feedback")
    expect(types.get_by_role("button")).to_have_count(5)
    expect(types.get_by_role("button").first).to_contain_text("judge")
    expect(types.get_by_role("button").first).to_contain_text("60")
    expect(page.get_by_text("Types over time")).to_be_visible()
    expect(page.get_by_role("grid", name="Feedback")).to_have_attribute("aria-rowcount", re.compile(r"^\d{3}$"))
    assert problems(page) == []
    types.get_by_role("button", name="judge").click()
    score = page.get_by_role("region", name="output.score")
    expect(score.get_by_text("median")).to_be_visible()
    expect(score.get_by_role("button", name="As a table")).to_be_visible()
    expect(page.get_by_role("region", name="output.correct")).to_contain_text("67%")
    screenshot(page, f"feedback-{page.evaluate('innerWidth')}")
    documented(page, "feedback")
    assert problems(page) == []
    page.get_by_role("button", name="Over time").click()
    expect(page.get_by_role("region", name="output.correct").get_by_text("Share of true", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"type=wandb\.runnable\.judge&how=time"))


def test_a_value_narrows_the_list_and_the_address_keeps_it(page: Page, said: list[str]) -> None:
    page.goto(f"{URL}?type={VERDICT}")
    card = page.get_by_role("region", name="value", exact=True)
    expect(page.get_by_role("heading", name="What was said 48 rows")).to_be_visible()
    card.get_by_role("button", name="false").click()
    expect(page.get_by_role("heading", name="What was said 24 rows")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="What was said 24 rows")).to_be_visible()
    page.get_by_role("button", name="Filter", exact=True).click()
    form = page.get_by_role("dialog", name="Add a filter")
    form.get_by_label("Value").select_option(label="local (48)")
    form.get_by_role("button", name="Add filter").click()
    expect(page).to_have_url(re.compile("f=wb_user_id"))
    expect(page.get_by_role("heading", name="What was said 24 rows")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", name="What was said 48 rows")).to_be_visible()
    page.get_by_role("grid", name="Feedback").get_by_role("link", name=re.compile("Call …")).first.click()
    expect(page).to_have_url(re.compile(rf"/{PROJECT}/r/call/[^/]+\?tab=feedback"))
    expect(page.get_by_text("verdict").first).to_be_visible()


def test_judge_and_people_are_compared(page: Page, client: httpx.Client, said: list[str]) -> None:
    page.goto(f"{URL}?view=agreement")
    # The judge and the people are there by themselves; a whole output is no word that people use.
    one = page.get_by_role("group", name="One", exact=True)
    expect(one.get_by_label("Feedback")).to_have_value(JUDGE)
    expect(page.get_by_role("group", name="The other").get_by_label("Feedback")).to_have_value(VERDICT)
    one.get_by_label("Value").select_option("output.correct")
    sources = {"left": {"feedback_type": JUDGE, "field": "output.correct"}, "right": {"feedback_type": VERDICT}}
    found = client.post("/weft/v1/feedback/agreement", json={"project_id": PROJECT, **sources}).json()
    assert (found["n"], len(found["disagreements"])) == (48, 8)
    expect(page.get_by_text(f"{found['kappa']['value']:.2f}", exact=True).first).to_be_visible()
    expect(page.get_by_text("The agreement beyond chance is", exact=False)).to_be_visible()
    expect(page.get_by_text("83%", exact=True)).to_be_visible()
    matrix = page.get_by_role("region", name="Confusion matrix")
    expect(matrix.get_by_role("row")).to_have_count(3)
    rows = page.get_by_role("grid", name="Disagreements")
    expect(rows).to_have_attribute("aria-rowcount", "9")
    expect(rows.get_by_role("link").first).to_have_attribute("href", re.compile(rf"/{PROJECT}/r/call/"))
    screenshot(page, f"agreement-{page.evaluate('innerWidth')}")
    documented(page, "agreement")
    assert problems(page) == []
    # A threshold makes numbers comparable, and is kept in the address.
    one.get_by_label("Value").select_option("output.score")
    one.get_by_label("True from").fill("0.5")
    one.get_by_label("True from").press("Enter")
    expect(page).to_have_url(re.compile(r"left\.threshold=0\.5"))
    expect(matrix.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_role("group", name="The other").get_by_label("Feedback")).to_have_value(JUDGE)
    expect(page.get_by_role("group", name="The other").get_by_label("True from")).to_have_value("0.5")


def test_lists_are_small_and_hostile_feedback_is_inert(page: Page, said: list[str]) -> None:
    sizes: list[int] = []

    def weigh(route: Route) -> None:
        answer = route.fetch()
        sizes.append(len(answer.body()))
        route.fulfill(response=answer)

    page.route("**/feedback/**", weigh)
    page.goto(f"{URL}?type=from+%3Cb%3Eoutside%3C%2Fb%3E")
    grid = page.get_by_role("grid", name="Feedback")
    expect(grid.get_by_text("<script>", exact=False).first).to_be_visible()
    expect(page).to_have_title(re.compile("^Feedback"))
    assert sizes
    assert max(sizes) < 200_000


def test_a_project_without_feedback_says_how_to_give_some(page: Page, client: httpx.Client) -> None:
    body = {"project_id": "browser/silent", "object_id": "something", "val": {}}
    assert client.post("/obj/create", json={"obj": body}).status_code == 200
    page.goto("/browser/silent/weave/feedback")
    expect(page.get_by_role("heading", name="No feedback in this time")).to_be_visible()
    expect(page.get_by_text('weave.init("browser/silent")')).to_be_visible()
    page.get_by_role("button", name="Look at the whole last year").click()
    expect(page.get_by_role("heading", name="No feedback yet")).to_be_visible()


def test_feedback_of_the_official_sdk_is_told(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"/{SDK_PROJECT}/weave/feedback?type=wandb.annotation.mood")
    card = page.get_by_role("region", name="value", exact=True)
    expect(card.get_by_role("button", name="good")).to_be_visible()
    card.get_by_role("button", name="good").click()
    grid = page.get_by_role("grid", name="Feedback")
    expect(grid.get_by_text("good").first).to_be_visible()
    expect(grid.get_by_text("bad")).to_have_count(0)
    page.goto(f"/{SDK_PROJECT}/weave/feedback?type=wandb.reaction.1")
    expect(page.get_by_role("region", name="emoji").get_by_role("button", name="👎")).to_be_visible()
