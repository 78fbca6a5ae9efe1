"""Annotation queues as people make them, fill them, and work through them, alone and two at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.accessibility import problems
from tests.browser.conftest import WIDTHS, documented, screenshot
from tests.browser.sdk_data import SDK_PROJECT
from tests.live import LiveServer
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/annotation"
OPERATORS_KEY = "k" * 40


class Desk:
    """A project with calls to look at, and queues of them."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def post(self, path: str, **body: Any) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calls(self, count: int, **fields: Any) -> list[str]:
        start = datetime.now(UTC) - timedelta(hours=1)
        batch = [
            {
                "project_id": PROJECT,
                "id": new_id(),
                "trace_id": new_id(),
                "op_name": "answer",
                "started_at": (start + timedelta(seconds=number)).isoformat(),
                "ended_at": (start + timedelta(seconds=number + 1)).isoformat(),
                "attributes": {},
                "inputs": {"messages": [{"role": "user", "content": f"Where is order {number}?"}]},
                "output": {"role": "assistant", "content": f"Order {number} is on its way."},
                "summary": {},
                **fields,
            }
            for number in range(count)
        ]
        self.client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": batch}).raise_for_status()
        return [str(call["id"]) for call in batch]

    def spec(self, object_id: str, schema: dict[str, Any], **val: str) -> str:
        obj = {"project_id": PROJECT, "object_id": object_id, "val": {"field_schema": schema, **val}}
        digest = self.post("/obj/create", obj={**obj, "builtin_object_class": "AnnotationSpec"})["digest"]
        return f"weave:///{PROJECT}/object/{object_id}:{digest}"

    def queue(self, name: str, refs: list[str], calls: list[str], fields: list[str] | None = None) -> str:
        body = {"project_id": PROJECT, "name": name, "description": "Judge as a customer would.", "scorer_refs": refs}
        queue = str(self.post("/annotation_queues", **body)["id"])
        added = {"project_id": PROJECT, "call_ids": calls, "display_fields": fields or ["inputs", "output"]}
        self.post(f"/annotation_queues/{queue}/items", **added)
        return queue

    def states(self, queue: str, project: str = PROJECT) -> list[str]:
        found = self.post(f"/annotation_queues/{queue}/items/query", project_id=project)["items"]
        return [item["annotation_state"] for item in found]

    def said(self, queue: str, project: str = PROJECT) -> list[tuple[str, Any]]:
        in_queue = {"$expr": {"$eq": [{"$getField": "queue_id"}, {"$literal": queue}]}}
        found = self.post("/feedback/query", project_id=project, query=in_queue)["result"]
        return sorted(
            (row["feedback_type"].rpartition(".")[2], str(next(iter(row["payload"].values())))) for row in found
        )


@pytest.fixture(scope="module")
def desk(client: httpx.Client) -> Desk:
    return Desk(client)


def chosen(page: Page, question: str, answer: str) -> None:
    """Wait until an answer to a question is chosen."""
    button = page.get_by_role("group", name=re.compile(f"^{re.escape(question)}")).get_by_role(
        "button", name=answer, exact=True
    )
    expect(button).to_have_attribute("aria-pressed", "true")


def ready(page: Page) -> None:
    """Wait until an item can be answered."""
    expect(page.get_by_role("form", name="Rubric")).to_be_visible()


def shows(page: Page, text: str) -> None:
    """Wait until an item whose call holds the text can be answered."""
    expect(page.get_by_text(text)).to_be_visible()
    ready(page)


def progress(page: Page, done: int, total: int) -> None:
    """Wait until so many items are finished and the next can be answered."""
    bar = page.get_by_role("progressbar", name="Items finished")
    expect(bar).to_have_attribute("aria-valuenow", str(done))
    expect(bar).to_have_attribute("aria-valuemax", str(total))
    ready(page)


def test_a_queue_is_made_filled_from_traces_and_worked_through_by_keys(
    page: Page, desk: Desk, sdk_project: dict[str, Any]
) -> None:
    name, question = f"Queue {new_id()}", f"Kind {new_id()[-6:]}"
    page.goto(f"/{SDK_PROJECT}/weave/queues")
    page.get_by_role("button", name="New queue").click()
    dialog = page.get_by_role("dialog", name="New annotation queue")
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("checkbox", name="Quality: 1 to 5").check()
    dialog.get_by_role("button", name="New question").click()
    dialog.get_by_role("textbox", name="Question").fill(question)
    dialog.get_by_role("button", name="Add question").click()
    expect(dialog.get_by_role("checkbox", name=f"{question}: yes or no")).to_be_checked()
    dialog.get_by_role("button", name="Make the queue").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing is in this queue yet")).to_be_visible()
    queue = page.url.rpartition("/")[2].partition("?")[0]

    page.goto(f"/{SDK_PROJECT}/weave/traces")
    expect(page.get_by_role("grid", name="Traces").locator("[aria-rowindex='2']")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.get_by_role("button", name="Add to queue").click()
    page.get_by_role("dialog").get_by_label("Queue").select_option(label=name)
    page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("3 calls added.")).to_be_visible()

    page.goto(f"/{SDK_PROJECT}/weave/queues/{queue}/annotate")
    progress(page, 0, 3)
    page.keyboard.press("4")
    chosen(page, "Quality", "4")
    page.keyboard.press("1")
    chosen(page, question, "Yes")
    page.keyboard.press("Enter")
    progress(page, 1, 3)
    page.keyboard.press("s")
    progress(page, 2, 3)
    page.keyboard.press("2")
    page.keyboard.press("2")
    chosen(page, question, "No")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    expect(page.get_by_text("2 completed, 1 skipped").first).to_be_visible()
    assert sorted(desk.states(queue, SDK_PROJECT)) == ["completed", "completed", "skipped"]
    values = [value for _, value in desk.said(queue, SDK_PROJECT)]
    assert sorted(values) == ["2", "4", "False", "True"]


def test_one_goes_back_and_says_something_else(page: Page, desk: Desk) -> None:
    ref = desk.spec(
        "helpful", {"enum": ["yes", "partly", "no"]}, name="Helpful", description="Did it help the customer?"
    )
    scale = desk.spec("tone", {"type": "integer", "minimum": 1, "maximum": 5}, name="Tone")
    queue = desk.queue("Answers about orders", [ref, scale], desk.calls(3))
    page.goto(f"/{PROJECT}/weave/queues/{queue}/annotate")
    shows(page, "Where is order 0?")
    page.keyboard.press("u")
    expect(page.get_by_text("You have finished nothing in this queue yet.")).to_be_visible()
    # What is not answered is said, and nothing is sent.
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Answer this, or skip the item.")).to_be_visible()
    page.keyboard.press("5")
    chosen(page, "Tone", "5")
    # What was chosen outlives leaving the page.
    page.reload()
    chosen(page, "Helpful", "no")
    chosen(page, "Tone", "5")
    screenshot(page, f"annotation-{page.evaluate('innerWidth')}")
    documented(page, "annotation")
    assert problems(page) == []
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Note").fill("It answers a question nobody asked.")
    page.get_by_role("textbox", name="Note").press("Control+Enter")
    shows(page, "Where is order 1?")
    page.keyboard.press("s")
    shows(page, "Where is order 2?")
    progress(page, 2, 3)

    page.keyboard.press("u")
    shows(page, "Where is order 1?")
    page.keyboard.press("u")
    shows(page, "Where is order 0?")
    progress(page, 0, 3)
    chosen(page, "Helpful", "no")
    expect(page.get_by_role("textbox", name="Note")).to_have_value("It answers a question nobody asked.")
    page.get_by_role("button", name="yes", exact=True).click()
    page.get_by_role("textbox", name="Note").fill("")
    page.get_by_role("button", name="Submit").click()
    shows(page, "Where is order 1?")
    for _ in range(2):
        at = page.get_by_role("link", name="Its trace").get_attribute("href")
        ready(page)
        page.keyboard.press("2")
        page.keyboard.press("2")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Its trace").and_(page.locator(f"[href='{at}']"))).to_have_count(0)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert desk.states(queue) == ["completed"] * 3
    assert desk.said(queue) == [
        ("helpful", "partly"),
        ("helpful", "partly"),
        ("helpful", "yes"),
        ("tone", "2"),
        ("tone", "2"),
        ("tone", "5"),
    ]


def test_a_queue_shows_its_items_and_takes_more(page: Page, desk: Desk) -> None:
    mark = new_id()[-8:]
    first = desk.calls(60, output={"answer": {"text": f"hello {mark}"}, "long": "x" * 20_000})
    desk.calls(2, inputs={"question": f"added {mark}"})
    ref = desk.spec("helpful", {"enum": ["yes", "partly", "no"]}, name="Helpful")
    desk.queue(f"Delivery {mark}", [ref], first, ["output.answer.text"])
    sizes: list[int] = []

    def weigh(route: Route) -> None:
        answer = route.fetch()
        sizes.append(len(answer.body()))
        route.fulfill(response=answer)

    page.route(re.compile("/items/query|/previews|/work"), weigh)
    page.goto(f"/{PROJECT}/weave/queues")
    grid = page.get_by_role("grid", name="Annotation queues")
    expect(grid.get_by_role("link", name=f"Delivery {mark}", exact=True)).to_be_visible()
    screenshot(page, f"queues-{page.evaluate('innerWidth')}")
    documented(page, "queues")
    assert problems(page) == []
    grid.get_by_role("link", name=f"Delivery {mark}", exact=True).click()
    items = page.get_by_role("grid", name="Items")
    expect(items.get_by_text(f"hello {mark}", exact=False).first).to_be_visible()
    expect(page.get_by_text("1–50 of 60")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("51–60 of 60")).to_be_visible()
    page.get_by_role("button", name="Completed").click()
    expect(page.get_by_role("heading", name="No item is in this state")).to_be_visible()
    expect(page).to_have_url(re.compile("state=completed"))
    page.get_by_role("button", name="Show all items").click()

    page.get_by_role("button", name="Add calls").first.click()
    dialog = page.get_by_role("dialog", name="Add calls")
    dialog.get_by_role("searchbox").fill(f"added {mark}")
    rows = dialog.get_by_role("grid", name="Calls to add")
    expect(rows).to_have_attribute("aria-rowcount", "3")
    for at in (2, 3):
        rows.locator(f"[aria-rowindex='{at}']").get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Add 2 calls").click()
    expect(page.get_by_text("2 calls added.")).to_be_visible()
    expect(page.get_by_text("1–50 of 62")).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("dialog").get_by_label("Instructions").fill("Other instructions.")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Other instructions.")).to_be_visible()
    screenshot(page, f"queue-{page.evaluate('innerWidth')}")
    assert problems(page) == []
    page.keyboard.press("a")
    # The field that was chosen for the queue comes first; the rest is one press away.
    expect(page.get_by_role("button", name="Chosen fields")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(f"hello {mark}", exact=True)).to_be_visible()
    assert max(sizes) < 200_000


def test_hostile_and_deleted_calls_do_not_stop_anybody(page: Page, desk: Desk, client: httpx.Client) -> None:
    hostile = {"html": "<script>document.title='owned'</script>", "__proto__": {"x": 1}, "rtl": "שלום 🙂"}
    calls = [*desk.calls(1, inputs=hostile, exception="ValueError: no"), *desk.calls(1)]
    queue = desk.queue(f"<b>{new_id()[-6:]}</b>", [desk.spec("free", {"type": "string"}, name="Anything")], calls)
    assert client.post("/calls/delete", json={"project_id": PROJECT, "call_ids": [calls[1]]}).status_code == 200
    page.goto(f"/{PROJECT}/weave/queues/{queue}/annotate")
    expect(page.get_by_text("<script>", exact=False).first).to_be_visible()
    expect(page).not_to_have_title("owned")
    page.get_by_role("textbox", name="Anything").fill("Enter in a text\nis a new line")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="This call is gone")).to_be_visible()
    ready(page)
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert desk.said(queue) == [("free", "Enter in a text\nis a new line")]


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that asks who one is."""
    live = LiveServer(tmp_path_factory.mktemp("keyed") / "data", WEFT_AUTH="keys", WEFT_ADMIN_KEY=OPERATORS_KEY)
    live.start()
    yield live
    live.stop()


@pytest.mark.parametrize("width", WIDTHS)
def test_two_people_empty_a_queue_and_never_get_the_same_item(chromium: Browser, keyed: LiveServer, width: str) -> None:
    with httpx.Client(base_url=keyed.url, auth=("api", OPERATORS_KEY), timeout=60) as operator:
        desk = Desk(operator)
        ref = desk.spec("right", {"type": "boolean"}, name="Is it right?")
        calls = desk.calls(7)
        queue = desk.queue("Together", [ref], calls)
        pages: dict[str, Page] = {}
        for name in ("ann", "bob"):
            made = operator.post("/weft/v1/keys", json={"username": name, "role": "annotator", "scope": PROJECT})
            context = chromium.new_context(base_url=keyed.url, viewport={"width": WIDTHS[width], "height": 900})
            assert context.request.post("/weft/v1/session", data={"key": made.json()["key"]}).ok
            pages[name] = context.new_page()
            pages[name].goto(f"/{PROJECT}/weave/queues/{queue}/annotate")
        given = work_in_turns(pages)
        assert given["ann"].isdisjoint(given["bob"])
        assert given["ann"] | given["bob"] == set(calls)
        assert desk.states(queue) == ["completed"] * 7
        assert len(desk.said(queue)) == 7
        for name, page in pages.items():
            expect(page.get_by_text("All 7 items are finished: 7 completed, 0 skipped.")).to_be_visible()
            people = page.get_by_role("list", name="Who did what")
            expect(people.get_by_text(f"{name} (you)")).to_be_visible()
            expect(people.get_by_role("listitem")).to_have_count(2)
            screenshot(page, f"two-annotators-{name}-{width}")
            page.context.close()


def work_in_turns(pages: dict[str, Page]) -> dict[str, set[str]]:
    """Answer item by item, one person after the other, until all is done; the calls that each was given."""
    given: dict[str, set[str]] = {name: set() for name in pages}
    link = "Its trace"
    for turn in range(7):
        name = ("ann", "bob")[turn % 2]
        page = pages[name]
        trace = page.get_by_role("link", name=link)
        href = trace.get_attribute("href") or ""
        ready(page)
        given[name].add(href.rpartition("/")[2])
        if turn == 6:
            # Ann has the last one on her screen, and Bob is told so.
            waiting = pages["bob"].get_by_role("list", name="Who has what")
            expect(waiting.get_by_text("ann")).to_be_visible()
            screenshot(pages["bob"], f"waiting-for-ann-{page.evaluate('innerWidth')}")
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        expect(page.locator(f"a[href='{href}']")).to_have_count(0)
    for page in pages.values():
        expect(page.get_by_role("heading", name="All done")).to_be_visible()
    return given
