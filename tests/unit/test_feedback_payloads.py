"""What each type of feedback must carry."""

from __future__ import annotations

from typing import Any

import emoji
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.errors import InvalidRequest
from weft.domain.feedback_payloads import agent_span, check_feedback, processed_payload
from weft.schemas.feedback import FeedbackFields

INSIDE = "weave-trace-internal:///pid"
SCORER = f"{INSIDE}/object/tone:abc"
SCORER_OP = f"{INSIDE}/op/tone:abc"
CALL = f"{INSIDE}/call/c2"


def _body(feedback_type: str, payload: dict[str, Any], **fields: Any) -> FeedbackFields:
    target = {"project_id": "e/p", "weave_ref": f"{INSIDE}/call/c1"}
    return FeedbackFields.model_validate(target | fields | {"feedback_type": feedback_type, "payload": payload})


ALLOWED = [
    _body("wandb.reaction.1", {"emoji": "👍", "more": [1]}),
    _body("wandb.note.1", {"note": "é" * 1024}),
    _body("wandb.annotation.tone", {"value": None}, annotation_ref=SCORER),
    _body("wandb.annotation.tone", {"value": 1}, annotation_ref=SCORER, runnable_ref=SCORER, call_ref=CALL),
    _body("wandb.runnable.tone", {"output": None}, runnable_ref=SCORER, trigger_ref=SCORER),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref=SCORER_OP, call_ref=CALL, scorer_ratings={"r": 2.5}),
    _body("wandb.agent_monitor", {}, runnable_ref=SCORER, call_ref="", trigger_ref="", scorer_tags=["a"]),
    _body("wandb.agent_user_feedback", {"emoji": "👍"}, scorer_tags=["👍"], scorer_tag_confidences={"👍": 1.0}),
    _body("wandb.something", {"any": {"thing": 1}}, call_ref="", runnable_ref=""),
    _body("", {}),
]

REFUSED = [
    _body("wandb.reaction.1", {}),
    _body("wandb.reaction.1", {"emoji": 1}),
    _body("wandb.reaction.1", {"emoji": "👍"}, call_ref=CALL),
    _body("wandb.note.1", {"note": ""}),
    _body("wandb.note.1", {"note": "x" * 1025}),
    _body("wandb.note.1", {"note": None}),
    _body("wandb.note.1", {"note": "x"}, runnable_ref=SCORER),
    _body("wandb.annotation", {"value": 1}, annotation_ref=SCORER),
    _body("wandb.annotationx", {"value": 1}, annotation_ref=SCORER),
    _body("wandb.annotation.", {"value": 1}, annotation_ref=SCORER),
    _body("wandb.annotation.tone", {}, annotation_ref=SCORER),
    _body("wandb.annotation.tone", {"value": 1}),
    _body("wandb.annotation.other", {"value": 1}, annotation_ref=SCORER),
    _body("wandb.annotation.tone", {"value": 1}, annotation_ref=SCORER, scorer_tags=["a"]),
    _body("wandb.runnablex", {"output": 1}, runnable_ref=SCORER),
    _body("wandb.runnable.tone", {}, runnable_ref=SCORER),
    _body("wandb.runnable.tone", {"output": 1}),
    _body("wandb.runnable.other", {"output": 1}, runnable_ref=SCORER),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref=SCORER_OP),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref=SCORER, call_ref=SCORER),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref=CALL),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref="weave:///nobody/nothing/object/tone:abc"),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref=SCORER, annotation_ref=SCORER),
    _body("wandb.runnable.tone", {"output": 1}, runnable_ref=SCORER, trigger_ref="x"),
    _body("wandb.agent_monitor", {}, call_ref="", trigger_ref=""),
    _body("wandb.agent_monitor", {}, runnable_ref=SCORER, call_ref=CALL),
    _body("wandb.agent_monitor", {}, runnable_ref=SCORER, call_ref="", trigger_ref="", annotation_ref=SCORER),
    _body("wandb.agent_user_feedback", {}),
    _body("wandb.agent_user_feedback", {}, scorer_tags=["a"], call_ref=CALL),
    _body("custom", {}, trigger_ref=SCORER),
    _body("custom", {}, scorer_rating_reasons={"a": "b"}),
    _body("custom", {}, span_status_code="MAYBE"),
]


@pytest.mark.parametrize("body", ALLOWED, ids=lambda body: body.feedback_type)
def test_what_the_contract_allows_is_allowed(body: FeedbackFields) -> None:
    check_feedback(body)


@pytest.mark.parametrize("body", REFUSED, ids=lambda body: body.feedback_type)
def test_what_the_contract_forbids_is_refused(body: FeedbackFields) -> None:
    with pytest.raises(InvalidRequest):
        check_feedback(body)


def test_a_reaction_gains_its_names() -> None:
    assert processed_payload(_body("wandb.reaction.1", {"emoji": "👍🏽", "by": "me"})) == {
        "emoji": "👍🏽",
        "by": "me",
        "alias": ":thumbs_up_medium_skin_tone:",
        "detoned": "👍",
        "detoned_alias": ":thumbs_up:",
    }


@given(st.sampled_from(sorted(emoji.EMOJI_DATA)))
def test_every_emoji_has_a_plain_form_that_is_an_emoji(reaction: str) -> None:
    payload = processed_payload(_body("wandb.reaction.1", {"emoji": reaction}))
    assert emoji.is_emoji(payload["detoned"]) or reaction in "🏻🏼🏽🏾🏿"
    assert "skin_tone_" not in payload["detoned_alias"]


@pytest.mark.parametrize("reaction", ["", "x", "ok 👍", "👍👍", "👍 ", ":thumbs_up:", "\ud83d"])
def test_a_reaction_is_one_whole_emoji(reaction: str) -> None:
    with pytest.raises(InvalidRequest):
        processed_payload(_body("wandb.reaction.1", {"emoji": reaction}))


@pytest.mark.parametrize(("character", "escaped"), [("a", 1), ("é", 6), ("😀", 12)])
def test_a_payload_is_measured_as_escaped_json(character: str, escaped: int) -> None:
    room = 1_048_576 - len('{"x": ""}')
    fits = {"x": character * (room // escaped)}
    assert processed_payload(_body("custom", fits)) == fits
    with pytest.raises(InvalidRequest, match="too large"):
        processed_payload(_body("custom", {"x": character * (room // escaped + 1)}))


def test_numbers_that_json_lacks_become_texts() -> None:
    assert processed_payload(_body("custom", {"a": [float("nan"), None], "b": 1.5})) == {"a": ["NaN", None], "b": 1.5}


CONVERSATION = f"{INSIDE}/agent_conversation/team%2F7"
TURN = f"{INSIDE}/agent_turn/t1"


@pytest.mark.parametrize(
    ("target", "fields", "expected"),
    [
        (CONVERSATION, {}, ("team/7", "")),
        (CONVERSATION, {"span_conversation_id": "team/7"}, ("team/7", "")),
        (TURN, {"span_conversation_id": "c"}, ("c", "t1")),
        (TURN, {"span_trace_id": "t1"}, ("", "t1")),
        (f"{INSIDE}/agent_span/s", {"span_trace_id": "t"}, ("", "t")),
        ("anything", {"span_trace_id": "t"}, ("", "t")),
    ],
)
def test_a_span_is_completed_from_its_target(target: str, fields: dict[str, str], expected: tuple[str, str]) -> None:
    body = _body("wandb.agent_user_feedback", {}, scorer_tags=["a"], **fields | {"weave_ref": target})
    assert agent_span(body) == expected


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (CONVERSATION, {"span_conversation_id": "other"}),
        (CONVERSATION, {"span_trace_id": "t"}),
        (TURN, {"span_trace_id": "t2"}),
    ],
)
def test_a_span_that_contradicts_its_target_is_refused(target: str, fields: dict[str, str]) -> None:
    body = _body("wandb.agent_user_feedback", {}, scorer_tags=["a"], **fields | {"weave_ref": target})
    with pytest.raises(InvalidRequest):
        agent_span(body)


def test_custom_feedback_on_a_conversation_is_left_as_it_is() -> None:
    body = _body("custom", {}, weave_ref=CONVERSATION, span_trace_id="t")
    assert agent_span(body) == ("", "t")
