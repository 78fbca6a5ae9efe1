"""A real Chromium on a real server that holds a small evaluation, written over plain HTTP."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.keyed_server import keyed
from tests.browser.sdk_data import sdk_project
from tests.live import LiveServer
from weft.core.ids import new_id

__all__ = ["keyed", "sdk_project"]

PROJECT = "browser/demo"
SCREENSHOTS = Path(__file__).parent.parent.parent / "test-output" / "screenshots"
DOCUMENTS = Path(__file__).parent.parent.parent / "docs" / "ui" / "images"
WIDTHS = {"wide": 1280, "narrow": 390}

# What is there is found at once; the rest of the time is for machines that are busy.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; nothing is downloaded."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path, "Chromium is not installed: apt-get install chromium"
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with the data of `write_data`."""
    live = LiveServer(tmp_path_factory.mktemp("browser") / "data")
    live.start()
    yield live
    live.stop()


@pytest.fixture(scope="session")
def client(server: LiveServer) -> Iterator[httpx.Client]:
    """Speaks to the server as a program would, to write what a journey looks at."""
    with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def data(server: LiveServer) -> dict[str, str]:
    """Ids of what was written."""
    with httpx.Client(base_url=server.url, auth=("api", "key"), timeout=30) as client:
        return write_data(client)


@pytest.fixture(params=list(WIDTHS))
def page(chromium: Browser, server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page at each width that fails the test when its scripts fail."""
    context = chromium.new_context(
        base_url=server.url, viewport={"width": WIDTHS[request.param], "height": 900}, color_scheme="light"
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    screenshot(page, request.node.name.replace("[", "-").rstrip("]"))
    context.close()
    assert not problems


def screenshot(page: Page, name: str) -> None:
    """Keep what the page shows, in light and in dark, as `test-output/screenshots/<name>[-dark].png`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.screenshot(path=SCREENSHOTS / f"{name}-dark.png")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def kept(page: Page, name: str) -> None:
    """A screenshot in the middle of a journey, one for each width."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    screenshot(page, f"{name}-{next((label for label, size in WIDTHS.items() if size == width), width)}")


def documented(page: Page, place: str) -> None:
    """Keep the page as the picture of a place in the docs, when these are made (`make ui-docs`)."""
    viewport = page.viewport_size
    if not os.environ.get("WEFT_UI_DOCS") or viewport is None or viewport["width"] != WIDTHS["wide"]:
        return
    DOCUMENTS.mkdir(parents=True, exist_ok=True)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.screenshot(path=DOCUMENTS / f"{place}.png")


def write_data(client: httpx.Client) -> dict[str, str]:
    """A run with predictions and scores, a failed trace with hostile content, and an object in two versions."""

    def post(path: str, body: dict[str, object]) -> dict[str, str]:
        answer = client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    base = f"/v2/{PROJECT}"
    post("/obj/create", {"obj": {"project_id": PROJECT, "object_id": "settings", "val": {"threshold": 0.5}}})
    version = post("/obj/create", {"obj": {"project_id": PROJECT, "object_id": "settings", "val": {"threshold": 0.7}}})
    dataset = post(f"{base}/datasets", {"name": "questions", "rows": [{"q": "2+2"}, {"q": "3+3"}]})
    model = post(f"{base}/models", {"name": "adder", "source_code": "# adds"})
    scorer = post(f"{base}/scorers", {"name": "exact", "op_source_code": "# compares"})
    dataset_ref = f"weave:///{PROJECT}/object/{dataset['object_id']}:{dataset['digest']}"
    evaluation = post(f"{base}/evaluations", {"name": "sums", "dataset": dataset_ref, "scorers": [scorer["scorer"]]})
    run = post(f"{base}/evaluation_runs", {"evaluation": evaluation["evaluation_ref"], "model": model["model_ref"]})[
        "evaluation_run_id"
    ]
    prediction = ""
    for question, answer, right in (("2+2", 4, True), ("3+3", 7, False)):
        prediction = post(
            f"{base}/predictions",
            {"model": model["model_ref"], "inputs": {"q": question}, "output": answer, "evaluation_run_id": run},
        )["prediction_id"]
        score = {"prediction_id": prediction, "scorer": scorer["scorer"], "value": right, "evaluation_run_id": run}
        post(f"{base}/scores", score)
        client.post(f"{base}/predictions/{prediction}/finish")
    post(f"{base}/evaluation_runs/{run}/finish", {})
    failed = {
        "project_id": PROJECT,
        "id": new_id(),
        "trace_id": new_id(),
        "op_name": "fails",
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:01Z",
        "attributes": {},
        "inputs": {"html": "<script>document.title='owned'</script>", "__proto__": {"x": 1}, "rtl": "שלום 🙂"},
        "summary": {},
        "exception": '{"type":"ValueError","message":"no such thing"}',
    }
    post(f"{base}/calls/complete", {"batch": [failed]})
    post("/calls/score", {"project_id": PROJECT, "call_ids": [prediction], "scorer_refs": [scorer["scorer"]]})
    return {"run": run, "prediction": prediction, "failed": str(failed["id"]), "digest": version["digest"]}
