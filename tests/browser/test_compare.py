"""Evaluation runs side by side: chosen, compared with a baseline, warned about, followed into their examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import documented
from tests.browser.sdk_data import SDK_PROJECT
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/compare"
URL = f"/{PROJECT}/weave/compare"
EXAMPLES = 40
START = datetime(2026, 3, 1, tzinfo=UTC)
ATTACK = "<img src=x onerror=\"document.title='owned'\">"


class Writer:
    """Writes finished runs as an SDK does: a root, and below it an example's prediction with its scores."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._clock = START

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def evaluation(self, rows: int) -> str:
        """The ref of an evaluation on a dataset of so many rows."""
        base = f"/v2/{PROJECT}"
        made = self.post(f"{base}/datasets", {"name": "capitals", "rows": [{"n": number} for number in range(rows)]})
        dataset = f"weave:///{PROJECT}/object/{made['object_id']}:{made['digest']}"
        return str(self.post(f"{base}/evaluations", {"name": "geography", "dataset": dataset})["evaluation_ref"])

    def run(self, evaluation: str, model: str, answer: Callable[[int], tuple[str, bool, int]], numbers: range) -> str:
        """A run whose `answer` gives output, correctness and length for each example; its id."""
        self._clock += timedelta(minutes=10)
        root = new_id()
        inputs = {"self": evaluation, "model": f"weave:///{PROJECT}/object/{model}:d1"}
        calls = [self._call("Evaluation.evaluate", root, root, None, inputs=inputs, output={})]
        for number in numbers:
            text, right, length = answer(number)
            example = {"question": f"What is the capital of country {number}?", "n": number}
            scores = {"judge": {"correct": right, "reason": f"because of {number}"}, "words": length}
            output = {"output": text, "scores": scores, "model_latency": 1.0 + number / 100}
            trial = new_id()
            calls.append(
                self._call(
                    "Evaluation.predict_and_score",
                    trial,
                    root,
                    root,
                    inputs={**inputs, "example": example},
                    output=output,
                )
            )
            calls.append(self._call(f"{model}.predict", new_id(), root, trial, inputs=example, output=text))
        self.post(f"/v2/{PROJECT}/calls/complete", {"batch": calls})
        return root

    def _call(self, op: str, call_id: str, trace_id: str, parent_id: str | None, **fields: Any) -> dict[str, Any]:
        return {
            "project_id": PROJECT,
            "id": call_id,
            "trace_id": trace_id,
            "parent_id": parent_id,
            "op_name": f"weave:///{PROJECT}/op/{op}:d1",
            "started_at": self._clock.isoformat(),
            "ended_at": (self._clock + timedelta(seconds=2)).isoformat(),
            "attributes": {},
            "summary": {},
            **fields,
        }


def small(number: int) -> tuple[str, bool, int]:
    """Right in every third, and long-winded."""
    right = number % 3 == 0
    return f"The capital is {'Paris' if right else 'Lyon'}, as everybody knows.", right, 20 + number % 4


def large(number: int) -> tuple[str, bool, int]:
    """Wrong only in 0, and brief; tries something in 1."""
    text = f"The capital is Paris. {ATTACK} שלום 🙂" if number == 1 else "The capital is Paris."
    return text, number != 0, 8 + number % 3


def twin(number: int) -> tuple[str, bool, int]:
    """As the small one, but for 4."""
    text, right, length = small(number)
    return text, right or number == 4, length


@pytest.fixture(scope="module")
def runs(client: httpx.Client) -> dict[str, str]:
    """Three runs by name; the last is on another version of the dataset, and misses examples."""
    writer = Writer(client)
    first, second = writer.evaluation(EXAMPLES), writer.evaluation(EXAMPLES + 1)
    return {
        "small": writer.run(first, "small-model", small, range(EXAMPLES)),
        "large": writer.run(first, "large-model", large, range(EXAMPLES)),
        "twin": writer.run(second, "twin-model", twin, range(3, EXAMPLES + 3)),
    }


def address(*run_ids: str, more: str = "") -> str:
    return f"{URL}?runs={','.join(run_ids)}{more}"


def line(page: Page, metric: str, place: int) -> Locator:
    """The line of a run, counted from 0, in the part of a metric."""
    header = page.get_by_role("rowheader").filter(has_text=metric)
    part = page.get_by_role("table", name="Metrics").get_by_role("rowgroup").filter(has=header)
    return part.get_by_role("row").nth(place)


def test_runs_are_chosen_from_a_list(page: Page, runs: dict[str, str]) -> None:
    page.goto(URL)
    grid = page.get_by_role("grid", name="Evaluation runs")
    compare = page.get_by_role("button", name="Compare", exact=True)
    expect(compare).to_be_disabled()
    for model in ("small-model", "large-model"):
        row = grid.get_by_role("row").filter(has_text=model)
        row.get_by_role("checkbox", name="Select this row").click()
        expect(row).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("2 runs chosen")).to_be_visible()
    compare.click()
    expect(page).to_have_url(re.compile(f"runs={runs['small']}(,|%2C){runs['large']}"))
    expect(line(page, "judge.correct", 0)).to_contain_text("baseline")
    page.go_back()
    expect(page.get_by_text("2 runs chosen")).to_be_visible()


def test_differences_are_those_of_the_server(page: Page, client: httpx.Client, runs: dict[str, str]) -> None:
    both = [runs["small"], runs["large"]]
    body = {"project_id": PROJECT, "run_ids": both}
    metrics = client.post("/weft/v1/evaluations/compare", json=body).json()["metrics"]
    (found,) = next(one for one in metrics if one["name"] == "scores.judge.correct")["differences"]
    page.goto(address(*both))
    second = line(page, "judge.correct", 1)
    expect(second).to_contain_text(f"+{round(found['difference'] * 100, 1):g} pp")
    low, high = (round(found["interval"][end] * 100, 1) for end in ("low", "high"))
    expect(second).to_contain_text(f"+{low:g} pp to +{high:g} pp")
    expect(second).to_contain_text("<0.001")
    expect(second).to_contain_text("better")
    drawing = second.get_by_role("img", name=re.compile("judge.correct: .* better"))
    assert drawing.evaluate("svg => svg.querySelectorAll('circle').length") == 1
    second.get_by_text("<0.001").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("McNemar")
    expect(page.get_by_role("tooltip")).to_contain_text("Holm-adjusted for")


def test_one_click_makes_another_run_the_baseline(page: Page, runs: dict[str, str]) -> None:
    page.goto(address(runs["small"], runs["large"]))
    expect(line(page, "judge.correct", 1)).to_contain_text("better")
    page.get_by_role("button", name="Make baseline: large-model").click()
    expect(line(page, "judge.correct", 0)).to_contain_text("worse")
    expect(line(page, "judge.correct", 1)).to_contain_text("baseline")
    expect(page).to_have_url(re.compile(f"baseline={runs['large']}"))
    page.go_back()
    expect(line(page, "judge.correct", 1)).to_contain_text("better")


def test_a_metric_is_turned_around_and_back(page: Page, client: httpx.Client, runs: dict[str, str]) -> None:
    def stored() -> dict[str, str]:
        answer = client.get("/weft/v1/evaluations/metric_directions", params={"project_id": PROJECT})
        return dict(answer.json()["directions"])

    page.goto(address(runs["small"], runs["large"]))
    words = line(page, "words", 1)
    expect(words).to_contain_text("worse")
    page.get_by_role("button", name="words: higher is better").click()
    expect(words).to_contain_text("better")
    expect(page.get_by_text("words: lower is better, for everybody")).to_be_visible()
    assert stored() == {"scores.words": "lower"}
    page.reload()
    expect(words).to_contain_text("better")
    page.get_by_role("button", name="words: lower is better").click()
    expect(words).to_contain_text("worse")
    page.get_by_role("button", name="Undo").click()
    expect(words).to_contain_text("better")
    page.get_by_role("button", name="words: lower is better").click()
    expect(page.get_by_text("words: higher is better, for everybody")).to_be_visible()
    body = {"project_id": PROJECT, "directions": {"scores.words": None}}
    assert client.put("/weft/v1/evaluations/metric_directions", json=body).json()["directions"] == {}


def test_other_data_is_warned_about_with_the_runs_named(page: Page, runs: dict[str, str]) -> None:
    page.goto(address(runs["small"], runs["twin"]))
    warnings = page.get_by_role("region", name=re.compile("warning"))
    expect(warnings).to_contain_text("different versions of the dataset capitals")
    item = warnings.get_by_role("listitem").filter(has_text="dataset capitals")
    expect(item).to_contain_text("small-model")
    expect(item).to_contain_text("twin-model")
    expect(warnings).to_contain_text("37 of 43 examples are in every run")
    page.goto(address(runs["small"], runs["large"]))
    expect(line(page, "judge.correct", 1)).to_contain_text("better")
    expect(page.get_by_role("region", name=re.compile("warning"))).to_have_count(0)


def test_examples_on_which_runs_disagree_are_followed_to_their_calls(page: Page, runs: dict[str, str]) -> None:
    page.goto(address(runs["small"], runs["twin"], more="&metric=scores.judge.correct&only=disagree"))
    examples = page.get_by_role("grid", name="Examples")
    expect(examples).to_have_attribute("aria-rowcount", "2")
    row = examples.get_by_role("row").filter(has_text="country 4?")
    expect(row.get_by_text("false")).to_be_visible()
    expect(row.get_by_text("true")).to_be_visible()
    row.get_by_text("country 4?").click()
    panel = page.get_by_role("dialog", name="Example 1 of 1")
    expect(panel.get_by_text("because of 4").first).to_be_visible()
    expect(panel.get_by_text("The same as small-model.")).to_be_visible()
    assert problems(page) == []
    page.reload()
    expect(panel.get_by_text("because of 4").first).to_be_visible()
    panel.get_by_role("link", name="Prediction", exact=True).last.click()
    expect(page).to_have_url(re.compile("/r/call/"))
    page.go_back()
    expect(panel.get_by_text("because of 4").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(examples).to_have_attribute("aria-rowcount", "2")


def test_words_that_changed_are_marked_and_hostile_ones_inert(page: Page, runs: dict[str, str]) -> None:
    page.goto(address(runs["small"], runs["large"], more="&metric=scores.judge.correct&sort=regression"))
    examples = page.get_by_role("grid", name="Examples")
    # Only in 0 the large model is worse.
    first = examples.locator("[aria-rowindex='2']")
    expect(first).to_contain_text("country 0?")
    expect(first.get_by_text("worse")).to_be_visible()
    expect(first.locator("del").first).to_contain_text("as everybody knows")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Example 1 of 40")
    expect(panel.get_by_text("because of 0").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("dialog", name="Example 2 of 40")).to_be_visible()
    page.goto(address(runs["small"], runs["large"], more="&metric=scores.judge.correct&only=better"))
    expect(examples).to_have_attribute("aria-rowcount", "27")
    whole = page.get_by_text("שלום 🙂").first
    for _ in range(60):
        if whole.is_visible():
            break
        examples.evaluate("element => element.scrollBy(0, 300)")
        page.wait_for_timeout(100)
    expect(whole).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("[onerror]").count() == 0


def test_all_examples_come_as_one_scrolls_in_small_answers(page: Page, runs: dict[str, str]) -> None:
    sizes: list[int] = []

    def weigh(route: Route) -> None:
        answer = route.fetch()
        sizes.append(len(answer.body()))
        route.fulfill(response=answer)

    page.route("**/evaluations/compare", weigh)
    page.goto(address(runs["small"], runs["large"], runs["twin"]))
    examples = page.get_by_role("grid", name="Examples")
    expect(examples).to_have_attribute("aria-rowcount", "44")
    last = examples.locator("[aria-rowindex='44']")
    for _ in range(100):
        if last.count():
            break
        examples.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        page.wait_for_timeout(100)
    expect(last).to_be_attached()
    assert len(sizes) >= 3
    assert max(sizes) < 200_000
    page.get_by_role("heading", name="Examples").scroll_into_view_if_needed()
    examples.evaluate("element => { element.scrollTo(0, 0); element.scrollIntoView(); }")


def test_runs_come_and_go(page: Page, runs: dict[str, str]) -> None:
    page.goto(address(runs["small"], runs["large"]))
    strip = page.get_by_role("list", name="Compared runs")
    expect(strip.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Add a run").click()
    dialog = page.get_by_role("dialog", name="Choose runs")
    dialog.get_by_label("Runs of").select_option("")
    row = dialog.get_by_role("row").filter(has_text="twin-model")
    row.get_by_role("checkbox", name="Select this row").click()
    dialog.get_by_role("button", name="Compare", exact=True).click()
    expect(strip.get_by_role("listitem")).to_have_count(3)
    expect(strip).to_contain_text("twin-model")
    page.get_by_role("button", name="Take small-model out of the comparison").click()
    expect(strip.get_by_role("listitem")).to_have_count(2)
    expect(line(page, "judge.correct", 0)).to_contain_text("large-model")
    expect(line(page, "judge.correct", 0)).to_contain_text("baseline")
    page.get_by_role("button", name="Take large-model out of the comparison").click()
    expect(page.get_by_text("1 run chosen, and one more at least")).to_be_visible()


def test_fewer_metrics_are_adjusted_for_less(page: Page, runs: dict[str, str]) -> None:
    page.goto(address(runs["small"], runs["twin"]))
    expect(page.get_by_text(re.compile(r"adjusted by Holm for all \d+ comparisons"))).to_be_visible()
    page.get_by_role("button", name="Metrics").click()
    page.get_by_role("dialog", name="Choose metrics").get_by_label("judge.correct").click()
    expect(page.get_by_text("adjusted by Holm for the one comparison")).to_be_visible()
    expect(page).to_have_url(re.compile("m=scores.judge.correct"))
    page.keyboard.press("Escape")
    page.get_by_label("Confidence").select_option("99")
    expect(page.get_by_text("is below 0.01")).to_be_visible()


def test_runs_of_the_sdk_are_compared(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"/{SDK_PROJECT}/weave/compare?runs={','.join(sdk_project['runs'])}")
    strip = page.get_by_role("list", name="Compared runs")
    expect(strip).to_contain_text("large-bot")
    expect(page.get_by_role("region", name=re.compile("warning"))).to_contain_text("support-questions")
    expect(line(page, "exact", 1)).to_contain_text("pp")
    examples = page.get_by_role("grid", name="Examples")
    expect(examples.get_by_text("Open the page").first).to_be_visible()
    assert problems(page) == []
    documented(page, "compare")
    examples.get_by_text("Question").first.click()
    expect(page.get_by_role("dialog").get_by_text("It names the").first).to_be_visible()
