"""Calls are scored from their list by a judge whose provider refuses, and tried again once it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import screenshot
from tests.browser.test_scoring import call, publish, store
from tests.live import LiveServer
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_objects import judge, judge_model
from weft.core.ids import new_id

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[LLMProvider]:
    provider = LLMProvider()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def server(provider: LLMProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of this file's own, whose judges ask the provider."""
    settings = {
        "WEFT_LLM_BASE_URL": provider.url,
        "WEFT_LLM_API_KEY": "provider-key-0123456789",
        "WEFT_SCORING_BACKOFF_SECONDS": "0.05",
        "WEFT_SCORING_STOP_AFTER": "4",
        "WEFT_SCORING_PAUSE_SECONDS": "600",
    }
    live = LiveServer(tmp_path_factory.mktemp("judged") / "data", **settings)
    live.start()
    yield live
    live.stop()


@pytest.fixture
def judged(server: LiveServer, provider: LLMProvider) -> str:
    """A project with three calls and a judge whose provider knows no such model."""
    provider.reset()
    provider.otherwise = lambda _request: Reply(status=404, body={"error": {"message": "The model is asleep"}})
    project = f"browser/judged-{new_id()[-6:]}"
    with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=60) as client:
        store(client, project, [call(project, f"answer {at}") for at in range(3)])
        scorer = judge(judge_model(), "Is this fine? {output}")
        publish(client, project, "politeness", scorer)
    return project


def test_scores_that_failed_are_tried_again_and_given(page: Page, judged: str, provider: LLMProvider) -> None:
    page.goto(f"/{judged}/weave/traces")
    expect(page.get_by_text("answer 2").first).to_be_visible()
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.get_by_role("toolbar", name="Selected calls").get_by_role("button", name="Score").click()
    form = page.get_by_role("dialog", name="Score 3 calls")
    expect(form.get_by_label("Scorer")).to_contain_text("politeness")
    form.get_by_role("button", name="Ask for scores").click()
    page.get_by_role("link", name="See them").click()
    jobs = page.get_by_role("grid", name="Scoring jobs")
    expect(jobs).to_contain_text("3 failed")
    jobs.get_by_role("link", name="Asked for by name").click()

    reasons = page.get_by_role("region", name="Why there is no score")
    expect(reasons).to_contain_text("The model is asleep")
    far = page.get_by_role("region", name="How far it is")
    expect(far).to_contain_text("Ended, 3 tasks without a score")
    screenshot(page, f"scoring-job-failed-{page.viewport_size and page.viewport_size['width']}")

    provider.otherwise = lambda _request: Reply(json.dumps({"score": 1, "reasoning": "Polite"}))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 task selected")).to_be_visible()
    page.keyboard.press("r")
    page.get_by_role("dialog", name="Try 1 task again?").get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 task queued again.")).to_be_visible()
    expect(far).to_contain_text("Ended, 2 tasks without a score")
    page.get_by_role("button", name="Try all 2 failed again").click()
    page.get_by_role("dialog", name="Try 2 failed tasks again?").get_by_role("button", name="Try again").click()
    expect(far).to_contain_text("Ended, all 3 tasks done")
    expect(reasons).to_have_count(0)
    tasks = page.get_by_role("grid", name="Scoring tasks")
    expect(tasks.get_by_text("failed")).to_have_count(0)

    tasks.get_by_role("link", name="feedback").first.click()
    expect(page).to_have_url(re.compile("tab=feedback"))
    expect(page.get_by_text("Polite").first).to_be_visible()
    page.goto(f"/{judged}/weave/scoring")
    queue = page.get_by_role("region", name="The queue now")
    expect(queue).to_contain_text("nothing waits")
    page.get_by_role("button", name="As a table").click()
    expect(queue.get_by_role("region", name=re.compile("as a table"))).to_contain_text("Ended in the minute")


def test_the_worker_says_that_an_endpoint_is_left_alone(page: Page, judged: str, provider: LLMProvider) -> None:
    """A provider that fails again and again is asked no more for a while; the page says which."""
    provider.otherwise = lambda _request: Reply(status=503, body={"error": {"message": "out of order"}})
    page.goto(f"/{judged}/weave/traces")
    expect(page.get_by_text("answer 2").first).to_be_visible()
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.get_by_role("toolbar", name="Selected calls").get_by_role("button", name="Score").click()
    page.get_by_role("dialog", name="Score 3 calls").get_by_role("button", name="Ask for scores").click()
    page.get_by_role("link", name="See them").click()
    queue = page.get_by_role("region", name="The queue now")
    expect(queue.get_by_text("paused")).to_be_visible()
    expect(queue).to_contain_text(provider.host)
    page.get_by_role("tab", name="Tasks").click()
    tasks = page.get_by_role("grid", name="Scoring tasks")
    expect(tasks.get_by_text(re.compile("retrying|queued")).first).to_be_visible()
