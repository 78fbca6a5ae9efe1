"""Scoring as people watch it: the queue, jobs, tasks with their reasons, and why a call was scored or was not."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import documented
from tests.scoring_objects import builtin_scorer, op_value
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/scoring"
URL = f"/{PROJECT}/weave/scoring"
COUNT = 130
MOMENT = "2026-01-01T00:00:00Z"


def call(project: str, output: object = "{}", **fields: object) -> dict[str, Any]:
    """A complete call that answers something."""
    return {
        "project_id": project, "id": new_id(), "trace_id": new_id(), "op_name": "answer", "started_at": MOMENT,
        "ended_at": MOMENT, "attributes": {}, "inputs": {"question": "why?"}, "output": output, "summary": {},
        **fields,
    }  # fmt: skip


def store(client: httpx.Client, project: str, calls: list[dict[str, Any]]) -> list[str]:
    """Store complete calls; their ids."""
    answer = client.post(f"/v2/{project}/calls/complete", json={"batch": calls})
    assert answer.status_code == 200, answer.text
    return [str(one["id"]) for one in calls]


def publish(client: httpx.Client, project: str, name: str, val: Any) -> str:
    """Publish an object or op; its ref."""
    kind = "op" if "weave_type" in val else "object"
    answer = client.post("/obj/create", json={"obj": {"project_id": project, "object_id": name, "val": val}})
    assert answer.status_code == 200, answer.text
    return f"weave:///{project}/{kind}/{name}:{answer.json()['digest']}"


def ask(client: httpx.Client, project: str, calls: list[str], scorers: list[str]) -> str:
    """Ask for scores and wait until all have ended; the id of the job."""
    body = {"project_id": project, "call_ids": calls, "scorer_refs": scorers}
    assert client.post("/calls/score", json=body).status_code == 200
    job = client.get("/weft/v1/scoring/jobs", params={"project_id": project, "limit": 1}).json()["jobs"][0]
    deadline = time.monotonic() + 120
    while not client.get(f"/weft/v1/scoring/jobs/{job['id']}").json()["done"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(job["id"])


@pytest.fixture(scope="module")
def scored(client: httpx.Client) -> dict[str, str]:
    """A job whose calls have a score of `valid-json` each, and none of a function: the server runs no code."""
    calls = store(client, PROJECT, [call(PROJECT, "{}" if at % 3 else "no JSON") for at in range(COUNT)])
    scorer = publish(client, PROJECT, "valid-json", builtin_scorer("ValidJSONScorer"))
    function = publish(client, PROJECT, "grade", op_value())
    return {"job": ask(client, PROJECT, calls, [scorer, function]), "call": calls[0], "function": function}


def test_the_queue_leads_to_jobs_and_these_to_reasons(page: Page, scored: dict[str, str]) -> None:
    page.goto(URL)
    queue = page.get_by_role("region", name="The queue now")
    expect(queue).to_contain_text("nothing waits")
    expect(queue).to_contain_text("a minute, over 5 minutes")
    expect(queue.get_by_text("working")).to_be_visible()
    jobs = page.get_by_role("grid", name="Scoring jobs")
    expect(jobs).to_contain_text(f"{COUNT} failed")
    documented(page, "scoring")
    jobs.get_by_role("link", name="Asked for by name").last.click()
    expect(page).to_have_url(re.compile(f"/weave/scoring/{scored['job']}$"))
    far = page.get_by_role("region", name="How far it is")
    expect(far).to_contain_text(f"Ended, {COUNT} tasks without a score")
    expect(far).to_contain_text(f"{COUNT} scored")
    page.get_by_role("region", name="Why there is no score").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("state=failed&scorer=.*grade.*&reason="))
    tasks = page.get_by_role("grid", name="Scoring tasks")
    expect(tasks.get_by_text("failed").first).to_be_visible()
    expect(tasks.get_by_text("scored")).to_have_count(0)
    page.go_back()
    expect(tasks.get_by_text("scored").first).to_be_visible()
    page.go_back()
    expect(jobs).to_be_visible()


def test_tasks_are_filtered_in_the_address_and_one_is_told_in_full(page: Page, scored: dict[str, str]) -> None:
    page.goto(f"{URL}?view=tasks&state=failed&reason=code")
    tasks = page.get_by_role("grid", name="Scoring tasks")
    expect(tasks.get_by_text("failed").first).to_be_visible()
    page.get_by_label("State").select_option("scored")
    expect(page.get_by_text("No task is like that")).to_be_visible()
    page.get_by_role("button", name="Show all tasks").click()
    page.get_by_role("searchbox", name="Search in reasons").fill("no such reason")
    expect(page.get_by_text("No task is like that")).to_be_visible()
    expect(page).to_have_url(re.compile("reason=no"))
    page.get_by_role("button", name="Show all tasks").click()
    page.get_by_label("State").select_option("scored")
    expect(tasks.get_by_text("scored").first).to_be_visible()
    expect(tasks.get_by_text("failed")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    task = page.get_by_role("dialog", name="Scoring task")
    expect(task).to_contain_text("The score is stored")
    expect(page).to_have_url(re.compile("task="))
    page.reload()
    expect(task.get_by_role("link", name="on the call")).to_be_visible()
    task.get_by_role("link", name="trace of the scorer").click()
    expect(page).to_have_url(re.compile("/r/call/"))


def test_lists_are_small_and_go_on_as_one_scrolls(page: Page, scored: dict[str, str]) -> None:
    sizes: list[int] = []

    def weigh(response: Response) -> None:
        if "/weft/v1/scoring/" in response.url:
            sizes.append(len(response.body()))

    page.on("response", weigh)
    page.goto(f"{URL}/{scored['job']}?state=failed")
    tasks = page.get_by_role("grid", name="Scoring tasks")
    expect(tasks).to_have_attribute("aria-rowcount", "51")
    for _ in range(60):
        tasks.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        if tasks.get_attribute("aria-rowcount") == str(COUNT + 1):
            break
        page.wait_for_timeout(100)
    expect(tasks).to_have_attribute("aria-rowcount", str(COUNT + 1))
    assert sizes
    assert max(sizes) < 200_000


def test_scores_of_calls_are_asked_for_by_id(page: Page, client: httpx.Client, scored: dict[str, str]) -> None:
    (own,) = store(client, PROJECT, [call(PROJECT, '{"fine": true}')])
    page.goto(f"{URL}?ask=1")
    dialog = page.get_by_role("dialog", name="Ask for scores")
    dialog.get_by_label("Calls").fill(f"http://somewhere/{PROJECT}/r/call/{own}?tab=data\n")
    dialog.get_by_role("checkbox", name="valid-json").check()
    expect(dialog.get_by_text("1 call × 1 scorer")).to_be_visible()
    dialog.get_by_role("button", name="Ask for scores").click()
    expect(page.get_by_text("1 score asked for.")).to_be_visible()
    expect(dialog).to_have_count(0)
    page.goto(f"{URL}/explain?call={own}")
    expect(page.get_by_text("valid-json scored it")).to_be_visible()


def test_why_a_call_was_not_scored_is_told(page: Page, scored: dict[str, str]) -> None:
    page.goto(f"{URL}/explain")
    expect(page.get_by_role("heading", name="Which call?")).to_be_visible()
    page.get_by_label("Call", exact=True).fill(scored["call"])
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("grade failed after")).to_be_visible()
    documented(page, "scoring-explain")
    hostile = "<img src=x onerror=document.title='owned'>"
    page.get_by_label("Call", exact=True).fill(hostile.replace(" ", ""))
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("There is no such call in this project")).to_be_visible()
    expect(page).not_to_have_title(re.compile("owned"))
    page.go_back()
    page.get_by_role("link", name="Open the call").click()
    page.get_by_role("tab", name="Scoring").click()
    page.get_by_role("link", name="This on a page of its own").click()
    expect(page.get_by_text("grade failed after")).to_be_visible()


def test_what_the_sdk_published_scores_what_the_sdk_traced(page: Page, sdk_project: dict[str, Any]) -> None:
    """Its scorers are code, which this server does not run: that is told, and not hidden."""
    page.goto("/browser/sdk/weave/scoring?ask=1")
    dialog = page.get_by_role("dialog", name="Ask for scores")
    dialog.get_by_label("Calls").fill("\n".join(sdk_project["turns"]))
    dialog.get_by_role("checkbox", name="helpfulness").check()
    dialog.get_by_role("button", name="Ask for scores").click()
    expect(page.get_by_text("3 scores asked for.")).to_be_visible()
    page.get_by_role("tab", name="Tasks").click()
    expect(page.get_by_role("region", name="Why there is no score")).to_contain_text("helpfulness")
    tasks = page.get_by_role("grid", name="Scoring tasks")
    expect(tasks.get_by_text("failed").first).to_be_visible()
    page.get_by_role("button", name=re.compile("Try all \\d+ failed again")).click()
    confirm = page.get_by_role("dialog", name=re.compile("failed tasks? again"))
    confirm.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("3 tasks queued again.")).to_be_visible()
    expect(page.get_by_label("State").locator("option", has_text="failed (3)")).to_have_count(1)


def test_a_job_that_does_not_exist_and_an_empty_project_say_what_to_do(page: Page, client: httpx.Client) -> None:
    publish(client, "browser/unscored", "something", {"a": 1})
    page.goto("/browser/unscored/weave/scoring")
    expect(page.get_by_role("heading", name="Nothing was asked to be scored yet")).to_be_visible()
    expect(page.get_by_text('weave.init("browser/unscored")')).to_be_visible()
    page.get_by_role("button", name="Ask for scores").click()
    expect(page.get_by_text("No scorer is published in this project yet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
