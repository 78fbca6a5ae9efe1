"""Reads a published judge: its model, its prompt, and the endpoint the model lives at.

Refs inside a judge lead only into the project that is scored and the judge's own: a judge must not read for its author
what the author may not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from weft.core.errors import NotFound
from weft.core.refs import INTERNAL, ObjectRef, try_parse_ref
from weft.domain.objects import read_object
from weft.llm import ChatClient, Endpoint
from weft.scoring.retry import BadDeploy, CannotWork
from weft.scoring.scorers.judge import JudgeScorer, Model
from weft.scoring.stored_values import stored_value
from weft.settings import Settings
from weft.storage.stores import Stores

_CUSTOM = "custom::"
_OPENAI = "openai/"
_PLAIN = ("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty")
_LISTS = ("stop", "functions")
_MESSAGE = ("role", "content", "name", "function_call", "tool_call_id")
_ADDED = ("_type", "_class_name", "_bases")
# Headers that would change whom a request reaches, or unlock a cloud's metadata service.
_REFUSED_HEADERS = re.compile(r"host|content-.*|transfer-encoding|metadata-flavor|x-aws-ec2-metadata-token.*", re.I)


@dataclass(frozen=True, slots=True)
class JudgeLoader:
    """Makes judges out of their stored values, for the calls of one project."""

    stores: Stores
    settings: Settings
    client: ChatClient
    project_ids: frozenset[str]

    def load(self, value: Mapping[str, Any]) -> JudgeScorer:
        """The judge. Raises CannotWork for a broken one and BadDeploy for a model this server cannot reach."""
        return JudgeScorer(
            client=self.client,
            model=self._model(value.get("model")),
            prompt=self._prompt(value.get("scoring_prompt"), "scoring_prompt"),
            column_map=column_map_of(value),
        )

    def _model(self, given: Any) -> Model:
        value = self._value(given, "model")
        if not isinstance(value, dict) or not isinstance(value.get("llm_model_id"), str):
            raise CannotWork("The judge's model names no llm_model_id")
        parameters = value.get("default_params") or {}
        if not isinstance(parameters, dict):
            raise CannotWork("The default_params of the judge's model are not an object")
        endpoint, name = self._endpoint(value["llm_model_id"])
        return Model(
            shown=given,
            name=name,
            endpoint=endpoint,
            first_messages=self._first_messages(parameters),
            parameters=_sent(parameters),
            answers_json=parameters.get("response_format") == "json_object",
        )

    def _first_messages(self, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        if parameters.get("prompt"):
            prompt = self._prompt(parameters["prompt"], "prompt")
            return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        return [_message(item) for item in parameters.get("messages_template") or []]

    def _prompt(self, given: Any, field: str) -> Any:
        value = self._value(given, field)
        if isinstance(value, dict):
            value = value.get("messages", value.get("content"))
        if isinstance(value, list):
            return [_message(item) for item in value]
        if not isinstance(value, str):
            raise CannotWork(f"The judge's {field} is neither a text nor messages")
        return value

    def _value(self, given: Any, field: str) -> Any:
        """What is given, or what it refers to."""
        ref = try_parse_ref(given)
        if not isinstance(ref, ObjectRef):
            return given
        return stored_value(self.stores, ref, self.project_ids, f"The judge's {field}")

    def _endpoint(self, model_id: str) -> tuple[Endpoint, str]:
        if model_id.startswith(_CUSTOM):
            provider, _, model = model_id.removeprefix(_CUSTOM).partition("::")
            return self._custom(f"{_sanitised(provider)}-{_sanitised(model)}", _sanitised(provider))
        if model_id.startswith(INTERNAL):
            ref = try_parse_ref(model_id)
            if not isinstance(ref, ObjectRef) or ref.project not in self.project_ids:
                raise CannotWork("The judge's llm_model_id refers to nothing that may be used")
            return self._custom(ref.name, ref.name.rpartition("-")[0], ref.version)
        if not self.settings.llm_base_url:
            raise BadDeploy("No LLM endpoint is configured: set WEFT_LLM_BASE_URL")
        key = self.settings.llm_api_key
        endpoint = Endpoint(self.settings.llm_base_url, key.get_secret_value() if key else "")
        # The prefix is the SDK's way to say whose protocol it is; a gateway needs every other one to route by.
        return endpoint, model_id.removeprefix(_OPENAI)

    def _custom(self, model_object: str, provider_object: str, version: str = "latest") -> tuple[Endpoint, str]:
        model = self._stored("ProviderModel", model_object, version)
        provider = self._stored("Provider", provider_object, str(model.get("provider") or "latest"))
        base_url, key_name = str(provider.get("base_url", "")), str(provider.get("api_key_name") or "")
        # What a project stores is its own affair and fails its own tasks; it must not stop those of everybody else.
        if not self._may_call(base_url):
            raise CannotWork(f"The host of provider {provider_object!r} is not among WEFT_LLM_ALLOWED_HOSTS")
        key = self.settings.llm_provider_keys.get(key_name)
        if key_name and key is None:
            raise CannotWork(f"WEFT_LLM_PROVIDER_KEYS holds no key named {key_name[:80]!r}")
        extra = provider.get("extra_headers") or {}
        headers = {str(name): str(text) for name, text in extra.items() if not _REFUSED_HEADERS.fullmatch(str(name))}
        return Endpoint(base_url, key.get_secret_value() if key else "", headers), str(model.get("name") or "")

    def _stored(self, kind: str, object_id: str, version: str) -> dict[str, Any]:
        ref = try_parse_ref(version)
        if isinstance(ref, ObjectRef):
            object_id, version = ref.name, ref.version
        for project_id in sorted(self.project_ids):
            try:
                found = read_object(self.stores, project_id, object_id, version, kind="object")
            except NotFound:
                continue
            if found.base_object_class == kind and isinstance(found.val, dict):
                return found.val
        raise CannotWork(f"There is no {kind} {object_id!r}")

    def _may_call(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            return False
        own = urlsplit(self.settings.llm_base_url or "")
        allowed = {host.lower() for host in self.settings.llm_allowed_hosts}
        return parts.netloc.lower() in allowed | {own.netloc.lower()} or parts.hostname.lower() in allowed


def column_map_of(value: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The scorer's column map; None when it has none. Raises CannotWork for one that maps no names."""
    column_map = value.get("column_map")
    if column_map is None:
        return None
    if not isinstance(column_map, dict):
        raise CannotWork("The scorer's column_map is not an object")
    entries = {name: source for name, source in column_map.items() if name not in _ADDED}
    if not all(isinstance(source, str) for source in entries.values()):
        raise CannotWork("The scorer's column_map maps to something that is no name")
    return entries


def _sent(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as the provider knows them; those that are not set are not sent."""
    sent = {name: parameters[name] for name in _PLAIN if parameters.get(name) is not None}
    sent |= {name: parameters[name] for name in _LISTS if isinstance(parameters.get(name), list) and parameters[name]}
    if parameters.get("n_times") is not None:
        sent["n"] = parameters["n_times"]
    if parameters.get("response_format") in ("json_object", "text"):
        sent["response_format"] = {"type": parameters["response_format"]}
    return sent


def _message(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"role": "user", "content": item}
    if not isinstance(item, dict):
        raise CannotWork("A message of the judge is neither a text nor an object")
    message = {name: _bare(item[name]) for name in _MESSAGE if item.get(name) is not None}
    return {"role": "user", **message}


def _bare(value: Any) -> Any:
    """The value without what publishing added to it."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key not in _ADDED}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _sanitised(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)
