"""Reads a published judge: its model, its prompt, and what it looks at. Where the model lives is domain/providers.py's.

Refs inside a judge lead only into the project that is scored and the judge's own: a judge must not read for its author
what the author may not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.core.refs import ObjectRef, try_parse_ref
from weft.domain.known_providers import NoGateway, NoRoute
from weft.domain.providers import Route, find_route
from weft.llm import ChatClient
from weft.scoring.retry import BadDeploy, CannotWork
from weft.scoring.scorers.judge import JudgeScorer, Model
from weft.scoring.scorers.judge_media import media_choice
from weft.scoring.stored_values import stored_value
from weft.services import provider_access
from weft.settings import Settings
from weft.storage.stores import Stores

_PLAIN = ("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty")
_LISTS = ("stop", "functions")
_MESSAGE = ("role", "content", "name", "function_call", "tool_call_id")
_ADDED = ("_type", "_class_name", "_bases")


@dataclass(frozen=True, slots=True)
class JudgeLoader:
    """Makes judges out of their stored values, for the calls of one project."""

    stores: Stores
    settings: Settings
    client: ChatClient
    project_ids: frozenset[str]

    def load(self, value: Mapping[str, Any]) -> JudgeScorer:
        """The judge. Raises CannotWork if it is broken or has no key, and BadDeploy for a model nobody serves."""
        return JudgeScorer(
            client=self.client,
            model=self._model(value.get("model")),
            prompt=self._prompt(value.get("scoring_prompt"), "scoring_prompt"),
            column_map=column_map_of(value),
            media=media_choice(value, self.stores, sorted(self.project_ids)),
        )

    def _model(self, given: Any) -> Model:
        value = self._value(given, "model")
        if not isinstance(value, dict) or not isinstance(value.get("llm_model_id"), str):
            raise CannotWork("The judge's model names no llm_model_id")
        parameters = value.get("default_params") or {}
        if not isinstance(parameters, dict):
            raise CannotWork("The default_params of the judge's model are not an object")
        route = self._route(value["llm_model_id"])
        sent = _sent(parameters)
        return Model(
            shown=given,
            name=route.model,
            endpoint=route.endpoint,
            first_messages=self._first_messages(parameters),
            parameters={name: text for name, text in sent.items() if name not in route.drops},
            answers_json=parameters.get("response_format") == "json_object",
            priced_as=route.shown_model,
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

    def _route(self, model_id: str) -> Route:
        try:
            return find_route(self.stores, provider_access(self.settings), sorted(self.project_ids), model_id)
        except NoGateway as error:
            raise BadDeploy(error.reason) from error
        except NoRoute as error:
            # What a project stores or lacks is its own affair; it must not stop those of everybody else.
            raise CannotWork(error.reason) from error


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
