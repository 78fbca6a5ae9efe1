"""Evaluation runs, as people look at them: listed and grouped, one of them row by row, and while it goes on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import documented, screenshot
from tests.browser.sdk_data import SDK_PROJECT
from tests.live import LiveServer
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/evaluations"
LIST = f"/{PROJECT}/weave/evaluations"
SDK_LIST = f"/{SDK_PROJECT}/weave/evaluations"
EXAMPLES = 130
HOSTILE = "<script>document.title='owned'</script>"


def call(op: str, call_id: str, trace_id: str, parent_id: str | None, **fields: object) -> dict[str, object]:
    return {
        "project_id": PROJECT,
        "id": call_id,
        "trace_id": trace_id,
        "parent_id": parent_id,
        "op_name": f"weave:///{PROJECT}/op/{op}:d",
        "started_at": "2026-03-01T00:00:00Z",
        "ended_at": "2026-03-01T00:00:02Z",
        "attributes": {},
        "inputs": {},
        "summary": {},
        **fields,
    }


@pytest.fixture(scope="module")
def large(client: httpx.Client) -> str:
    """A run of 130 examples with long outputs, hostile words and one failure."""
    root = new_id()
    inputs: dict[str, Any] = {"self": f"weave:///{PROJECT}/object/big:d", "model": "by hand"}
    calls = [call("Evaluation.evaluate", root, root, None, inputs=inputs, output={}, display_name="large run")]
    for number in range(EXAMPLES):
        trial = new_id()
        scores = {"judge": {"grade": number / 10, "reason": f"Reason {number} {HOSTILE}"}, "exact": number % 3 == 0}
        started = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(milliseconds=number)).isoformat()
        about = {"question": f"question {number}", "__proto__": {"x": HOSTILE}, "rtl": "שלום 🙂"}
        output = {"output": f"answer {number} " + "x" * 20_000, "scores": scores, "model_latency": 1.0}
        more = {"inputs": inputs | {"example": about}, "started_at": started, "output": output}
        calls.append(call("Evaluation.predict_and_score", trial, root, root, **more))
        failed = {"exception": "ValueError: seven is odd"} if number == 7 else {}
        calls.append(call("Model.predict", new_id(), root, trial, output=output["output"], **failed))
    answer = client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": calls})
    assert answer.status_code == 200, answer.text
    return root


def table(page: Page, name: str) -> Locator:
    return page.get_by_role("grid", name=name)


def weighed(page: Page, pattern: str) -> list[int]:
    """The sizes of the answers that match, as they come."""
    sizes: list[int] = []

    def weigh(route: Route) -> None:
        answer = route.fetch()
        sizes.append(len(answer.body()))
        route.fulfill(response=answer)

    page.route(pattern, weigh)
    return sizes


def test_runs_are_listed_filtered_and_compared(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(SDK_LIST)
    runs = table(page, "Evaluation runs")
    expect(page.get_by_text("3 runs", exact=True)).to_be_visible()
    expect(runs.get_by_role("row").filter(has_text="completed")).to_have_count(3)
    expect(runs.get_by_text("support-questions:v1")).to_have_count(1)
    documented(page, "evaluations")
    screenshot(page, f"evaluations-list-{page.viewport_size['width'] if page.viewport_size else 0}")
    page.get_by_label("Model", exact=True).select_option(label="small-bot:v0 (2)")
    expect(page.get_by_text("2 runs match")).to_be_visible()
    expect(page).to_have_url(re.compile("model=weave"))
    page.reload()
    expect(runs.get_by_role("row").filter(has_text="completed")).to_have_count(2)
    page.go_back()
    expect(page.get_by_text("3 runs", exact=True)).to_be_visible()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    screenshot(page, f"evaluations-selected-{page.viewport_size['width'] if page.viewport_size else 0}")
    page.get_by_role("toolbar", name="Selected runs").get_by_role("button", name="Compare").click()
    newest, second = reversed(sdk_project["runs"][1:])
    expect(page).to_have_url(re.compile(f"weave/compare\\?runs={newest},{second}&baseline={newest}"))


def test_runs_are_grouped_by_dataset_and_by_model(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(SDK_LIST)
    page.get_by_role("button", name="By dataset").click()
    expect(table(page, "Runs of support-questions:v0").get_by_role("row").filter(has_text="completed")).to_have_count(2)
    expect(table(page, "Runs of support-questions:v1").get_by_role("row").filter(has_text="completed")).to_have_count(1)
    screenshot(page, f"evaluations-grouped-{page.viewport_size['width'] if page.viewport_size else 0}")
    page.get_by_role("button", name="By model").click()
    expect(table(page, "Runs of small-bot:v0").get_by_role("row").filter(has_text="completed")).to_have_count(2)
    expect(page).to_have_url(re.compile("group=model"))
    assert problems(page) == []
    page.get_by_role("link", name="2 runs").click()
    expect(page.get_by_text("2 runs match")).to_be_visible()


def test_a_run_is_read_row_by_row(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"{SDK_LIST}/{sdk_project['runs'][0]}")
    figures = page.get_by_role("list", name="Figures of the run, with 95% intervals")
    expect(figures.get_by_role("listitem").filter(has_text="exact")).to_contain_text("in 12 examples")
    examples = table(page, "Examples")
    expect(examples.get_by_text("Question 0").first).to_be_visible()
    page.get_by_role("button", name="Unfold 2 trials").first.click()
    expect(examples.get_by_text("Trial 2")).to_be_visible()
    expect(page).to_have_url(re.compile("unfold="))
    screenshot(page, f"evaluation-unfolded-{page.viewport_size['width'] if page.viewport_size else 0}")
    examples.get_by_text("Trial 2").click()
    expect(page.get_by_role("heading", name="Inputs and expected")).to_be_visible()
    expect(page.get_by_text("It names the refund.").last).to_be_visible()
    expect(page.get_by_role("link", name="Trace of the score").first).to_be_visible()
    expect(page).to_have_url(re.compile("trial="))
    documented(page, "evaluation-run")
    screenshot(page, f"evaluation-open-{page.viewport_size['width'] if page.viewport_size else 0}")
    assert problems(page) == []
    page.get_by_role("link", name="Trace of the prediction").click()
    expect(page.get_by_role("heading", name="SupportBot.predict").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Inputs and expected")).to_be_visible()


def test_a_run_says_what_it_was_made_of_and_leads_to_its_trace(page: Page, sdk_project: dict[str, Any]) -> None:
    run = sdk_project["runs"][1]
    page.goto(f"{SDK_LIST}/{run}?view=about")
    expect(page.get_by_role("link", name="large-bot:v0").first).to_be_visible()
    expect(page.get_by_text("gpt-4o", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="support-questions:v0").first).to_be_visible()
    expect(page.get_by_text("helpfulness").first).to_be_visible()
    expect(page.get_by_text("true_fraction").first).to_be_visible()
    screenshot(page, f"evaluation-about-{page.viewport_size['width'] if page.viewport_size else 0}")
    assert problems(page) == []
    page.get_by_role("button", name="Compare with…").click()
    expect(page.get_by_role("dialog", name="Compare with").get_by_role("link")).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Its trace").click()
    expect(page).to_have_url(re.compile(f"/weave/calls/{run}"))
    page.get_by_role("link", name="Its rows and figures").click()
    expect(page).to_have_url(re.compile(f"/weave/evaluations/{run}"))


def test_only_errors_show_what_failed_and_where(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"{SDK_LIST}/{sdk_project['runs'][2]}")
    examples = table(page, "Examples")
    expect(examples.get_by_text("Question 12").or_(examples.get_by_text("Question 1:")).first).to_be_visible()
    page.keyboard.press("e")
    expect(page.get_by_text("1 example of 15")).to_be_visible()
    expect(examples.get_by_text("TimeoutError").first).to_be_visible()
    expect(page).to_have_url(re.compile("only=errors"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Error")).to_contain_text("The search did not answer within 2 s")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Inputs and expected")).to_have_count(0)
    page.get_by_role("button", name="Only errors").click()
    expect(examples).to_have_attribute("aria-rowcount", "16")


def test_a_large_run_stays_small_and_inert(page: Page, large: str) -> None:
    sizes = weighed(page, "**/weft/v1/evaluations/**")
    page.goto(f"{LIST}/{large}?sort=-scores.judge.grade")
    examples = table(page, "Examples")
    expect(examples.get_by_text("question 129").first).to_be_visible()
    expect(page.get_by_text("130 examples")).to_be_visible()
    for _ in range(60):
        examples.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        if examples.get_by_text("question 0", exact=False).first.is_visible():
            break
        page.wait_for_timeout(100)
    expect(examples.locator(f"[aria-rowindex='{EXAMPLES + 1}']")).to_be_visible()
    assert len(sizes) >= 3
    assert max(sizes) < 200_000
    assert page.title() != "owned"


def test_rows_are_searched_filtered_and_stepped_through(page: Page, large: str) -> None:
    page.goto(f"{LIST}/{large}")
    examples = table(page, "Examples")
    expect(examples.get_by_text("question 0").first).to_be_visible()
    page.get_by_role("button", name="Filter", exact=True).click()
    form = page.get_by_role("dialog", name="Add a filter")
    form.get_by_label("What").select_option("scores.judge.grade")
    form.get_by_label("How").select_option("gt")
    form.get_by_label("Value").fill("12.6")
    form.get_by_role("button", name="Add filter").click()
    expect(page.get_by_text("3 examples of 130")).to_be_visible()
    page.get_by_role("searchbox", name="Search in examples, outputs and scores").fill("question 128")
    expect(page.get_by_text("1 example of 130")).to_be_visible()
    expect(page).to_have_url(re.compile("q=question"))
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_text("3 examples of 130")).to_be_visible()
    examples.get_by_text("question 127").first.click()
    expect(page.get_by_text("Reason 127").last).to_be_visible()
    if page.viewport_size and page.viewport_size["width"] > 760:
        page.keyboard.press("j")
        expect(page.get_by_label("The open example").get_by_text("Reason 128")).to_be_visible()
        page.keyboard.press("k")
        expect(page.get_by_label("The open example").get_by_text("Reason 127")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Reason 127").last).to_be_visible()


def test_a_run_that_goes_on_shows_how_far_it_is_and_follows(page: Page, client: httpx.Client) -> None:
    base = f"/v2/{PROJECT}"

    def post(path: str, body: dict[str, object]) -> dict[str, str]:
        answer = client.post(base + path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    dataset = post("/datasets", {"name": "live", "rows": [{"q": number} for number in range(4)]})
    dataset_ref = f"weave:///{PROJECT}/object/live:{dataset['digest']}"
    evaluation = post("/evaluations", {"name": "live-evaluation", "dataset": dataset_ref})["evaluation_ref"]
    model = post("/models", {"name": "live-model", "source_code": "# live"})["model_ref"]
    run = post("/evaluation_runs", {"evaluation": evaluation, "model": model})["evaluation_run_id"]
    page.goto(f"{LIST}/{run}")
    expect(page.get_by_text("No example yet")).to_be_visible()
    for number in range(2):
        inputs = {"model": model, "inputs": {"q": number}, "output": f"answer {number}", "evaluation_run_id": run}
        prediction = post("/predictions", inputs)["prediction_id"]
        if number == 0:
            post(f"/predictions/{prediction}/finish", {})
    expect(page.get_by_role("progressbar", name="Rows that are done")).to_have_attribute("aria-valuemax", "4")
    expect(page.get_by_text("answer 0").first).to_be_visible()
    screenshot(page, f"evaluation-running-{page.viewport_size['width'] if page.viewport_size else 0}")
    page.get_by_role("button", name="Unfinished").click()
    expect(page.get_by_text("1 example of 2")).to_be_visible()
    post(f"/evaluation_runs/{run}/finish", {})
    expect(page.get_by_text("completed").first).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_runs_are_scored_again_and_deleted(page: Page, client: httpx.Client, large: str) -> None:
    """The large run makes sure that the project is there."""
    root = new_id()
    inputs = {"self": f"weave:///{PROJECT}/object/short:d", "model": "to be deleted"}
    body = {"batch": [call("Evaluation.evaluate", root, root, None, inputs=inputs, output={}, display_name="short")]}
    assert client.post(f"/v2/{PROJECT}/calls/complete", json=body).status_code == 200
    page.goto(f"{LIST}?model=to+be+deleted")
    expect(page.get_by_text("1 run matches")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Re-score").click()
    expect(page.get_by_role("dialog", name="Re-score 1 run")).to_contain_text("No scorer is published")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No run matches")).to_be_visible()


def test_a_project_without_runs_shows_how_to_make_one(page: Page, client: httpx.Client) -> None:
    empty = {"project_id": "browser/no-evaluations", "object_id": "something", "val": {}}
    assert client.post("/obj/create", json={"obj": empty}).status_code == 200
    page.goto("/browser/no-evaluations/weave/evaluations")
    expect(page.get_by_role("heading", name="No evaluation yet")).to_be_visible()
    expect(page.get_by_text("evaluation.evaluate(my_model)")).to_be_visible()


def test_a_run_that_is_not_there_says_so(chromium: Browser, server: LiveServer, large: str) -> None:
    """The browser notes the 404 as an error, so this page is not the one that allows none."""
    with chromium.new_context(base_url=server.url) as context:
        page = context.new_page()
        page.goto(f"{LIST}/no-such-run")
        expect(page.get_by_role("heading", name="No such evaluation run")).to_be_visible()
        page.get_by_role("link", name="All runs").click()
        expect(page.get_by_text("large run")).to_be_visible()
