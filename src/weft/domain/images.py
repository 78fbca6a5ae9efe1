"""Images on behalf of callers: the request, the pictures kept as content objects, the call each is traced as.

A failure is an answer with `error` in it, as with completions.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import filetype

from weft.core import ids
from weft.core.clock import now
from weft.core.hosts import host_of
from weft.core.identity import Project, User
from weft.domain.calls import apply_changes, call_of
from weft.domain.completion_spans import usage_numbers
from weft.domain.contents import store_content
from weft.domain.known_providers import NoRoute, ProviderAccess
from weft.domain.providers import CUSTOM, Route, find_route
from weft.llm import ChatClient, LLMError
from weft.llm.catalogue import find_model
from weft.schemas.images import ImageGenerationCreateReq, ImageGenerationCreateRes, ImageGenerationRequestInputs
from weft.storage.events.call_changes import PutCall
from weft.storage.stores import Stores

OP_NAME = "weave.image_generation_create"
_SIZE = "1024x1024"
_ALWAYS_INLINE = frozenset({"gpt-image-1", "gpt-image-1.5"})
_LARGEST_IMAGE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Making:
    """Everything one request works with."""

    stores: Stores
    llm: ChatClient
    access: ProviderAccess
    project: Project
    user: User


def create_images(
    stores: Stores,
    llm: ChatClient,
    access: ProviderAccess,
    project: Project,
    user: User,
    body: ImageGenerationCreateReq,
) -> ImageGenerationCreateRes:
    """Have images made; the answer holds refs of content objects where the provider's has URLs or base64."""
    making = _Making(stores, llm, access, project, user)
    inputs = body.inputs
    try:
        route = find_route(stores, access, [project.id], _model_named(inputs.model))
    except NoRoute as error:
        return ImageGenerationCreateRes(response={"error": error.reason, **error.extra}, weave_call_id=None)
    started_at, failure = now(), None
    try:
        response = _with_contents(making, route, llm.make_images(route.endpoint, _request(route.model, inputs)))
    except LLMError as error:
        failure = error.reason
        response = {"error": error.reason, "error_status_code": error.status}
    if not body.track_llm_call:
        return ImageGenerationCreateRes(response=response, weave_call_id=None)
    call_id = ids.new_id()
    call = call_of(
        project.id,
        call_id,
        trace_id=ids.new_id(),
        op_name=OP_NAME,
        started_at=started_at,
        ended_at=now(),
        inputs=inputs.model_dump(exclude_none=True),
        output=response,
        attributes={"weave": {"kind": "llm"}},
        summary=_summary(route.shown_model, response, failed=failure is not None),
        exception="" if failure is None else _exception(failure),
        wb_user_id=user.id,
    )
    apply_changes(stores, [PutCall(call)], sampled=False)
    return ImageGenerationCreateRes(response=response, weave_call_id=call_id)


def _model_named(model: str) -> str:
    # Who makes images speaks OpenAI's protocol, or is stored as a provider.
    return model if not model or model.startswith(CUSTOM) or find_model(model) else f"openai/{model}"


def _request(model: str, inputs: ImageGenerationRequestInputs) -> dict[str, Any]:
    request: dict[str, Any] = {"model": model, "prompt": inputs.prompt, "n": inputs.n or 1, "size": _SIZE}
    if model in _ALWAYS_INLINE:
        return {**request, "quality": "high"}
    if model == "dall-e-3":
        return {**request, "n": 1, "quality": "standard", "style": "natural", "response_format": "url"}
    return {**request, "response_format": "url"}


def _with_contents(making: _Making, route: Route, response: dict[str, Any]) -> dict[str, Any]:
    items = response.get("data")
    if not isinstance(items, list):
        return response
    kept = [_with_content(making, route, item) if isinstance(item, dict) else item for item in items]
    return {**response, "data": kept}


def _with_content(making: _Making, route: Route, item: dict[str, Any]) -> dict[str, Any]:
    """The item with a ref for its picture. One that cannot be had stays as the provider gave it."""
    if isinstance(item.get("b64_json"), str):
        try:
            data = base64.b64decode(item["b64_json"], validate=True)
        except (ValueError, binascii.Error):
            return item
        return {**item, "b64_json": _stored(making, data, "")}
    if isinstance(item.get("url"), str):
        url = item["url"]
        # The provider's own host is as trusted as the provider; every other one is reached as a stranger's.
        trusted = host_of(url) == host_of(route.endpoint.base_url) and not route.endpoint.public_only
        try:
            data, kind = making.llm.fetch(url, _LARGEST_IMAGE, public_only=not (trusted or making.access.lists(url)))
        except LLMError:
            return item
        return {**item, "url": _stored(making, data, kind)}
    return item


def _stored(making: _Making, data: bytes, kind: str) -> str:
    seen = filetype.guess_mime(data)
    mimetype = seen or (kind if kind.startswith("image/") else "image/png")
    return store_content(making.stores, making.project, making.user, data, mimetype)


def _summary(model: str, response: Mapping[str, Any], *, failed: bool) -> dict[str, Any]:
    summary: dict[str, Any] = {"status_counts": {"success": int(not failed), "error": int(failed)}}
    if not failed:
        tokens = usage_numbers(response)
        prompt, completion = tokens["input_tokens"], tokens["output_tokens"]
        usage = {"requests": 1, "prompt_tokens": prompt, "completion_tokens": completion}
        summary["usage"] = {model: {**usage, "total_tokens": prompt + completion}}
    return summary


def _exception(reason: str) -> str:
    return json.dumps({"type": "LLMError", "message": reason, "traceback": []})
