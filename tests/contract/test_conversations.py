"""Conversations in short over HTTP: the latest spans of each, and the feedback on it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.agent_projects import AgentProject, at, new_trace
from weft.storage.events.feedback import Feedback

PATH = "/agents/conversations/spans"


@pytest.fixture
def agents(app_client: TestClient, project: str) -> AgentProject:
    return AgentProject(app_client, project)


def spans(agents: AgentProject, conversation_id: str, **body: Any) -> list[str]:
    """The ids of the spans of a conversation."""
    [entry] = agents.ask(PATH, conversation_ids=[conversation_id], **body)["conversations"]
    assert entry["conversation_id"] == conversation_id
    return [span["span_id"] for span in entry["spans"]]


def test_a_span_is_told_in_short(agents: AgentProject) -> None:
    trace = new_trace()
    agents.store(trace, 0, 1.2345, span_id="a", conversation_id="c", operation_name="chat", status_code="ERROR")
    agents.store(trace, 1, None, span_id="b", conversation_id="c")
    agents.store(trace, 2, -5, span_id="e", conversation_id="c", operation_name="execute_tool", status_code="OK")
    [entry] = agents.ask(PATH, conversation_ids=["c"])["conversations"]
    assert entry == {
        "conversation_id": "c",
        "spans": [
            {"operation_name": "chat", "trace_id": trace, "span_id": "a", "status": "ERROR", "duration_ms": 1234},
            {"operation_name": "", "trace_id": trace, "span_id": "b", "status": "UNSET", "duration_ms": 0},
            {"operation_name": "execute_tool", "trace_id": trace, "span_id": "e", "status": "OK", "duration_ms": 0},
        ],
        "spans_feedback": [],
    }


def test_there_is_one_entry_per_id_in_the_order_of_the_request(agents: AgentProject) -> None:
    ids = [f"c{number}" for number in range(450)]
    agents.put(*(agents.span(new_trace(), conversation_id=name, span_id=name) for name in ids))
    asked = [*ids[::-1], "unknown", "c7", "", "c7"]
    found = agents.ask(PATH, conversation_ids=asked)["conversations"]
    assert [entry["conversation_id"] for entry in found] == asked
    shown = [[span["span_id"] for span in entry["spans"]] for entry in found]
    assert shown == [*([name] for name in ids[::-1]), [], ["c7"], [], ["c7"]]


def test_nothing_asked_is_nothing_answered(agents: AgentProject) -> None:
    assert agents.ask(PATH) == agents.ask(PATH, conversation_ids=None) == {"conversations": []}


def test_only_spans_that_name_the_conversation_themselves_count(agents: AgentProject) -> None:
    trace = new_trace()
    agents.store(trace, 0, span_id="own", conversation_id="c")
    agents.store(trace, 1, span_id="silent")
    agents.store(trace, 2, span_id="other", conversation_id="d")
    assert spans(agents, "c") == ["own"]


def test_the_latest_two_hundred_are_shown(agents: AgentProject) -> None:
    trace = new_trace()
    agents.put(*(agents.span(trace, number, conversation_id="c", span_id=f"{number:03}") for number in range(205)))
    assert spans(agents, "c") == [f"{number:03}" for number in range(5, 205)]


def test_times_choose_among_spans(agents: AgentProject) -> None:
    trace = new_trace()
    agents.put(*(agents.span(trace, number, conversation_id="c", span_id=str(number)) for number in range(4)))
    assert spans(agents, "c", started_after=at(1), started_before=at(3)) == ["1", "2"]
    assert spans(agents, "c", started_after="2026-02-03T06:05:08+02:00") == ["2", "3"]
    assert spans(agents, "c", started_after="0001-01-01T00:00:00Z", started_before=None) == ["0", "1", "2", "3"]


def test_a_span_that_changed_its_conversation_is_in_the_new_one_only(agents: AgentProject) -> None:
    span = agents.store(new_trace(), conversation_id="old")
    span.conversation_id = "new"
    agents.put(span)
    assert (spans(agents, "old"), spans(agents, "new")) == ([], [span.span_id])


def feedback(agents: AgentProject, name: str, **fields: Any) -> None:
    """Feedback of a kind that agents get."""
    kind = fields.pop("feedback_type", "wandb.agent_monitor")
    agents.services.stores.feedback.put([Feedback(agents.id, name, "ref", kind, {}, **fields)])


def test_feedback_on_a_conversation_comes_with_its_tags_and_ratings(agents: AgentProject) -> None:
    feedback(
        agents,
        "1",
        span_conversation_id="c",
        span_trace_id="t",
        scorer_tags=["rude"],
        scorer_ratings={"_rating_": 0.5, "calm": 1.0},
        scorer_rating_reasons={"calm": "it is"},
        scorer_rating_confidences={"_rating_": 0.25},
    )
    feedback(agents, "2", span_conversation_id="c", feedback_type="wandb.agent_user_feedback", scorer_tags=["👍"])
    feedback(agents, "3", span_conversation_id="c", feedback_type="wandb.note.1")
    feedback(agents, "4", span_conversation_id="d")
    feedback(agents, "5")
    [entry] = agents.ask(PATH, conversation_ids=["c"])["conversations"]
    assert entry["spans_feedback"] == [
        {
            "trace_id": "t",
            "feedback_type": "wandb.agent_monitor",
            "tags": ["rude"],
            "ratings": [
                {"name": "_rating_", "value": 0.5, "reason": None, "confidence": 0.25},
                {"name": "calm", "value": 1.0, "reason": "it is", "confidence": None},
            ],
        },
        {"trace_id": None, "feedback_type": "wandb.agent_user_feedback", "tags": ["👍"], "ratings": []},
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"started_after": "2026-01-01T00:00:00"}, 422),
        ({"started_before": "soon"}, 422),
        ({"conversation_ids": ["x"] * 10_001}, 422),
        ({"conversation_ids": [5]}, 422),
        ({"conversation_ids": ["\udc00"]}, 400),
        ({"conversation_ids": ["'\\\n{x:String}"]}, 200),
    ],
    ids=lambda value: str(value)[:40],
)
def test_odd_questions_get_their_status(agents: AgentProject, body: dict[str, Any], status: int) -> None:
    assert agents.status(PATH, **body) == status
