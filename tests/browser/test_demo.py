"""What `make demo` leaves behind, looked at as its last lines invite one to: every address, at both widths."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import kept
from tests.flow.test_demo import SDK_PYTHON
from tests.live import free_port

pytestmark = pytest.mark.browser

_ADDRESS = re.compile(r"^  (?P<what>\S.*?)\s+(?P<url>http://\S+)$")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses that a demo printed, by what it says of them; it serves until the module ends."""
    command = [sys.executable, "-m", "weft.cli", "demo", "--port", str(free_port()), "--data", "weft-data"]
    running = subprocess.Popen(
        [*command, "--sdk-python", str(SDK_PYTHON)],
        cwd=tmp_path_factory.mktemp("demo"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    printed: list[str] = []
    for line in running.stdout:
        printed.append(line)
        if line.startswith("Still serving"):
            break
    found = [match for line in printed if (match := _ADDRESS.match(line.rstrip("\n")))]
    addresses = {match["what"]: match["url"] for match in found}
    yield addresses
    running.terminate()
    assert running.wait(60) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(next(iter(addresses.values())))


def test_every_printed_address_opens_its_page(page: Page, demo: dict[str, str]) -> None:
    assert len(demo) == 8, demo
    for address in demo.values():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("heading", name=re.compile("^(No |Nothing|There is no|Not found)"))).to_have_count(0)
        expect(page.get_by_role("alert")).to_have_count(0)


def test_the_three_models_are_compared(page: Page, demo: dict[str, str]) -> None:
    page.goto(demo["the three models compared"])
    metrics = page.get_by_role("table", name="Metrics")
    for model in ("regression-on-spelling", "bayes-on-words", "keyword-rules"):
        expect(metrics.get_by_text(model).first).to_be_visible()
    # The share of 60 rows that is right, and how far chance alone could move it.
    expect(metrics.get_by_text(re.compile(r"^\d+(\.\d)?%$")).first).to_be_visible()
    # A Brier score is a loss.
    brier = metrics.get_by_role("rowgroup").filter(has_text="calibration.brier")
    expect(brier.get_by_role("button", name=re.compile("lower is better"))).to_be_visible()
    kept(page, "demo-compare")
    page.goto(demo["the evaluations"])
    expect(page.locator("[role=grid] [data-index]")).to_have_count(3)
    kept(page, "demo-evaluations")


def test_a_reply_shows_the_scores_asked_for_later(page: Page, demo: dict[str, str]) -> None:
    page.goto(demo["a reply with its scores"])
    page.get_by_role("tab", name=re.compile("Feedback|Scores")).click()
    expect(page.get_by_text("answers-the-ticket").first).to_be_visible()
    expect(page.get_by_text("valid-json").first).to_be_visible()
    kept(page, "demo-reply")
    page.goto(demo["the scoring job and its tasks"])
    expect(page.get_by_text("48").first).to_be_visible()
    kept(page, "demo-scoring")


def test_one_run_is_read_row_by_row(page: Page, demo: dict[str, str]) -> None:
    page.goto(demo["one of them, row by row"])
    expect(page.get_by_role("grid").get_by_role("row").nth(5)).to_be_visible()
    expect(page.get_by_text(re.compile("60 (examples|rows)")).first).to_be_visible()
    kept(page, "demo-run")
    page.goto(demo["all calls"])
    expect(page.get_by_role("grid").get_by_role("row").nth(5)).to_be_visible()
    kept(page, "demo-traces")
