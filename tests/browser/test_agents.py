"""Agents and their conversations: found, read as chats, with what every span of a turn did."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests import otlp
from tests.browser.conftest import WIDTHS, documented, kept

pytestmark = pytest.mark.browser

PROJECT = "browser/agents"
URL = f"/{PROJECT}/weave/agents"
TURNS = 24
ATTACK = "<img src=x onerror=\"document.title='owned'\">"


def messages(*said: tuple[str, str]) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in said])


def turn(conversation: str, question: str, answer: str, *, minutes_ago: float, broken: bool = False) -> list[Any]:
    """An agent that asks a model, uses a tool and asks again."""
    trace, root = otlp.new_trace_id(), otlp.new_trace_id()[16:]
    start = time.time_ns() - int(minutes_ago * 60 * otlp.SECOND)
    shared = {"gen_ai.conversation.id": conversation, "gen_ai.agent.name": "order-agent", "gen_ai.agent.version": "1.2"}

    def child(name: str, at: float, lasts: float, attributes: dict[str, Any], **more: Any) -> Any:
        begun = start + int(at * otlp.SECOND)
        ends = begun + int(lasts * otlp.SECOND)
        return otlp.span(
            name,
            attributes={**shared, **attributes},
            trace_id=trace,
            parent_id=root,
            start=begun,
            end=ends,
            **more,
        )

    model = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "You help people find orders."}]),
        "gen_ai.usage.input_tokens": 450,
        "gen_ai.usage.output_tokens": 60,
    }
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "find_order",
        "gen_ai.tool.call.arguments": '{"order": 4711}',
        **({"error.type": "Timeout"} if broken else {"gen_ai.tool.call.result": '{"status": "on its way"}'}),
    }
    asks = {
        **model,
        "gen_ai.input.messages": messages(("user", question)),
        "gen_ai.output.messages": messages(("assistant", "I look it up.")),
    }
    answers = {
        **model,
        "gen_ai.input.messages": messages(("user", question), ("assistant", "I look it up."), ("tool", "on its way")),
        "gen_ai.output.messages": messages(("assistant", answer)),
        "shop.region": "eu",
    }
    return [
        otlp.span(
            "invoke_agent order-agent",
            attributes={**shared, "gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "gpt-4o"},
            trace_id=trace,
            span_id=root,
            start=start,
            end=start + 3 * otlp.SECOND,
        ),
        child("chat gpt-4o", 0.1, 0.6, asks),
        child("execute_tool find_order", 0.8, 0.4, tool, status=(otlp.ERROR, "no answer") if broken else (0, "")),
        child("chat gpt-4o", 1.3, 1.6, answers),
    ]


@pytest.fixture(scope="module")
def talks(client: httpx.Client) -> None:
    """A conversation of 24 turns whose third has a failing tool, and one that is hostile."""
    sent = []
    for number in range(1, TURNS + 1):
        asked, said = f"Question {number}: where is my order?", f"Answer {number}: it is on its way."
        sent += turn("orders-1", asked, said, minutes_ago=5 * (TURNS - number) + 30, broken=number == 3)
    sent += turn("orders-2", ATTACK, f"{ATTACK} שלום 🙂", minutes_ago=5)
    headers = {"content-type": "application/x-protobuf", "project_id": PROJECT}
    answer = client.post("/agents/otel/v1/traces", content=otlp.request(*sent).SerializeToString(), headers=headers)
    assert answer.status_code == 200, answer.text


def test_what_the_sdk_wrote_is_an_agent_with_a_conversation(page: Page, sdk_project: dict[str, Any]) -> None:
    page.goto("/browser/sdk/weave/agents")
    page.get_by_role("link", name="support-agent").click()
    expect(page.get_by_role("heading", name="support-agent")).to_be_visible()
    expect(page.get_by_text("2 runs")).to_be_visible()
    page.get_by_role("grid", name="Conversations").get_by_role("link", name="Where is my order?").click()
    expect(page).to_have_url(re.compile(f"/weave/agents/conversations/{sdk_project['conversation']}$"))
    first = page.get_by_role("article", name="Turn 1", exact=True)
    expect(first.get_by_role("region", name="User").get_by_text("Where is my order?")).to_be_visible()
    expect(first.get_by_role("region", name="Assistant").get_by_text("I look it up.")).to_be_visible()
    expect(
        page.get_by_role("article", name="Turn 2", exact=True).get_by_text("And when does it arrive?")
    ).to_be_visible()


def test_agents_are_summed_over_all_their_spans(page: Page, talks: None) -> None:
    page.goto(URL)
    grid = page.get_by_role("grid", name="Agents")
    expect(grid.get_by_role("link", name="order-agent")).to_be_visible()
    expect(grid).to_contain_text(str(TURNS + 1))
    kept(page, "agents")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{URL}/order-agent$"))
    expect(page.get_by_role("grid", name="Conversations").get_by_role("row")).to_have_count(
        2 if page.viewport_size and page.viewport_size["width"] == WIDTHS["narrow"] else 3
    )
    kept(page, "agent")
    page.get_by_role("tab", name="Tools").click()
    expect(page.get_by_role("grid", name="Tools")).to_contain_text("find_order")
    expect(page).to_have_url(re.compile("tab=tools"))
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("grid", name="Versions")).to_contain_text("1.2")


def test_a_conversation_reads_as_a_chat_with_tools_folded(page: Page, talks: None) -> None:
    page.goto(f"{URL}/conversations/orders-1")
    last = page.get_by_role("article", name=f"Turn {TURNS}")
    expect(last.get_by_text(f"Answer {TURNS}: it is on its way.")).to_be_visible()
    expect(page.get_by_text(f"{TURNS} turns")).to_be_visible()
    expect(page.get_by_role("article", name="Turn 3", exact=True)).to_have_count(0)
    tool = last.get_by_role("group").filter(has_text="find_order")
    expect(tool.get_by_text("on its way")).to_be_hidden()
    tool.locator("summary").click()
    expect(tool.get_by_text("on its way")).to_be_visible()
    kept(page, "conversation")
    for left in (14, 4):
        page.get_by_role("button", name=f"Show earlier turns ({left})").click()
    third = page.get_by_role("article", name="Turn 3", exact=True)
    # What failed is open without a click.
    expect(third.get_by_text("Timeout: no answer")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Show earlier turns"))).to_have_count(0)


def test_the_spans_of_a_turn_stand_beside_it(page: Page, talks: None) -> None:
    page.goto(f"{URL}/conversations/orders-1")
    page.get_by_role("button", name=f"Spans of turn {TURNS}").click()
    spans = page.get_by_role("region", name="Spans of the turn")
    names = spans.get_by_role("list", name="Spans").get_by_role("button")
    expect(names).to_have_count(4)
    expect(names.first).to_contain_text("invoke_agent order-agent")
    names.filter(has_text="chat gpt-4o").last.click()
    opened = spans.get_by_role("article", name="The open span")
    expect(opened.get_by_text("You help people find orders.")).to_be_visible()
    expect(opened.get_by_text("shop.region")).to_be_visible()
    expect(page).to_have_url(re.compile(r"turn=\w+.*span=\w+"))
    documented(page, "agents")
    kept(page, "conversation-spans")
    page.reload()
    expect(page.get_by_role("article", name="The open span").get_by_text("shop.region")).to_be_visible()


def test_keys_walk_through_the_turns(page: Page, talks: None) -> None:
    page.goto(f"{URL}/conversations/orders-1")
    expect(page.get_by_role("article", name=f"Turn {TURNS}")).to_be_visible()
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile("turn="))
    marked = page.locator("[data-turn][data-open]")
    expect(marked).to_have_attribute("aria-label", f"Turn {TURNS - 1}")
    page.keyboard.press("j")
    expect(marked).to_have_attribute("aria-label", f"Turn {TURNS}")


def test_what_was_said_is_found_and_leads_to_its_turn(page: Page, talks: None) -> None:
    page.goto(f"{URL}/conversations")
    page.get_by_role("searchbox", name="Search in what was said").fill("Question 2: where")
    found = page.get_by_role("list", name="Conversations found")
    expect(found.locator("mark").first).to_have_text("Question 2: where")
    expect(page).to_have_url(re.compile("q=Question"))
    kept(page, "conversations-search")
    found.get_by_role("link", name=re.compile("Open the turn")).first.click()
    # The turn is older than the page of turns that is shown: it stands above them.
    apart = page.get_by_role("article", name="An earlier turn")
    expect(apart.get_by_text("Answer 2: it is on its way.")).to_be_visible()
    page.go_back()
    expect(found).to_be_visible()
    page.get_by_role("searchbox", name="Search in what was said").fill("nobody said this")
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_role("grid", name="Conversations").get_by_text("Question 1: where is my order?")).to_be_visible()


def test_conversations_are_filtered_by_their_spans_and_lists_are_small(page: Page, talks: None) -> None:
    sizes: list[int] = []

    def weigh(route: Route) -> None:
        answer = route.fetch()
        sizes.append(len(answer.body()))
        route.fulfill(response=answer)

    page.route("**/agents/**/query", weigh)
    page.route("**/agents/conversations/chat", weigh)
    page.goto(f"{URL}/conversations?f=status_code~is~ERROR&sort=-tokens")
    grid = page.get_by_role("grid", name="Conversations")
    expect(grid.get_by_text("Question 1: where is my order?")).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", "2")
    kept(page, "conversations")
    # Its sums are of the whole conversation, not of what failed.
    expect(grid.get_by_text(re.compile(r"^24( turns)?$"))).to_be_visible()
    page.goto(f"{URL}/conversations/orders-1")
    expect(page.get_by_role("article", name=f"Turn {TURNS}")).to_be_visible()
    assert sizes
    assert max(sizes) < 200_000


def test_hostile_words_are_inert(page: Page, talks: None) -> None:
    page.goto(f"{URL}/conversations/orders-2")
    expect(page.get_by_role("region", name="Assistant").get_by_text("שלום 🙂")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert "owned" not in page.title()


def test_what_is_not_there_is_said(page: Page, talks: None) -> None:
    page.goto(f"{URL}/conversations/no-such")
    expect(page.get_by_role("heading", name="No conversation of this id")).to_be_visible()
    page.goto(f"{URL}/nobody")
    page.get_by_role("link", name="All agents").click()
    expect(page.get_by_role("link", name="order-agent")).to_be_visible()
