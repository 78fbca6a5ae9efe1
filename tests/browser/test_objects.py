"""Datasets and objects: found by kind, opened, compared, labelled, edited into a new version, deleted."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import documented, screenshot
from tests.browser.sdk_data import SDK_PROJECT
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/objects"
ATTACK = "<img src=x onerror=\"document.title='owned'\">"


class Shelf:
    """Publishes objects over plain HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def publish(self, name: str, value: object) -> str:
        return str(
            self.post("/obj/create", {"obj": {"project_id": PROJECT, "object_id": name, "val": value}})["digest"]
        )

    def dataset(self, name: str, rows: list[dict[str, Any]]) -> str:
        table = self.post("/table/create", {"table": {"project_id": PROJECT, "rows": rows}})["digest"]
        ref = f"weave:///{PROJECT}/table/{table}"
        bases = {"_type": "Dataset", "_class_name": "Dataset", "_bases": ["Object", "BaseModel"]}
        return self.publish(name, {**bases, "name": name, "description": None, "rows": ref})

    def rows_of(self, name: str, version: str = "latest") -> list[Any]:
        read = {"project_id": PROJECT, "object_id": name, "digest": version}
        table = self.post("/obj/read", read)["obj"]["val"]["rows"].rpartition("/")[2]
        return [row["val"] for row in self.post("/table/query", {"project_id": PROJECT, "digest": table})["rows"]]


@pytest.fixture(scope="module")
def shelf(client: httpx.Client) -> Shelf:
    """Many small objects and a long dataset of long rows."""
    shelf = Shelf(client)
    for number in range(60):
        shelf.publish(f"setting-{number:02}", {"number": number})
    rows = [{"question": f"question {number}", "long": "word " * 4000, "level": -number} for number in range(400)]
    shelf.dataset("long-set", rows)
    return shelf


def test_what_the_sdk_published_is_found_by_kind(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto(f"/{SDK_PROJECT}/weave/objects")
    grid = page.get_by_role("grid", name="Objects")
    expect(grid.get_by_role("link", name="support-questions")).to_be_visible()
    kinds = page.get_by_role("navigation", name="Kinds of objects")
    expect(kinds.get_by_role("link", name="Models 2")).to_be_visible()
    documented(page, "objects")
    kinds.get_by_role("link", name="Datasets 1").click()
    expect(page).to_have_url(re.compile("kind=dataset"))
    expect(grid.get_by_text("2 versions")).to_be_visible()
    expect(grid.get_by_role("row").get_by_role("link")).to_have_count(1)
    page.go_back()
    expect(grid.get_by_role("link", name="small-bot")).to_be_visible()
    page.goto(f"/{SDK_PROJECT}/weave/prompts")
    grid.get_by_role("link", name="support-prompt").click()
    expect(page.get_by_role("heading", name="support-prompt v0")).to_be_visible()
    expect(
        page.get_by_role("list", name="Conversation").get_by_text("You are a friendly support agent.")
    ).to_be_visible()


def test_a_dataset_of_the_sdk_shows_rows_versions_use_and_code(
    page: Page, sdk_project: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    width = request.node.callspec.params["page"]
    page.goto(f"/{SDK_PROJECT}/weave/objects/support-questions")
    rows = page.get_by_role("grid", name="Rows")
    expect(rows.get_by_text("Question 1: how do I get help with my delivery?")).to_be_visible()
    expect(rows).to_have_attribute("aria-rowcount", "16")
    documented(page, "object")
    screenshot(page, f"object-rows-{width}")
    page.get_by_role("button", name="Use in code").click()
    expect(page.get_by_text(re.compile(r'weave\.ref\("support-questions:\w+"\)\.get\(\)'))).to_be_visible()
    page.get_by_role("button", name="TypeScript").click()
    expect(page.get_by_text("weave.ObjectRef.fromUri(")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Use").click()
    page.get_by_role("button", name="Any version").click()
    runs = page.get_by_role("grid", name="Evaluation runs")
    expect(runs).to_have_attribute("aria-rowcount", "4")
    screenshot(page, f"object-use-{width}")
    page.get_by_role("button", name="What changed").click()
    expect(page.get_by_text("4 added", exact=True)).to_be_visible()
    expect(page.get_by_text("1 removed", exact=True)).to_be_visible()
    expect(page.get_by_text("11 the same", exact=True)).to_be_visible()
    documented(page, "object-diff")


def test_models_and_ops_of_the_sdk_show_their_code(
    page: Page, sdk_project: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    page.goto(f"/{SDK_PROJECT}/weave/objects/small-bot")
    expect(page.get_by_text("gpt-4o-mini").first).to_be_visible()
    code = page.get_by_label("python code")
    expect(code).to_contain_text("def predict(self, question: str, topic: str)")
    screenshot(page, f"object-model-{request.node.callspec.params['page']}")
    page.get_by_role("link", name=re.compile("SupportBot.predict v0")).click()
    expect(page.get_by_role("heading", name="SupportBot.predict v0")).to_be_visible()
    expect(code).to_contain_text("TimeoutError")
    page.get_by_role("tab", name="Use").click()
    calls = page.get_by_role("grid", name="Calls")
    calls.get_by_role("link", name="SupportBot.predict").first.click()
    expect(page.get_by_role("tree", name="Trace")).to_be_visible()
    page.go_back()
    expect(calls.get_by_role("link", name="SupportBot.predict").first).to_be_visible()


def test_the_list_is_searched_sorted_paged_and_small(page: Page, shelf: Shelf) -> None:
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if "/weft/v1/" in answer.url else None)
    page.goto(f"/{PROJECT}/weave/objects?sort=name")
    grid = page.get_by_role("grid", name="Objects")
    expect(grid.get_by_role("link", name="setting-00")).to_be_visible()
    for _ in range(40):
        grid.evaluate("element => element.scrollTo(0, element.scrollHeight)")
        if grid.get_by_text("setting-59").is_visible():
            break
        page.wait_for_timeout(100)
    expect(grid.get_by_text("setting-59")).to_be_visible()
    page.get_by_role("searchbox", name="Search by name or class").fill("TING-42")
    expect(page.get_by_text("1 object with “TING-42”")).to_be_visible()
    expect(page).to_have_url(re.compile("q=TING-42"))
    page.reload()
    expect(grid.get_by_role("link", name="setting-42")).to_be_visible()
    page.get_by_role("searchbox", name="Search by name or class").fill("no such thing")
    page.get_by_role("button", name="Clear the search").click()
    expect(grid.get_by_role("link", name="setting-00")).to_be_visible()
    assert sizes
    assert max(sizes) < 200_000


def test_long_rows_are_paged_sorted_and_opened_whole(page: Page, shelf: Shelf) -> None:
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if "/tables/rows" in answer.url else None)
    page.goto(f"/{PROJECT}/weave/objects/long-set")
    rows = page.get_by_role("grid", name="Rows")
    expect(rows.get_by_text("question 0", exact=True)).to_be_visible()
    expect(rows).to_have_attribute("aria-rowcount", "401")
    page.goto(f"/{PROJECT}/weave/objects/long-set?sort=level")
    expect(rows.get_by_text("question 399", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Row 399")
    expect(dialog.get_by_role("button", name=re.compile("more of 20,000 characters"))).to_be_visible()
    expect(page).to_have_url(re.compile("row=399"))
    dialog.get_by_role("button", name="Before").click()
    expect(page.get_by_role("dialog", name="Row 398").get_by_text("question 398")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert max(sizes) < 200_000


def test_rows_are_edited_removed_and_added_into_a_new_version(page: Page, shelf: Shelf) -> None:
    name = f"edited-{new_id()}"
    shelf.dataset(name, [{"q": f"row {number}", "n": number} for number in range(4)])
    page.goto(f"/{PROJECT}/weave/objects/{name}?row=1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Edit").click()
    dialog.get_by_label("The row as JSON").fill("[1]")
    dialog.get_by_role("button", name="Keep in the draft").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A row is an object")
    dialog.get_by_label("The row as JSON").fill('{"q": "mended", "n": 1.5}')
    dialog.get_by_role("button", name="Keep in the draft").click()
    expect(dialog.get_by_text("Edited in the draft, not published.")).to_be_visible()
    dialog.get_by_role("button", name="Next").click()
    page.get_by_role("dialog", name="Row 2").get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("dialog").get_by_label("The row as JSON").fill('{"q": "fresh"}')
    page.get_by_role("dialog").get_by_role("button", name="Keep in the draft").click()
    # A draft is not lost with the page.
    page.reload()
    expect(page.get_by_text("3 changes not published")).to_be_visible()
    expect(page.get_by_role("grid", name="Rows").get_by_text("mended")).to_be_visible()
    page.get_by_role("button", name="Publish as a new version").click()
    expect(page.get_by_role("heading", name=f"{name} v1")).to_be_visible()
    expect(page.get_by_text("4 rows", exact=True)).to_be_visible()
    wanted = [{"q": "row 0", "n": 0}, {"q": "mended", "n": 1.5}, {"q": "row 3", "n": 3}, {"q": "fresh"}]
    assert shelf.rows_of(name) == wanted
    assert len(shelf.rows_of(name, "v0")) == 4


def test_two_chosen_versions_are_compared(page: Page, shelf: Shelf) -> None:
    name = f"prompted-{new_id()}"
    for word in ("kind", "brief", "exact"):
        shelf.publish(name, {"temperature": len(word), "prompt": f"You are\n{word}\nand helpful.\n{ATTACK}"})
    page.goto(f"/{PROJECT}/weave/objects/{name}?tab=versions")
    expect(page.get_by_role("grid", name="Versions").get_by_role("link", name="v0")).to_be_visible()
    boxes = page.get_by_role("grid", name="Versions").get_by_role("checkbox", name="Select this row")
    boxes.nth(0).click()
    boxes.nth(2).click()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="2 changes")).to_be_visible()
    lines = page.get_by_label("Lines that differ")
    expect(lines).to_contain_text("-kind")
    expect(lines).to_contain_text("+exact")
    page.keyboard.press("s")
    expect(lines).to_contain_text("-exact")
    page.go_back()
    expect(lines).to_contain_text("+exact")
    assert page.title() != "owned"


def test_labels_are_set_and_taken_and_a_version_is_deleted(page: Page, shelf: Shelf) -> None:
    name = f"labelled-{new_id()}"
    for number in range(2):
        shelf.publish(name, {"n": number})
    page.goto(f"/{PROJECT}/weave/objects/{name}/versions/v0")
    labels = page.get_by_role("group", name="Tags and aliases")
    for what, label in (("tag", "reviewed"), ("alias", "production")):
        labels.get_by_role("button", name="Tag or alias").click()
        form = page.get_by_role("dialog", name="Add a tag or an alias")
        form.get_by_label("What").select_option(what)
        form.get_by_label("Name").fill(label)
        form.get_by_role("button", name="Add").click()
        expect(labels.get_by_text(label, exact=True)).to_be_visible()
    page.goto(f"/{PROJECT}/weave/objects/{name}/versions/production")
    expect(page.get_by_role("heading", name=f"{name} v0")).to_be_visible()
    labels.get_by_role("button", name="Remove the tag reviewed").click()
    expect(labels.get_by_text("reviewed")).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete this version").click()
    expect(page.get_by_role("heading", name="Datasets & objects")).to_be_visible()
    answer = shelf.client.post("/obj/read", json={"project_id": PROJECT, "object_id": name, "digest": "v0"})
    assert answer.status_code == 404


def test_hostile_rows_and_values_are_inert(page: Page, shelf: Shelf) -> None:
    rows: list[dict[str, Any]] = [{"html": ATTACK, ATTACK: "שלום 🙂", "link": "javascript:alert(1)"}]
    shelf.dataset("hostile-set", rows)
    page.goto(f"/{PROJECT}/weave/objects/hostile-set")
    expect(page.get_by_role("grid", name="Rows").get_by_text("שלום 🙂")).to_be_visible()
    page.goto(f"/{PROJECT}/weave/objects/hostile-set?row=0")
    expect(page.get_by_role("dialog").get_by_text("javascript:alert(1)")).to_be_visible()
    shelf.publish("hostile", {"__proto__": {"polluted": ATTACK}, "constructor": ATTACK})
    page.goto(f"/{PROJECT}/weave/objects/hostile")
    expect(page.get_by_text("polluted")).to_be_visible()
    assert page.evaluate("({}).polluted") is None
    assert page.title() != "owned"
    assert page.locator("a[href^='javascript:']").count() == 0


def test_what_is_not_there_says_what_to_do(page: Page, shelf: Shelf) -> None:
    page.goto(f"/{PROJECT}/weave/models")
    expect(page.get_by_role("heading", name="No model published yet")).to_be_visible()
    expect(page.get_by_label("python code")).to_contain_text("class Greeter(weave.Model)")
