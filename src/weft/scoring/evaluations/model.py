"""The model of an evaluation: an LLMStructuredCompletionModel, which needs no code but ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from weft.core.refs import ObjectRef
from weft.domain.score_writing import ModelCall
from weft.scoring.endpoint_keys import EndpointKey, endpoint_of
from weft.scoring.retry import CannotWork, ScoringFailure
from weft.scoring.scorers.judge import JudgeScorer
from weft.scoring.scorers.judge_loading import JudgeLoader

CLASS_NAME = "LLMStructuredCompletionModel"


@dataclass(frozen=True, slots=True)
class StructuredModel:
    """A model version, ready to answer rows."""

    asker: JudgeScorer

    @property
    def endpoint(self) -> EndpointKey | None:
        """The LLM endpoint it asks."""
        return endpoint_of(self.asker)

    def predict(self, user_input: Any) -> ModelCall:
        """What it answers to a text, a message or messages. Raises ScoringFailure, naming the endpoint to blame."""
        messages = [_as_it_is(message) for message in messages_of(user_input)]
        if not messages and not self.asker.model.first_messages:
            raise CannotWork("The row has no 'user_input', and the model no messages of its own", "ValueError")
        try:
            call = replace(self.asker, prompt=messages, corrects=False).score({}).model_call
        except ScoringFailure as failure:
            failure.endpoint = self.endpoint
            raise
        assert call is not None
        return call


def load_model(loader: JudgeLoader, ref: ObjectRef, value: Any) -> StructuredModel:
    """The model of that stored value. Raises CannotWork for one of any other class, whose code is not ours to run."""
    name = value.get("_class_name") if isinstance(value, dict) else None
    if name != CLASS_NAME:
        shown = f"a {name[:80]}" if isinstance(name, str) and name else "no model"
        raise CannotWork(
            f"{ref.name} is {shown}; only an {CLASS_NAME} can be evaluated here, since code of models is not run"
        )
    if not isinstance(value.get("llm_model_id"), str):
        raise CannotWork(f"The model {ref.name} names no llm_model_id")
    return StructuredModel(loader.load({"model": ref.uri(), "scoring_prompt": ""}))


def messages_of(user_input: Any) -> list[dict[str, Any]]:
    """The messages that a row's `user_input` stands for. Raises CannotWork for what stands for none."""
    items = user_input if isinstance(user_input, list) else [] if user_input is None else [user_input]
    messages = [{"role": "user", "content": item} if isinstance(item, str) else item for item in items]
    if not all(isinstance(message, dict) for message in messages):
        raise CannotWork("The row's 'user_input' is neither a text nor messages", "TypeError")
    return [{"role": "user", **message} for message in messages]


def _as_it_is(message: Mapping[str, Any]) -> dict[str, Any]:
    """The message as a template that says just this: rows are data, and braces in them mean nothing."""
    literal: dict[str, Any] = {}
    for key, value in message.items():
        if isinstance(value, str):
            literal[key] = value.replace("{", "{{").replace("}", "}}")
        elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
            literal[key] = [_as_it_is(item) for item in value]
        else:
            literal[key] = value
    return literal
