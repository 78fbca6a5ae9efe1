"""LLM as a judge: fills the scoring prompt in, asks the model, and reads the verdict out of its answer.

The object's parts are read and checked when the judge is loaded (judge_loading.py). Running it touches no store, but
for the files of media it looks at (judge_media.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from weft.core import jsontext
from weft.core.clock import now
from weft.domain.completion_spans import usage_numbers
from weft.domain.score_writing import ModelCall, ScoreError
from weft.llm import ChatClient, Endpoint, LLMError
from weft.scoring.arguments import OUTPUT_AND_ANY, Signature
from weft.scoring.retry import BadDeploy, CannotWork, ScoringFailure, WorldIsSlow
from weft.scoring.scorers.base import Answer
from weft.scoring.scorers.formatting import fill, fill_message
from weft.scoring.scorers.judge_media import MediaChoice, with_parts, without_data

PREDICT = "LLMStructuredCompletionModel.predict"

# A model that answers no JSON may do better once more, but each try costs money.
_TRIES_FOR_JSON = 3
# The second one is what Anthropic says when it is overloaded.
_ASKED_TOO_MUCH = frozenset({429, 529})
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Model:
    """The model a judge asks: how the trace shows it, where it is, and what goes with each request.

    `priced_as` is the name its usage goes by when the answer names no model.
    """

    shown: Any
    name: str
    endpoint: Endpoint
    first_messages: Sequence[dict[str, Any]]
    parameters: Mapping[str, Any]
    answers_json: bool
    priced_as: str = ""


@dataclass(frozen=True, slots=True)
class JudgeScorer:
    """A judge, ready to run. `prompt` is one text or a list of messages, `media` what of a call it looks at."""

    client: ChatClient
    model: Model
    prompt: str | Sequence[Mapping[str, Any]]
    column_map: Mapping[str, str] | None
    op_name: str = "LLMAsAJudgeScorer.score"
    kind: str = "scorer"
    signature: Signature = OUTPUT_AND_ANY
    waits: bool = True
    media: MediaChoice | None = None

    def score(self, arguments: Mapping[str, Any]) -> Answer:
        """Ask the model about one call. Raises ScoringFailure with the model call that was made."""
        messages = self._messages(arguments)
        call = ModelCall(
            PREDICT,
            {"self": self.model.shown, "user_input": without_data(messages), "template_vars": {}},
            started_at=(started_at := now()),
            ended_at=started_at,
        )
        try:
            answer = self._ask(messages)
            # What was used is paid for, whatever the answer is worth.
            call = replace(call, usage=usage_of(answer, self.model.priced_as or self.model.name))
            output = read_verdict(answer, self.model.answers_json)
        except ScoringFailure as failure:
            error = ScoreError(failure.error_type, failure.reason)
            failure.model_call = replace(call, ended_at=now(), error=error)
            raise
        return Answer(output, replace(call, ended_at=now(), output=output))

    def _messages(self, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        parts = self.media.parts(variables) if self.media else []
        told = without_data(dict(variables)) if self.media else variables
        if isinstance(self.prompt, str):
            messages = [{"role": "user", "content": fill(self.prompt, told)}]
        else:
            messages = [fill_message(message, told) for message in self.prompt]
        return with_parts(messages, parts) if parts else messages

    def _ask(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        model = self.model
        request = {"model": model.name, "messages": [*model.first_messages, *messages], **model.parameters}
        try:
            return self.client.complete(model.endpoint, request)
        except LLMError as error:
            raise _as_failure(error) from error


def usage_of(answer: Mapping[str, Any], model: str) -> dict[str, dict[str, int]]:
    """What an answer used, as summaries of calls hold it: by the name of the model, as the answer has it."""
    tokens = usage_numbers(answer)
    given = answer.get("usage")
    total = given.get("total_tokens") if isinstance(given, dict) else None
    counted = {
        "requests": 1,
        "prompt_tokens": tokens["input_tokens"],
        "completion_tokens": tokens["output_tokens"],
        "total_tokens": total if isinstance(total, int) else tokens["input_tokens"] + tokens["output_tokens"],
    }
    cached = {name: tokens[name] for name in _CACHED if tokens[name]}
    named = answer.get("model")
    return {named if isinstance(named, str) and named else model: {**counted, **cached}}


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
    failure.rate_limited = error.status in _ASKED_TOO_MUCH
    return failure
