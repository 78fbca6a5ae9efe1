"""Chat completions through the server, as the playground and the SDK's models ask for them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire


class CompletionsCreateRequestInputs(NullIsAbsent):
    """What is asked of the model: OpenAI's parameters, and a stored prompt to begin with."""

    model: str
    messages: list[Any] = Field(default_factory=list)
    timeout: float | str | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: int | None = None
    stop: str | list[Any] | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    modalities: list[Any] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stream: bool | None = None
    logit_bias: dict[str, Any] | None = None
    user: str | None = None
    response_format: Any = None
    seed: int | None = None
    tools: list[Any] | None = None
    tool_choice: str | dict[str, Any] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: str | None = None
    extra_headers: dict[str, Any] | None = None
    functions: list[Any] | None = None
    function_call: str | None = None
    api_version: str | None = None
    prompt: str | None = None
    template_vars: dict[str, Any] | None = None
    vertex_credentials: str | None = None


class DedicatedInferenceRoute(Wire):
    """A connection that only the hosted service has."""

    connection_type: Literal["dedicated"]
    connection: str
    base_url: str


class CompletionsCreateReq(NullIsAbsent):
    """A completion, traced unless asked otherwise. Who asks is known from the credentials."""

    project_id: str
    inputs: CompletionsCreateRequestInputs
    inference_route: DedicatedInferenceRoute | None = None
    track_llm_call: bool = True
    trace_id: str | None = None
    parent_id: str | None = None
    conversation_id: str | None = None
    conversation_name: str | None = None
    source: str | None = None


class CompletionsCreateRes(Wire):
    """The provider's answer, or `{"error": …}`; the ids of the span, when one was stored."""

    response: dict[str, Any]
    weave_call_id: str | None = None
    span_id: str | None = None
    trace_id: str | None = None
    conversation_id: str | None = None
