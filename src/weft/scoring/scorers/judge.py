"""LLM as a judge: fills the scoring prompt in, asks the model, and reads the verdict out of its answer.

The object's parts are read and checked when the judge is loaded (judge_loading.py); running it touches no store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core import jsontext
from weft.core.clock import now
from weft.domain.score_writing import ModelCall, ScoreError
from weft.llm import ChatClient, Endpoint, LLMError
from weft.scoring.arguments import OUTPUT_AND_ANY, Signature
from weft.scoring.retry import BadDeploy, CannotWork, ScoringFailure, WorldIsSlow
from weft.scoring.scorers.base import Answer
from weft.scoring.scorers.formatting import fill, fill_message

PREDICT = "LLMStructuredCompletionModel.predict"

# A model that answers no JSON may do better once more, but each try costs money.
_TRIES_FOR_JSON = 3
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Model:
    """The model a judge asks: how the trace shows it, where it is, and what goes with each request."""

    shown: Any
    name: str
    endpoint: Endpoint
    first_messages: Sequence[dict[str, Any]]
    parameters: Mapping[str, Any]
    answers_json: bool


@dataclass(frozen=True, slots=True)
class JudgeScorer:
    """A judge, ready to run. `prompt` is one text or a list of messages."""

    client: ChatClient
    model: Model
    prompt: str | Sequence[Mapping[str, Any]]
    column_map: Mapping[str, str] | None
    op_name: str = "LLMAsAJudgeScorer.score"
    kind: str = "scorer"
    signature: Signature = OUTPUT_AND_ANY
    waits: bool = True

    def score(self, arguments: Mapping[str, Any]) -> Answer:
        """Ask the model about one call. Raises ScoringFailure with the model call that was made."""
        messages = self._messages(arguments)
        started_at = now()
        inputs = {"self": self.model.shown, "user_input": messages, "template_vars": {}}
        try:
            output = self._ask(messages)
        except ScoringFailure as failure:
            error = ScoreError(failure.error_type, failure.reason)
            failure.model_call = ModelCall(PREDICT, inputs, started_at, now(), error=error)
            raise
        return Answer(output, ModelCall(PREDICT, inputs, started_at, now(), output=output))

    def _messages(self, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        if isinstance(self.prompt, str):
            return [{"role": "user", "content": fill(self.prompt, variables)}]
        return [fill_message(message, variables) for message in self.prompt]

    def _ask(self, messages: list[dict[str, Any]]) -> Any:
        model = self.model
        request = {"model": model.name, "messages": [*model.first_messages, *messages], **model.parameters}
        try:
            answer = self.client.complete(model.endpoint, request)
        except LLMError as error:
            raise _as_failure(error) from error
        return read_verdict(answer, model.answers_json)


def read_verdict(answer: Mapping[str, Any], wants_json: bool) -> Any:
    """What the model said: its text, or the JSON in it. Raises ScoringFailure when there is none."""
    if answer.get("error"):
        raise CannotWork(f"The LLM answered an error: {jsontext.dumps(answer['error'])[:300]}")
    content = _content(answer)
    if not wants_json:
        return content
    if not content.strip():
        raise _asked_again("The LLM answered an empty text where JSON was asked for")
    return _json_in(content)


def _content(answer: Mapping[str, Any]) -> str:
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise _asked_again("The LLM's answer holds no message")
    content = message.get("content")
    if not isinstance(content, str):
        raise _asked_again("The LLM's answer holds no text")
    return content


def _json_in(content: str) -> Any:
    """The JSON of an answer, perhaps out of a code fence or with a sentence around it; nothing is ever made up."""
    fenced = _FENCED.match(content)
    candidates = [content, fenced.group(1) if fenced else "", content[content.find("{") : content.rfind("}") + 1]]
    for candidate in candidates:
        if candidate.strip():
            try:
                return jsontext.loads(candidate)
            except ValueError:
                continue
    raise _asked_again(f"The LLM's answer is not JSON: {content[:200]!r}")


def _asked_again(reason: str) -> WorldIsSlow:
    failure = WorldIsSlow(reason)
    failure.most_attempts = _TRIES_FOR_JSON
    return failure


def _as_failure(error: LLMError) -> ScoringFailure:
    if error.refused_key:
        return BadDeploy(error.reason)
    if not error.temporary:
        return CannotWork(error.reason)
    failure = WorldIsSlow(error.reason)
    failure.retry_after = error.retry_after
    return failure
