"""Chat completions on behalf of callers: prompt, model, request, answer, and the span each is traced as.

A failure is an answer, not an error of ours: clients look for `error` in the response. What cannot even be asked is not
traced. Which endpoint serves a model is providers.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from weft.core import ids, jsontext
from weft.core.errors import InvalidRequest, NotFound, WeftError
from weft.core.identity import Project, User
from weft.core.ref_translation import outward
from weft.core.refs import INTERNAL
from weft.domain.completion_chunks import GatheredCompletion
from weft.domain.completion_spans import Outcome, Question, Tracing, completion_span
from weft.domain.known_providers import Credentials, NoRoute, ProviderAccess
from weft.domain.prompts import filled_messages, prompt_messages
from weft.domain.providers import Route, find_route, with_headers
from weft.domain.storable_text import storable
from weft.llm import ChatClient, LLMError
from weft.schemas.completions import CompletionsCreateReq, CompletionsCreateRequestInputs, CompletionsCreateRes
from weft.storage.stores import Stores

# What is ours to understand and no parameter of a provider's.
_OURS = frozenset(
    {"model", "messages", "timeout", "stream", "extra_headers", "api_version", "prompt", "template_vars"}
    | {"vertex_credentials"}
)
_LONGEST_ID = 256
_LONGEST_NAME = 1024


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that can be sent, and for how long it is worth waiting, in seconds."""

    route: Route
    request: dict[str, Any]
    seconds: float | None


def create_completion(
    stores: Stores, llm: ChatClient, access: ProviderAccess, project: Project, user: User, body: CompletionsCreateReq
) -> CompletionsCreateRes:
    """Ask the model; its answer, or `{"error": …}` with the provider's status. Traced unless the body says not to.

    Raises InvalidRequest for ids that cannot be stored.
    """
    tracing = _tracing(project, user, body)
    prepared = _prepared(stores, access, project, body)
    if isinstance(prepared, WeftError):
        return CompletionsCreateRes(response=_refusal(prepared))
    outcome = Outcome()
    try:
        response = llm.complete(prepared.route.endpoint, prepared.request, prepared.seconds)
        outcome = Outcome(response, _error_in(response))
    except LLMError as error:
        response = {"error": error.reason, "error_status_code": error.status}
        outcome = Outcome(None, error.reason)
    if not body.track_llm_call:
        return CompletionsCreateRes(response=response)
    stores.spans.put([completion_span(stores, tracing, _question(body, prepared), outcome)])
    return CompletionsCreateRes(response=response, **_ids(tracing))


def stream_completion(
    stores: Stores, llm: ChatClient, access: ProviderAccess, project: Project, user: User, body: CompletionsCreateReq
) -> Iterator[dict[str, Any]]:
    """The lines of a streamed answer: first `_meta` with the ids, if it is traced, then the provider's chunks.

    An error is a line, the only one when nothing could be asked. The span is stored open and closed at the end, also
    when the caller goes away before. Raises InvalidRequest for ids that cannot be stored.
    """
    tracing = _tracing(project, user, body)
    prepared = _prepared(stores, access, project, body)
    if isinstance(prepared, WeftError):
        return iter([_refusal(prepared)])
    if not body.track_llm_call:
        return _untraced(llm, prepared)
    question = _question(body, prepared)
    stores.spans.put([completion_span(stores, tracing, question, Outcome())])
    return _traced(stores, llm, prepared, tracing, question)


def _untraced(llm: ChatClient, prepared: _Prepared) -> Iterator[dict[str, Any]]:
    try:
        yield from llm.stream(prepared.route.endpoint, prepared.request, prepared.seconds)
    except LLMError as error:
        yield {"error": error.reason, "error_status_code": error.status}


def _traced(
    stores: Stores, llm: ChatClient, prepared: _Prepared, tracing: Tracing, question: Question
) -> Iterator[dict[str, Any]]:
    gathered = GatheredCompletion()
    outcome = Outcome({}, "The caller went away before the end", "Cancelled")
    try:
        yield {"_meta": _ids(tracing)}
        for chunk in llm.stream(prepared.route.endpoint, prepared.request, prepared.seconds):
            gathered.add(chunk)
            yield chunk
        outcome = Outcome(gathered.completion())
    except LLMError as error:
        outcome = Outcome(gathered.completion(), error.reason)
        yield {"error": error.reason, "error_status_code": error.status}
    finally:
        if outcome.error_type == "Cancelled":
            outcome = Outcome(gathered.completion(), outcome.error, outcome.error_type)
        stores.spans.put([completion_span(stores, tracing, question, outcome)])


def _prepared(
    stores: Stores, access: ProviderAccess, project: Project, body: CompletionsCreateReq
) -> _Prepared | WeftError:
    """The request to send, or why there is none. What ails our own stores is raised."""
    try:
        return _prepare(stores, access, project, body)
    except WeftError as error:
        if error.status >= 500:
            raise
        return error


def _prepare(stores: Stores, access: ProviderAccess, project: Project, body: CompletionsCreateReq) -> _Prepared:
    """The request to send. Raises NoRoute and CannotFill, and InvalidRequest for a prompt that is none."""
    inputs = body.inputs
    if body.inference_route is not None:
        raise NoRoute("Dedicated inference connections exist in the hosted service only")
    messages = _messages(stores, project, inputs)
    headers = dict(inputs.extra_headers or {})
    credentials = Credentials(
        api_key=str(headers.pop("api_key", None) or ""),
        vertex_credentials=inputs.vertex_credentials or "",
        api_version=inputs.api_version or "",
    )
    route = with_headers(find_route(stores, access, [project.id], inputs.model, credentials), headers)
    given = inputs.model_dump(exclude_none=True, exclude=set(_OURS | route.drops))
    request = _with_outside_refs(stores, {"model": route.model, "messages": messages, **given})
    return _Prepared(route, request, _seconds(inputs.timeout))


def _messages(stores: Stores, project: Project, inputs: CompletionsCreateRequestInputs) -> list[Any]:
    messages = list(inputs.messages)
    if inputs.prompt:
        try:
            messages = [*prompt_messages(stores, project, inputs.prompt), *messages]
        except (InvalidRequest, NotFound) as error:
            raise InvalidRequest(f"Failed to resolve prompt: {error.reason}") from error
    return filled_messages(messages, inputs.template_vars) if inputs.template_vars else messages


def _with_outside_refs(stores: Stores, request: dict[str, Any]) -> dict[str, Any]:
    """The request with refs as the caller wrote them: how we store them is no model's business."""
    text = jsontext.dumps_finite(request)
    if INTERNAL not in text:
        return request

    def external(project_id: str) -> str | None:
        found = stores.projects.by_id(project_id)
        return found.external if found else None

    translated: dict[str, Any] = jsontext.loads(outward(text.encode(), external))
    return translated


def _seconds(timeout: float | str | None) -> float | None:
    try:
        seconds = float(timeout or 0)
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None


def _tracing(project: Project, user: User, body: CompletionsCreateReq) -> Tracing:
    return Tracing(
        project=project,
        user=user,
        span_id=ids.new_id(),
        trace_id=_id(body.trace_id, "trace_id") or ids.new_id(),
        conversation_id=_id(body.conversation_id, "conversation_id") or ids.new_id(),
        conversation_name=_id(body.conversation_name, "conversation_name", _LONGEST_NAME),
        source=_id(body.source, "source"),
    )


def _id(text: str | None, field: str, longest: int = _LONGEST_ID) -> str:
    if text and len(text) > longest:
        raise InvalidRequest(f"Invalid {field}: longer than {longest} characters")
    return storable(text or "", field)


def _question(body: CompletionsCreateReq, prepared: _Prepared) -> Question:
    return Question(body.inputs, prepared.route.provider, prepared.route.shown_model)


def _ids(tracing: Tracing) -> dict[str, str]:
    return {
        # Older clients know only this name for it.
        "weave_call_id": tracing.span_id,
        "span_id": tracing.span_id,
        "trace_id": tracing.trace_id,
        "conversation_id": tracing.conversation_id,
    }


def _refusal(error: WeftError) -> dict[str, Any]:
    return {"error": error.reason, **error.extra}


def _error_in(response: Mapping[str, Any]) -> str | None:
    """What a provider says went wrong in an answer it calls a good one."""
    error = response.get("error")
    return None if not error else error if isinstance(error, str) else jsontext.dumps_finite(error)[:1000]
