"""What each type of feedback must carry: payload keys, refs, typed scorer fields. Storing: domain/feedback.py."""

from __future__ import annotations

import json
import re
from typing import Any

import emoji

from weft.core import jsontext
from weft.core.errors import InvalidRequest
from weft.core.refs import AgentRef, CallRef, ObjectRef, OpRef, parse_ref, try_parse_ref
from weft.schemas.feedback import FeedbackFields

REACTION = "wandb.reaction.1"
NOTE = "wandb.note.1"
ANNOTATION = "wandb.annotation"
RUNNABLE = "wandb.runnable"
AGENT_MONITOR = "wandb.agent_monitor"
AGENT_USER_FEEDBACK = "wandb.agent_user_feedback"

LONGEST_NOTE = 1024
LARGEST_PAYLOAD = 1024 * 1024
# A character is at most 12 when escaped, and the separators of the measured text are twice as long.
_SURELY_SMALL = LARGEST_PAYLOAD // 12
_STATUS_CODES = ("UNSET", "OK", "ERROR")
_SKIN_TONE = re.compile(r"_(?:light|medium-light|medium|medium-dark|dark)_skin_tone")
_SCORER_FIELDS = (
    "scorer_tags",
    "scorer_tag_reasons",
    "scorer_tag_confidences",
    "scorer_ratings",
    "scorer_rating_reasons",
    "scorer_rating_confidences",
)


def check_feedback(body: FeedbackFields) -> None:
    """Raise InvalidRequest unless payload, refs and scorer fields are what the type asks for."""
    kind = body.feedback_type
    if kind == REACTION:
        _require_text(body, "emoji")
    elif kind == NOTE:
        if not 0 < len(_require_text(body, "note")) <= LONGEST_NOTE:
            raise InvalidRequest(f"The payload of {NOTE} needs a note of 1 to {LONGEST_NOTE} characters")
    elif kind.startswith(ANNOTATION):
        _check_named(body, ANNOTATION, "value", "annotation_ref")
    elif kind.startswith(RUNNABLE):
        ref = _check_named(body, RUNNABLE, "output", "runnable_ref")
        if isinstance(ref, OpRef) and not body.call_ref:
            raise InvalidRequest("call_ref is required when runnable_ref is an op")
    elif kind == AGENT_MONITOR:
        if not body.runnable_ref or body.call_ref is None or body.trigger_ref is None:
            raise InvalidRequest(f"{AGENT_MONITOR} needs runnable_ref, call_ref and trigger_ref")
    elif kind == AGENT_USER_FEEDBACK and not body.scorer_tags:
        raise InvalidRequest(f"{AGENT_USER_FEEDBACK} needs scorer_tags")
    _check_allowed_refs(body)
    if not _is_scored(kind) and any(getattr(body, name) for name in _SCORER_FIELDS):
        raise InvalidRequest(
            f"scorer_ fields are only allowed on {RUNNABLE}, {AGENT_MONITOR} and {AGENT_USER_FEEDBACK} feedback"
        )
    _check_ref_syntax(body)
    if body.span_status_code not in _STATUS_CODES:
        raise InvalidRequest(f"span_status_code must be one of {', '.join(_STATUS_CODES)}")


def processed_payload(body: FeedbackFields) -> dict[str, Any]:
    """The payload as it is stored and answered: reactions gain their names, non-finite numbers become texts.

    Raises InvalidRequest for a reaction that is not exactly one emoji and for a payload over the limit.
    """
    payload = body.payload
    if body.feedback_type == REACTION:
        payload = payload | _names_of(payload["emoji"])
    return storable_payload(payload)


def storable_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with texts for non-finite numbers. Raises InvalidRequest when it is over the limit."""
    text = jsontext.dumps_or_none(payload)
    if text is None:
        payload = jsontext.finite(payload)
        text = jsontext.dumps(payload)
    if len(text) > _SURELY_SMALL and len(json.dumps(payload)) > LARGEST_PAYLOAD:
        raise InvalidRequest(f"Feedback payload is too large: more than {LARGEST_PAYLOAD} bytes")
    return payload


def agent_span(body: FeedbackFields) -> tuple[str, str]:
    """(conversation id, trace id) of the span that agent feedback is about, completed from its target.

    Raises InvalidRequest when the body contradicts its target.
    """
    conversation, trace = body.span_conversation_id, body.span_trace_id
    if body.feedback_type not in (AGENT_MONITOR, AGENT_USER_FEEDBACK):
        return conversation, trace
    target = try_parse_ref(body.weave_ref)
    if not isinstance(target, AgentRef):
        return conversation, trace
    if target.kind == "agent_conversation":
        if trace or conversation not in ("", target.id):
            raise InvalidRequest("span_conversation_id and span_trace_id contradict the conversation in weave_ref")
        return target.id, ""
    if target.kind == "agent_turn":
        if trace not in ("", target.id):
            raise InvalidRequest("span_trace_id contradicts the turn in weave_ref")
        return conversation, target.id
    return conversation, trace


def _require_text(body: FeedbackFields, key: str) -> str:
    value = body.payload.get(key)
    if not isinstance(value, str):
        raise InvalidRequest(f"The payload of {body.feedback_type} needs {key!r}, a string")
    return value


def _check_named(body: FeedbackFields, prefix: str, key: str, ref_field: str) -> ObjectRef:
    """The required ref of a type that names its object, such as `wandb.runnable.<name>`."""
    name = body.feedback_type.removeprefix(prefix)
    if len(name) < 2 or not name.startswith("."):
        raise InvalidRequest(f"Invalid feedback_type {body.feedback_type[:200]!r}: it must be {prefix}.<name>")
    if key not in body.payload:
        raise InvalidRequest(f"The payload of {prefix} feedback needs {key!r}")
    uri: str | None = getattr(body, ref_field)
    if not uri:
        raise InvalidRequest(f"{ref_field} is required for {prefix} feedback")
    ref = _object_ref(uri, ref_field)
    if ref.name != name[1:]:
        raise InvalidRequest(f"{ref_field} names {ref.name!r}, but feedback_type names {name[1:][:200]!r}")
    return ref


def _check_allowed_refs(body: FeedbackFields) -> None:
    kind = body.feedback_type
    if kind.startswith(ANNOTATION):
        return
    if body.annotation_ref:
        raise InvalidRequest("annotation_ref is only allowed on annotation feedback")
    if not kind.startswith(RUNNABLE) and kind != AGENT_MONITOR:
        for name in ("runnable_ref", "call_ref", "trigger_ref"):
            if getattr(body, name):
                raise InvalidRequest(f"{name} is only allowed on runnable feedback")


def _check_ref_syntax(body: FeedbackFields) -> None:
    for name in ("annotation_ref", "runnable_ref", "trigger_ref"):
        if uri := getattr(body, name):
            _object_ref(uri, name)
    if body.call_ref and not isinstance(parse_ref(body.call_ref), CallRef):
        raise InvalidRequest("Invalid ref: call_ref must be a call")


def _object_ref(uri: str, field: str) -> ObjectRef:
    ref = parse_ref(uri)
    if not isinstance(ref, ObjectRef):
        raise InvalidRequest(f"Invalid ref: {field} must be an object or an op")
    return ref


def _is_scored(kind: str) -> bool:
    return kind.startswith(RUNNABLE) or kind in (AGENT_MONITOR, AGENT_USER_FEEDBACK)


def _names_of(reaction: str) -> dict[str, str]:
    if not emoji.is_emoji(reaction):
        raise InvalidRequest("The payload of a reaction needs exactly one emoji")
    alias: str = emoji.EMOJI_DATA[reaction]["en"]
    plain = _SKIN_TONE.sub("", alias)
    if not emoji.is_emoji(emoji.emojize(plain)):
        # Couples of two tones are named after two persons, the plain couple is not.
        plain = plain.replace("_person_person", "")
    return {"alias": alias, "detoned": emoji.emojize(plain), "detoned_alias": plain}
