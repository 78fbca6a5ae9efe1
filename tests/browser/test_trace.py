"""One trace, as people look at it: tree and timeline, conversations, pictures, failures, feedback, many spans."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import documented
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/trace"
START = datetime(2026, 1, 1, tzinfo=UTC)
TRACEBACK = 'Traceback (most recent call last):\n  File "shop.py", line 4, in lookup\nTimeoutError: too slow'
SPANS = 10_000


def call(trace: str, parent: str | None, name: str, begin: int, end: int, **fields: Any) -> dict[str, Any]:
    return {
        "project_id": PROJECT,
        "id": new_id(),
        "trace_id": trace,
        "parent_id": parent,
        "op_name": name,
        "started_at": (START + timedelta(milliseconds=begin)).isoformat(),
        "ended_at": (START + timedelta(milliseconds=end)).isoformat(),
        "attributes": {},
        "inputs": {},
        "summary": {},
        **fields,
    }


def write(client: httpx.Client, calls: list[dict[str, Any]]) -> None:
    for at in range(0, len(calls), 1000):
        answer = client.post(f"/v2/{PROJECT}/calls/complete", json={"batch": calls[at : at + 1000]})
        assert answer.status_code == 200, answer.text


def picture() -> bytes:
    """A small PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    side = 32
    rows = b"".join(
        b"\0" + bytes((row * 8, column * 8, 128)[part] for column in range(side) for part in range(3))
        for row in range(side)
    )
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def shop(client: httpx.Client) -> dict[str, str]:
    """An agent that asks a model, which calls a tool, which fails; ids by name."""
    upload = client.post("/file/create", data={"project_id": PROJECT}, files={"file": ("image.png", picture())})
    stored = {
        "_type": "CustomWeaveType",
        "weave_type": {"type": "PIL.Image.Image"},
        "files": {"image.png": upload.json()["digest"]},
    }
    inline = "data:image/png;base64," + base64.b64encode(picture()).decode()
    trace = new_id()
    agent = call(
        trace,
        None,
        "agent",
        0,
        2000,
        inputs={"question": "Where is my order?"},
        summary={"status_counts": {"error": 1}},
    )
    tool_call = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": '{"order": 4711}'}}
    said = {
        "role": "user",
        "content": [{"type": "text", "text": "Where is it?"}, {"type": "image_url", "image_url": {"url": inline}}],
    }
    model = call(
        trace,
        agent["id"],
        "openai.chat.completions.create",
        10,
        900,
        inputs={"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "Be brief."}, said]},
        output={"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [tool_call]}}]},
        summary={"usage": {"gpt-4o-mini": {"prompt_tokens": 1000, "completion_tokens": 50, "requests": 1}}},
    )
    failure = json.dumps({"type": "TimeoutError", "message": "too slow", "traceback": TRACEBACK})
    tool = call(
        trace, agent["id"], "tool.lookup", 950, 1900, inputs={"order": 4711, "photo": stored}, exception=failure
    )
    write(client, [tool, model, agent])
    return {"agent": agent["id"], "model": model["id"], "tool": tool["id"]}


@pytest.fixture(scope="module")
def crawl(client: httpx.Client) -> dict[str, str]:
    """A trace of 10 000 spans, a chain of branches with leaves; one of them holds a needle."""
    trace = new_id()
    root = call(trace, None, "crawl", 0, SPANS * 10)
    calls, branch = [root], root
    for number in range(1, SPANS):
        parent = branch if number % 50 else root
        leaf = call(
            trace,
            parent["id"],
            f"page {number}",
            number * 10,
            number * 10 + 9,
            inputs={"text": "needle" if number == 7777 else "hay"},
        )
        calls.append(leaf)
        if number % 50 == 0:
            branch = leaf
    write(client, calls)
    return {"root": root["id"], "needle": calls[7777]["id"]}


def test_the_tree_shows_order_failures_and_costs(page: Page, shop: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/{shop['agent']}")
    tree = page.get_by_role("tree", name="Trace")
    expect(tree.get_by_role("treeitem")).to_have_count(3)
    names = tree.get_by_role("treeitem").locator("bdi").all_inner_texts()
    assert names == ["agent", "openai.chat.completions.create", "tool.lookup"]
    expect(page.get_by_text("3 spans")).to_be_visible()
    expect(page.get_by_text("Where is my order?").first).to_be_visible()


def test_a_model_call_is_a_conversation_with_pictures_and_tools(page: Page, shop: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/{shop['model']}")
    chat = page.get_by_role("list", name="Conversation")
    expect(chat.get_by_text("Be brief.")).to_be_visible()
    expect(chat.get_by_role("img")).to_be_visible()
    expect(chat.get_by_text("lookup", exact=True)).to_be_visible()
    expect(chat.get_by_text("4711")).to_be_visible()
    expect(page.get_by_text("gpt-4o-mini").first).to_be_visible()


def test_a_failure_shows_its_traceback_and_files_are_shown(page: Page, shop: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/weave/calls/{shop['tool']}")
    failure = page.get_by_role("region", name="Exception")
    expect(failure.get_by_text("TimeoutError: too slow").first).to_be_visible()
    expect(failure.get_by_text('File "shop.py", line 4')).to_be_visible()
    photo = page.get_by_role("img", name="image.png")
    expect(photo).to_be_visible()
    assert photo.evaluate("image => image.naturalWidth") == 32


def test_keys_walk_through_the_tree_without_asking_for_it_again(page: Page, shop: dict[str, str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/calls/previews" in request.url else None)
    page.goto(f"/{PROJECT}/r/call/{shop['agent']}")
    expect(page.get_by_role("treeitem")).to_have_count(3)
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(shop["model"]))
    expect(page.get_by_role("list", name="Conversation")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("region", name="Exception")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(shop["agent"]))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    assert len(asked) == 1


def test_notes_and_reactions_are_kept(page: Page, client: httpx.Client, shop: dict[str, str]) -> None:
    text = f"note {new_id()}"
    page.goto(f"/{PROJECT}/r/call/{shop['model']}?tab=feedback")
    page.get_by_label("Add a note").fill(text)
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("tabpanel").get_by_text(text)).to_be_visible()
    page.get_by_role("button", name=re.compile("^Thumbs up")).click()
    expect(page.get_by_role("button", name=re.compile("^Thumbs up, "))).to_be_visible()
    ref = f"weave:///{PROJECT}/call/{shop['model']}"
    query = {"$expr": {"$eq": [{"$getField": "weave_ref"}, {"$literal": ref}]}}
    rows = client.post("/feedback/query", json={"project_id": PROJECT, "query": query}).json()["result"]
    assert text in [row["payload"].get("note") for row in rows]


def test_why_it_was_not_scored_is_said(page: Page, shop: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/{shop['agent']}?tab=scoring")
    expect(page.get_by_text("Why (not) scored:")).to_be_visible()


def test_ten_thousand_spans_scroll_and_are_searched(page: Page, crawl: dict[str, str]) -> None:
    page.goto(f"/{PROJECT}/r/call/{crawl['root']}")
    expect(page.get_by_text("10,000 spans")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Open all").click()
    tree = page.get_by_role("tree", name="Trace")
    expect(tree.get_by_text("page 1", exact=True)).to_be_visible()
    # However many there are, only those in sight are in the document.
    assert tree.get_by_role("treeitem").count() < 100
    tree.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    expect(tree.get_by_text("page 9999", exact=True)).to_be_visible()
    assert tree.get_by_role("treeitem").count() < 100
    box = page.get_by_role("searchbox", name="Search in this trace")
    box.fill("needle")
    expect(page.get_by_text("1 found")).to_be_visible(timeout=30_000)
    box.press("Enter")
    expect(page).to_have_url(re.compile(crawl["needle"]))
    expect(page.get_by_text("1 of 1")).to_be_visible()
    expect(tree.get_by_text("page 7777", exact=True)).to_be_visible()


def test_a_text_of_five_megabytes_and_hostile_keys_are_inert(page: Page, client: httpx.Client) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\">"
    inputs = {
        "long": "word " * 1_000_000,
        "__proto__": {"polluted": attack},
        "constructor": attack,
        "rtl": "שלום עולם",
        attack: "🙂",
    }
    hostile = call(new_id(), None, attack, 0, 1, inputs=inputs, output={"link": "javascript:alert(1)"})
    write(client, [hostile])
    page.goto(f"/{PROJECT}/r/call/{hostile['id']}")
    expect(page.get_by_role("button", name=re.compile("more of 5,000,000 characters"))).to_be_visible(timeout=30_000)
    expect(page.get_by_text("polluted")).to_be_visible()
    expect(page.get_by_text("שלום עולם")).to_be_visible()
    assert page.evaluate("({}).polluted") is None
    assert page.title() != "owned"
    assert page.locator("a[href^='javascript:']").count() == 0
    page.get_by_role("button", name=re.compile("more of 5,000,000 characters")).click()
    expect(page.get_by_role("button", name=re.compile("more of 5,000,000 characters"))).to_be_visible()


def test_a_traced_turn_of_the_sdk_shows_its_steps_its_model_call_and_its_feedback(
    page: Page, sdk_project: dict[str, Any]
) -> None:
    page.goto(f"/browser/sdk/r/call/{sdk_project['turns'][1]}")
    tree = page.get_by_role("tree")
    expect(tree.get_by_text("look_up")).to_be_visible()
    expect(page.get_by_text("Open the page about your delivery.").first).to_be_visible()
    tree.get_by_text("complete").click()
    expect(page.get_by_text("You are a friendly support agent.").first).to_be_visible()
    documented(page, "trace")
