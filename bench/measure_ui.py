"""The web UI in a real browser: how soon a large project shows its first content, what lists weigh, how trees scroll.

"First content" is the first row of the table that a person can read, from the moment the address was opened; every
visit begins with an empty browser cache.
"""

from __future__ import annotations

import shutil
import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from bench import payloads, processes
from bench.measure_ingest import BATCH, send_batches
from bench.results import Figure
from bench.traffic import KEY, ask, post

_PROJECT = "ui"
_TREE = "ui-tree"
_LOAD_BATCHES = 200
# Seconds for a page to be drawn in; far more than the bound.
_PATIENCE = 4
# Notes when the frame with the first row was drawn.
_FIRST_ROW = """new MutationObserver((_, watch) => {
  if (!document.querySelector("[role=grid] [aria-rowindex='2']")) return;
  watch.disconnect();
  requestAnimationFrame(() => { window.firstRow = performance.now(); });
}).observe(document, { childList: true, subtree: true });"""
# Scrolls down one and a half screens per frame and notes how long each frame took.
_SCROLL = """async (tree) => {
  const took = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 240; frame++) {
    tree.scrollTop += 30 * (frame % 60 === 0 ? 200 : 1);
    const now = await new Promise(requestAnimationFrame);
    took.push(now - last);
    last = now;
  }
  return took;
}"""


def measure(folder: Path, calls: int, spans: int, visits: int) -> list[Figure]:
    """First content of the traces and of an evaluation list, the largest answer, and the frames of a large tree."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise RuntimeError("Chromium is not installed: `make chromium`")
    with processes.weft(folder / "ui") as server:
        for first in range(0, calls, _LOAD_BATCHES * BATCH):
            send_batches(server.port, _PROJECT, first, min(_LOAD_BATCHES, (calls - first) // BATCH))
        root = _store_tree(server.port, spans)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            base = f"http://127.0.0.1:{server.port}/{payloads.ENTITY}"
            seconds, sizes = _visits(browser, f"{base}/{_PROJECT}/weave/traces", visits)
            frames = _scrolled(browser, f"{base}/{_TREE}/r/call/{root}", spans)
            browser.close()
    slowest = max(seconds)
    return [
        Figure(
            f"first row of {calls:,} traces in a browser",
            statistics.median(seconds),
            "s p50",
            bound="<= 1",
            note=f"slowest of {visits} visits {slowest:.2f} s; nothing cached",
        ),
        Figure("largest answer to that page", max(sizes.values()) / 1000, "kB", bound="<= 200", note=_largest(sizes)),
        Figure(
            f"a frame while scrolling {spans:,} spans, p95",
            statistics.quantiles(frames, n=20)[18],
            "ms",
            note=f"median {statistics.median(frames):.0f} ms, longest {max(frames):.0f} ms; without a graphics card",
        ),
    ]


def _visits(browser: Browser, url: str, count: int) -> tuple[list[float], dict[str, int]]:
    """Seconds until the first row of each visit, and the largest body by path."""
    seconds: list[float] = []
    for _ in range(count):
        context = _signed_in(browser, url)
        context.add_init_script(_FIRST_ROW)
        page = context.new_page()
        page.goto(url, wait_until="commit")
        # Asking again and again would take the time of the page that is measured.
        time.sleep(_PATIENCE)
        seconds.append(page.evaluate("window.firstRow") / 1000)
        context.close()
    return seconds, _sizes(browser, url)


def _sizes(browser: Browser, url: str) -> dict[str, int]:
    """The bytes of each path's largest body, as a visit asks for it."""
    sizes: dict[str, int] = {}
    page = _signed_in(browser, url).new_page()
    answers = _answers_to(page)
    page.goto(url)
    page.locator("[role=grid] [aria-rowindex='2']").wait_for()
    page.wait_for_load_state("networkidle")
    for answer in answers:
        # Scripts and styles are kept by browsers; these are what lists are made of.
        if "/assets/" not in answer.url:
            path = answer.url.split("?")[0].partition("//")[2].partition("/")[2]
            sizes[path] = max(sizes.get(path, 0), len(answer.body()))
    page.context.close()
    return sizes


def _signed_in(browser: Browser, url: str) -> BrowserContext:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    answer = context.request.post("/weft/v1/session", data={"key": KEY})
    assert answer.ok, answer.text()
    return context


def _answers_to(page: Page) -> list[Response]:
    """A list that grows with each answer."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    return answers


def _scrolled(browser: Browser, url: str, spans: int) -> list[float]:
    """Milliseconds of each frame."""
    page = _signed_in(browser, url).new_page()
    page.goto(url)
    page.get_by_text(f"{spans:,} spans").wait_for(timeout=60_000)
    page.get_by_role("button", name="Open all").click()
    tree = page.get_by_role("tree", name="Trace")
    tree.get_by_role("treeitem").nth(5).wait_for()
    took: list[float] = tree.evaluate(_SCROLL)
    page.close()
    return took


def _largest(sizes: dict[str, int]) -> str:
    path = max(sizes, key=lambda name: sizes[name])
    return f"/{path}, {len(sizes)} paths asked"


def _store_tree(port: int, spans: int) -> str:
    """One trace, fifty leaves to a branch; the id of its root."""
    calls: list[dict[str, Any]] = [payloads.call(_TREE, 0)]
    root = branch = calls[0]
    for number in range(1, spans):
        leaf = payloads.call(_TREE, number)
        started = payloads.START + timedelta(milliseconds=10 * number)
        leaf |= {
            "trace_id": root["trace_id"],
            "parent_id": (branch if number % 50 else root)["id"],
            "started_at": started.isoformat(),
            "ended_at": (started + timedelta(milliseconds=9)).isoformat(),
        }
        calls.append(leaf)
        if number % 50 == 0:
            branch = leaf
    for first in range(0, spans, 500):
        ask(port, post(f"/v2/{payloads.ENTITY}/{_TREE}/calls/complete", {"batch": calls[first : first + 500]}))
    return str(root["id"])
