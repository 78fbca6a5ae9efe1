"""Leaderboards as people look at them: the list, the ranks, the runs behind the cells, models to compare."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import documented
from tests.browser.sdk_data import SDK_PROJECT
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/leaderboards"
URL = f"/{PROJECT}/weave/leaderboards"
FIGURES = {"fast": (0.4, 0.5), "careful": (0.9, 2.5), "slow": (0.7, 4.0)}
"""Model to its rate of right answers and its seconds."""


@pytest.fixture(scope="module")
def runs(client: httpx.Client) -> dict[str, str]:
    """A board of two columns and an empty one, and the run of each of three models."""
    evaluation = f"weave:///{PROJECT}/object/exam:d1"
    started = datetime(2026, 3, 1, tzinfo=UTC)
    found = {}
    for model, (rate, seconds) in FIGURES.items():
        run_id = new_id()
        call = {
            "project_id": PROJECT,
            "id": run_id,
            "trace_id": run_id,
            "op_name": f"weave:///{PROJECT}/op/Evaluation.evaluate:d1",
            "started_at": started.isoformat(),
            "ended_at": (started + timedelta(seconds=30)).isoformat(),
            "attributes": {},
            "inputs": {"self": evaluation, "model": f"weave:///{PROJECT}/object/{model}:d1"},
            "output": {"right": {"true_count": 10 * rate, "true_fraction": rate}, "model_latency": {"mean": seconds}},
            "summary": {},
        }
        assert client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": [call]}).status_code == 200
        found[model] = run_id
    column = {"evaluation_object_ref": evaluation, "should_minimize": False}
    columns = [
        {**column, "scorer_name": "right", "summary_metric_path": "true_fraction"},
        {**column, "scorer_name": "model_latency", "summary_metric_path": "mean", "should_minimize": True},
        {**column, "scorer_name": "tone", "summary_metric_path": "mean"},
    ]
    value = {
        "_type": "Leaderboard",
        "_class_name": "Leaderboard",
        "_bases": ["Object", "BaseModel"],
        "name": "Exams",
        "description": "<b>Who</b> answers best",
        "columns": columns,
    }
    body = {"obj": {"project_id": PROJECT, "object_id": "exams", "val": value}}
    assert client.post("/obj/create", json=body).status_code == 200
    return found


def test_the_list_tells_who_leads_and_opens_a_board(page: Page, runs: dict[str, str]) -> None:
    page.goto(URL)
    grid = page.get_by_role("grid", name="Leaderboards")
    expect(grid).to_contain_text("careful")
    expect(grid).to_contain_text("<b>Who</b> answers best")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/weave/leaderboards/exams$"))
    expect(page.get_by_role("heading", name="Exams")).to_be_visible()
    page.go_back()
    expect(grid).to_contain_text("careful")


def test_a_board_marks_the_best_of_each_column(page: Page, runs: dict[str, str]) -> None:
    page.goto(f"{URL}/exams")
    grid = page.get_by_role("grid", name="Models")
    careful = grid.get_by_role("row").filter(has_text="careful")
    expect(careful.get_by_role("gridcell").filter(has_text="90%")).to_contain_text("best")
    expect(careful.get_by_role("gridcell").filter(has_text="2.5")).to_contain_text("#2")
    fast = grid.get_by_role("row").filter(has_text="fast")
    expect(fast.get_by_role("gridcell").filter(has_text="0.5")).to_contain_text("best")
    expect(page.get_by_text("lower is better")).to_have_count(1)
    expect(page.get_by_text("No finished run has a value for exam: tone")).to_be_visible()
    expect(careful.get_by_role("link", name="90%")).to_have_attribute(
        "href", f"/{PROJECT}/weave/evaluations/{runs['careful']}"
    )
    assert problems(page) == []


def test_the_order_is_in_the_address(page: Page, runs: dict[str, str]) -> None:
    page.goto(f"{URL}/exams?sort=c0")
    grid = page.get_by_role("grid", name="Models")
    expect(grid.locator("[aria-rowindex='2']")).to_contain_text("fast")
    page.goto(f"{URL}/exams")
    expect(grid.locator("[aria-rowindex='2']")).to_contain_text("careful")


def test_selected_models_are_compared(page: Page, runs: dict[str, str]) -> None:
    page.goto(f"{URL}/exams")
    grid = page.get_by_role("grid", name="Models")
    for model in ("careful", "fast"):
        row = grid.get_by_role("row").filter(has_text=model)
        row.get_by_role("checkbox", name="Select this row").click()
        expect(row).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Compare 2 models").click()
    expect(page).to_have_url(re.compile(f"/weave/compare\\?runs={runs['careful']}(,|%2C){runs['fast']}"))
    expect(page.get_by_role("list", name="Compared runs")).to_contain_text("careful")


def test_a_project_without_boards_shows_how_to_publish_one(page: Page, data: dict[str, str]) -> None:
    page.goto("/browser/demo/weave/leaderboards")
    expect(page.get_by_role("heading", name="No leaderboards yet")).to_be_visible()
    expect(page.get_by_text("leaderboard.LeaderboardColumn(")).to_be_visible()


def test_the_board_that_the_sdk_published(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"/{SDK_PROJECT}/weave/leaderboards")
    page.get_by_role("link", name="Support-bots").click()
    expect(page.get_by_role("heading", name="Support bots")).to_be_visible()
    first = page.get_by_role("grid", name="Models").locator("[aria-rowindex='2']")
    expect(first).to_contain_text("large-bot")
    expect(first).to_contain_text("75%")
    documented(page, "leaderboards")
    first.get_by_role("link", name="75%").click()
    expect(page).to_have_url(re.compile(f"/weave/evaluations/{sdk_project['runs'][1]}"))
