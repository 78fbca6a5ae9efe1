"""The traces of a project, as people look at them: filtered, searched, sorted, followed, acted on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import documented
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/traces"
URL = f"/{PROJECT}/weave/traces"
COUNT = 120


def call(number: int, **fields: object) -> dict[str, object]:
    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    return {
        "project_id": PROJECT,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "answers" if number % 2 else "greets",
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(milliseconds=100 + number)).isoformat(),
        "attributes": {},
        "inputs": {"question": f"question {number}", "nested": {"level": number}},
        "output": {"answer": f"answer {number}", "long": "x" * 20_000},
        "summary": {"usage": {"gpt-4o-mini": {"prompt_tokens": 100, "completion_tokens": 10, "requests": 1}}},
        **fields,
    }


@pytest.fixture(scope="module")
def traces(client: httpx.Client) -> list[dict[str, object]]:
    """120 traces, the newest last; one failed, one has a child."""
    calls = [call(number) for number in range(COUNT)]
    calls[7]["exception"] = "ValueError: seven"
    calls[9]["inputs"] = {"question": "where is the Needle?"}
    child = call(8, op_name="child", trace_id=calls[8]["trace_id"], parent_id=calls[8]["id"])
    answer = client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": [*calls, child]})
    assert answer.status_code == 200, answer.text
    return calls


def test_newest_roots_come_first_and_the_rest_as_one_scrolls(page: Page, traces: list[dict[str, object]]) -> None:
    page.goto(URL)
    grid = page.get_by_role("grid", name="Traces")
    expect(grid.get_by_role("row").get_by_text("question 119").first).to_be_visible()
    expect(page.get_by_text("120 traces")).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", "121")
    expect(grid.get_by_text("child")).to_have_count(0)
    for _ in range(40):
        grid.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        if grid.get_by_text("question 0", exact=False).first.is_visible():
            break
        page.wait_for_timeout(100)
    expect(grid.locator("[aria-rowindex='121']")).to_be_visible()


def test_a_list_is_small_whatever_its_payloads_are(page: Page, traces: list[dict[str, object]]) -> None:
    sizes: list[int] = []

    def weigh(route: Route) -> None:
        answer = route.fetch()
        sizes.append(len(answer.body()))
        route.fulfill(response=answer)

    page.route("**/calls/**", weigh)
    page.goto(URL)
    expect(page.get_by_text("question 119").first).to_be_visible()
    assert sizes
    assert max(sizes) < 200_000


def test_rows_are_asked_for_ahead_and_once(page: Page, traces: list[dict[str, object]]) -> None:
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url.rpartition("/")[2]) if "/assets/" not in request.url else None,
    )
    page.goto(f"{URL}?all=1&q=question&f=op_name~is~answers&col=inputs.question&sort=started")
    expect(page.get_by_text("question 1", exact=True).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert asked.count("previews") == 1
    # Before the page itself has been fetched and drawn, which then asks who is looking and how many there are.
    assert asked.index("previews") < asked.index("session") < asked.index("query_stats")


def test_the_exact_moment_is_told_of_the_time_pointed_at(page: Page, traces: list[dict[str, object]]) -> None:
    page.goto(URL)
    started = page.get_by_role("grid", name="Traces").locator("time").first
    expect(started).not_to_have_attribute("title", re.compile("."))
    started.hover()
    expect(started).to_have_attribute("title", re.compile(r"Jan 1, 2026, .*\d:01:59"))


def test_rows_of_another_project_are_not_shown_meanwhile(
    page: Page, client: httpx.Client, traces: list[dict[str, object]]
) -> None:
    other = {**call(0), "project_id": "browser/traces-elsewhere", "op_name": "elsewhere"}
    answer = client.post("/v2/browser/traces-elsewhere/calls/complete", json={"batch": [other]})
    assert answer.status_code == 200, answer.text
    held: list[Route] = []
    page.route(
        "**/calls/previews",
        lambda route: (
            held.append(route) if "traces-elsewhere" in (route.request.post_data or "") else route.continue_()
        ),
    )
    page.goto(URL)
    expect(page.get_by_text("question 119").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Project .*change$")).click()
    page.get_by_role("menuitem", name="browser/traces-elsewhere").click()
    expect(page).to_have_url(re.compile("/browser/traces-elsewhere/"))
    expect(page.get_by_text("question 119")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name="elsewhere", exact=True).first).to_be_visible()


def test_filters_search_and_sort_are_in_the_address(page: Page, traces: list[dict[str, object]]) -> None:
    page.goto(URL)
    page.get_by_role("button", name="Filter", exact=True).click()
    form = page.get_by_role("dialog", name="Add a filter")
    form.get_by_label("What").select_option("summary.weave.status")
    form.get_by_role("button", name="Add filter").click()
    expect(page.get_by_text("1 trace matches")).to_be_visible()
    expect(page).to_have_url(re.compile("f=summary.weave.status%7Eis%7Eerror"))
    page.reload()
    expect(page.get_by_text("question 7").first).to_be_visible()
    page.get_by_role("button", name="Remove the filter on Status").click()
    page.get_by_role("searchbox", name="Search in payloads and names").fill("needle")
    expect(page.get_by_text("where is the Needle?").first).to_be_visible()
    expect(page.get_by_text("1 trace matches")).to_be_visible()
    expect(page).to_have_url(re.compile("q=needle"))
    page.go_back()
    expect(page.get_by_text("1 trace matches")).to_be_visible()
    expect(page.get_by_role("button", name="Remove the filter on Status")).to_be_visible()


def test_what_matches_nothing_says_so_and_leads_back(page: Page, traces: list[dict[str, object]]) -> None:
    page.goto(f"{URL}?q=no-such-text-anywhere")
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.get_by_text("question 119").first).to_be_visible()


def test_a_path_becomes_a_column_that_sorts(page: Page, traces: list[dict[str, object]]) -> None:
    page.goto(f"{URL}?col=inputs.nested.level&sort=inputs.nested.level")
    grid = page.get_by_role("grid", name="Traces")
    expect(grid.locator("[aria-rowindex='2']")).to_contain_text("greets")
    expect(grid).to_contain_text("nested.level")
    page.get_by_role("button", name="Columns").click()
    picker = page.get_by_role("dialog", name="Choose columns")
    picker.get_by_label("Find or type a path").fill("inputs.question")
    picker.get_by_label("Find or type a path").press("Enter")
    page.keyboard.press("Escape")
    expect(grid.get_by_text("question 0", exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile("col=inputs.nested.level&col=inputs.question"))


def test_keys_move_open_and_come_back(page: Page, traces: list[dict[str, object]]) -> None:
    page.goto(URL)
    expect(page.get_by_text("question 119").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/{PROJECT}/r/call/{traces[118]['id']}"))
    expect(page.get_by_text("answer 118").first).to_be_visible()
    page.go_back()
    expect(page.get_by_text("question 119").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Next row")


def test_live_shows_what_comes_in(page: Page, client: httpx.Client, traces: list[dict[str, object]]) -> None:
    page.goto(f"{URL}?live=1&q=comes+later")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    late = call(1, inputs={"question": "comes later"}, started_at=datetime.now(UTC).isoformat(), output=None)
    late["ended_at"] = late["started_at"]
    assert client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": [late]}).status_code == 200
    expect(page.get_by_text("comes later").first).to_be_visible(timeout=30_000)
    assert client.post("/calls/delete", json={"project_id": PROJECT, "call_ids": [late["id"]]}).status_code == 200


def test_selected_calls_are_exported_queued_and_deleted(
    page: Page, client: httpx.Client, traces: list[dict[str, object]], tmp_path: Path
) -> None:
    mark = new_id()
    extra = [call(at, inputs={"question": f"{mark} {at}"}) for at in range(3)]
    assert client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": extra}).status_code == 200
    queue = {"project_id": PROJECT, "name": f"queue {mark}", "description": "", "scorer_refs": []}
    client.post("/annotation_queues", json=queue)
    page.goto(f"{URL}?q={mark}")
    expect(page.get_by_text("3 traces match")).to_be_visible()
    page.get_by_text(f"{mark} 2").first.wait_for()
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text("3 calls selected")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export JSONL").click()
    download.value.save_as(tmp_path / "calls.jsonl")
    saved = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert {item["id"] for item in saved} == {item["id"] for item in extra}
    assert all(len(item["output"]["long"]) == 20_000 for item in saved)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_what_is_looked_at_is_kept_as_a_view(page: Page, client: httpx.Client, traces: list[dict[str, object]]) -> None:
    label = f"Slow greetings {new_id()[-6:]}"
    page.goto(f"{URL}?f=op_name~has~greets&col=inputs.question&sort=-latency")
    expect(page.get_by_text("60 traces match")).to_be_visible()
    page.get_by_role("button", name="Views").click()
    dialog = page.get_by_role("dialog", name="Saved views")
    dialog.get_by_label("Name for what is shown now").fill(label)
    dialog.get_by_role("button", name="Save as a view").click()
    expect(page).to_have_url(re.compile(r"\?view=Slow-greetings-\w+$"))
    expect(page.get_by_text("60 traces match")).to_be_visible()
    page.reload()
    expect(page.get_by_role("grid", name="Traces").locator("[aria-rowindex='2']")).to_contain_text("question 118")
    page.get_by_role("button", name=f"Leave the view {label}").click()
    expect(page.get_by_text("120 traces")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_role("button", name=f"Delete the view {label}").click()
    expect(page.get_by_text("120 traces")).to_be_visible()


def test_a_view_that_an_sdk_stored_is_shown(page: Page, client: httpx.Client, traces: list[dict[str, object]]) -> None:
    marks = {"_type": "AndOperation", "_class_name": "AndOperation", "_bases": ["BaseModel"]}
    condition = {"$contains": {"input": {"$getField": "op_name", **marks}, "substr": {"$literal": "answ", **marks}}}
    definition = {
        "filter": {"op_names": None, "trace_roots_only": True, **marks},
        "query": {"$expr": {"$and": [condition], **marks}, **marks},
        "columns": [{"path": ["output", "answer"], "label": "Said", **marks}],
        "sort_by": [{"field": "started_at", "direction": "asc", **marks}],
    }
    val = {"_type": "SavedView", "_class_name": "SavedView", "_bases": ["BaseObject", "BaseModel"], "name": None}
    val |= {"description": None, "view_type": "traces", "label": "Answers", "definition": definition}
    body = {"obj": {"project_id": PROJECT, "object_id": "sdk-view", "val": val, "builtin_object_class": "SavedView"}}
    assert client.post("/obj/create", json=body).status_code == 200
    page.goto(f"{URL}?view=sdk-view")
    expect(page.get_by_text("60 traces match")).to_be_visible()
    expect(page.get_by_role("grid", name="Traces").locator("[aria-rowindex='2']")).to_contain_text("answer 1")
    expect(page.get_by_role("button", name="Answers", exact=True)).to_be_visible()
    page.goto(f"{URL}?view=no-such-view")
    expect(page.get_by_text("There is no view named “no-such-view”")).to_be_visible()
    expect(page.get_by_text("question 119").first).to_be_visible()


def test_an_empty_project_shows_how_to_fill_it(page: Page, client: httpx.Client) -> None:
    body = {"project_id": "browser/empty", "object_id": "something", "val": {}}
    assert client.post("/obj/create", json={"obj": body}).status_code == 200
    page.goto("/browser/empty/weave")
    expect(page.get_by_role("heading", name="No traces yet")).to_be_visible()
    expect(page.get_by_text('weave.init("browser/empty")')).to_be_visible()


def test_traces_of_the_sdk_show_what_was_asked_and_answered(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto("/browser/sdk/weave/traces?col=inputs&col=output&f=op_name~has~SupportBot")
    expect(page.get_by_text("3 traces match")).to_be_visible()
    expect(page.get_by_text("Open the page about your refund.").first).to_be_visible()
    page.goto("/browser/sdk/weave/traces")
    expect(page.get_by_role("grid", name="Traces").get_by_role("row")).not_to_have_count(1)
    expect(page.get_by_role("link", name=re.compile("^eval-")).first).to_be_visible()
    expect(page.get_by_text(re.compile("model large-bot:")).first).to_be_visible()
    documented(page, "traces")
