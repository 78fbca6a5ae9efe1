"""The span a completion is traced as. What a span's columns mean to readers is storage's and the agents' pages'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.core.clock import now
from weft.core.identity import Project, User
from weft.domain.contents import store_content, without_media
from weft.domain.ingest_policy import policy_of
from weft.domain.redaction import REDACTED, redact
from weft.schemas.completions import CompletionsCreateRequestInputs
from weft.storage.events.spans import EPOCH, Span
from weft.storage.stores import Stores

_AGENT = "Weave Chat Playground"
_AGENTS = {"signals": "Weave Signals"}
_LARGEST = 2**63 - 1
_PICTURES = frozenset({"image_url", "image", "input_image"})


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where a completion belongs: its ids, its conversation, who asked, and when."""

    project: Project
    user: User
    span_id: str
    trace_id: str
    conversation_id: str
    conversation_name: str
    source: str
    started_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of whom."""

    inputs: CompletionsCreateRequestInputs
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; both are None while nothing has."""

    response: Mapping[str, Any] | None = None
    error: str | None = None
    error_type: str = "LLMError"

    @property
    def ended(self) -> bool:
        """Whether anything came of it yet."""
        return self.response is not None or self.error is not None


def completion_span(stores: Stores, tracing: Tracing, question: Question, outcome: Outcome) -> Span:
    """The span, open as long as nothing came of the completion. Media in what it dumps are kept as contents."""
    policy = policy_of(stores, tracing.project.id)
    refs: list[str] = []

    def keep(data: bytes, mimetype: str) -> str:
        refs.append(store_content(stores, tracing.project, tracing.user, data, mimetype))
        return refs[-1]

    inputs = question.inputs
    said = policy.redact(_said(inputs.messages))
    answered = policy.redact(_answered(outcome.response))
    dump = {"inputs": _dumped(inputs), "response": outcome.response, "error": outcome.error}
    return Span(
        project_id=tracing.project.id,
        trace_id=tracing.trace_id,
        span_id=tracing.span_id,
        started_at=tracing.started_at,
        ended_at=now() if outcome.ended else EPOCH,
        span_name=f"chat {question.model}",
        span_kind="CLIENT",
        status_code=_status(outcome),
        status_message=policy.redact(outcome.error or ""),
        error_type=outcome.error_type if outcome.error is not None else "",
        operation_name="chat",
        provider_name=question.provider,
        agent_name=_AGENTS.get(tracing.source, _AGENT),
        request_model=question.model,
        conversation_id=tracing.conversation_id,
        conversation_name=tracing.conversation_name,
        input_messages=jsontext.dumps_finite(said) if said else "",
        output_messages=jsontext.dumps_finite(answered) if answered else "",
        system_instructions=policy.redact(_instructions(inputs.messages)),
        tool_definitions=jsontext.dumps_finite(policy.redact(inputs.tools)) if inputs.tools else "",
        wb_user_id=tracing.user.id,
        custom_attrs_string={"weave.source": tracing.source} if tracing.source else {},
        raw_span_dump=jsontext.dumps_finite(policy.redact(without_media(redact(dump), keep))),
        content_refs=list(dict.fromkeys(refs)),
        expire_at=policy.expire_at(tracing.started_at),
        **_parameters(inputs),
        **_counted(outcome.response or {}),
    )


def usage_numbers(response: Mapping[str, Any]) -> dict[str, int]:
    """The tokens of an answer, those of the cache and of reasoning apart; what is not said is 0."""
    usage = _dict(response.get("usage"))
    prompt, completion = _dict(usage.get("prompt_tokens_details")), _dict(usage.get("completion_tokens_details"))
    return {
        "input_tokens": _count(usage.get("prompt_tokens", usage.get("input_tokens"))),
        "output_tokens": _count(usage.get("completion_tokens", usage.get("output_tokens"))),
        "reasoning_tokens": _count(completion.get("reasoning_tokens")),
        "cache_read_input_tokens": _count(usage.get("cache_read_input_tokens", prompt.get("cached_tokens"))),
        "cache_creation_input_tokens": _count(usage.get("cache_creation_input_tokens")),
    }


def _status(outcome: Outcome) -> str:
    if outcome.error is not None:
        return "ERROR"
    return "OK" if outcome.ended else "UNSET"


def _parameters(inputs: CompletionsCreateRequestInputs) -> dict[str, Any]:
    stop = [inputs.stop] if isinstance(inputs.stop, str) else inputs.stop or []
    return {
        "request_temperature": _number(inputs.temperature),
        "request_top_p": _number(inputs.top_p),
        "request_frequency_penalty": _number(inputs.frequency_penalty),
        "request_presence_penalty": _number(inputs.presence_penalty),
        "request_max_tokens": _count(inputs.max_completion_tokens or inputs.max_tokens),
        "request_seed": _count(inputs.seed),
        "request_choice_count": _count(inputs.n),
        "request_stop_sequences": [text for text in stop if isinstance(text, str)],
    }


def _counted(response: Mapping[str, Any]) -> dict[str, Any]:
    messages = [_dict(choice.get("message")) for choice in _choices(response)]
    thoughts = [message.get("reasoning_content", message.get("reasoning")) for message in messages]
    return {
        **usage_numbers(response),
        "response_model": _text(response.get("model")),
        "response_id": _text(response.get("id")),
        "finish_reasons": [
            choice["finish_reason"] for choice in _choices(response) if isinstance(choice.get("finish_reason"), str)
        ],
        "reasoning_content": "\n".join(text for text in thoughts if isinstance(text, str) and text),
    }


def _said(messages: Sequence[Any]) -> list[dict[str, str]]:
    """What the caller said, without system texts and pictures."""
    return [
        _message(str(message.get("role") or "user"), _shown(message))
        for message in _dicts(messages)
        if message.get("role") not in ("system", "developer")
    ]


def _instructions(messages: Sequence[Any]) -> list[str]:
    found = (_shown(message) for message in _dicts(messages) if message.get("role") in ("system", "developer"))
    return [text for text in found if text]


def _answered(response: Mapping[str, Any] | None) -> list[dict[str, str]]:
    return [
        _message("assistant", _shown(_dict(choice.get("message"))), _text(choice.get("finish_reason")))
        for choice in _choices(response or {})
    ]


def _message(role: str, content: str, finish_reason: str = "") -> dict[str, str]:
    return {"role": role, "content": content, "finish_reason": finish_reason}


def _shown(message: Mapping[str, Any]) -> str:
    """The text of a message; parts that are more than text as JSON, tool calls in words."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part for part in content if not (isinstance(part, dict) and part.get("type") in _PICTURES)]
        texts = [part if isinstance(part, str) else _dict(part).get("text") for part in parts]
        plain = all(isinstance(text, str) for text in texts)
        content = "\n".join(map(str, texts)) if plain else jsontext.dumps_finite(parts)
    called = [
        f"[tool_call: {function.get('name', '')}({function.get('arguments', '')})]"
        for call in _dicts(message.get("tool_calls"))
        for function in [_dict(call.get("function"))]
    ]
    said = [content] if isinstance(content, str) and content else []
    return "\n".join([*said, *called])


def _dumped(inputs: CompletionsCreateRequestInputs) -> dict[str, Any]:
    dumped = inputs.model_dump(exclude_none=True)
    if inputs.extra_headers:
        # Which of them is a credential is for the provider to know.
        dumped["extra_headers"] = dict.fromkeys(inputs.extra_headers, REDACTED)
    return dumped


def _choices(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _dicts(response.get("choices"))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, Iterable) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    """A whole number a column can hold, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST else 0


def _number(value: float | None) -> float:
    return value if value is not None and abs(value) < float("inf") else 0.0
