"""LLM as a judge: fills the scoring prompt in, asks the model, and reads the verdict out of its answer.

The object's parts are read and checked when the judge is loaded (judge_loading.py). Running it touches no store, but
for the files of media it looks at (judge_media.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
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
_TRIES_FOR_A_VERDICT = 3
_LONGEST_QUOTE = 4000
_CORRECTION = "That is not valid JSON. Answer again with nothing but the JSON, without any text or fence around it."
# The second one is what Anthropic says when it is overloaded.
_ASKED_TOO_MUCH = frozenset({429, 529})
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_DECODER = json.JSONDecoder()
# Where JSON may begin in an answer; prose that is full of braces is not worth more.
_MOST_PLACES = 50


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
    corrects: bool = True
    """Whether the model is told what was wrong when it is asked again; one that is being evaluated is not."""

    def score(self, arguments: Mapping[str, Any]) -> Answer:
        """Ask the model about one call. Raises ScoringFailure with the model call that was made."""
        messages = self._messages(arguments)
        call = ModelCall(
            PREDICT,
            {"self": self.model.shown, "user_input": without_data(messages), "template_vars": {}},
            started_at=(started_at := now()),
            ended_at=started_at,
        )
        used: dict[str, dict[str, int]] = {}
        try:
            output = self._verdict(messages, used)
        except ScoringFailure as failure:
            error = ScoreError(failure.error_type, failure.reason)
            failure.model_call = replace(call, ended_at=now(), error=error, usage=used or None)
            raise
        return Answer(output, replace(call, ended_at=now(), output=output, usage=used))

    def _verdict(self, messages: list[dict[str, Any]], used: dict[str, dict[str, int]]) -> Any:
        """What the model says, asked again when that cannot be read; what each answer used is added to `used`."""
        asked, tries = messages, 0
        while True:
            answer = self._ask(asked)
            tries += 1
            # What was used is paid for, whatever the answer is worth.
            _add(used, usage_of(answer, self.model.priced_as or self.model.name))
            try:
                return read_verdict(answer, self.model.answers_json)
            except Unreadable as failure:
                if tries == _TRIES_FOR_A_VERDICT:
                    raise CannotWork(f"{failure.reason} (asked {tries} times)") from failure
                asked = [*messages, *(_correction(answer) if self.corrects and self.model.answers_json else [])]

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


class Unreadable(CannotWork):
    """The model answered, and not what it was asked for."""


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
        raise Unreadable("The LLM answered an empty text where JSON was asked for")
    return _json_in(content)


def _content(answer: Mapping[str, Any]) -> str:
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise Unreadable("The LLM's answer holds no message")
    content = message.get("content")
    if not isinstance(content, str):
        raise Unreadable("The LLM's answer holds no text")
    return content


def _json_in(content: str) -> Any:
    """The JSON of an answer, perhaps out of a code fence or with sentences around it; nothing is ever made up."""
    fences = [match.group(1) for match in islice(_FENCED.finditer(content), _MOST_PLACES)]
    for candidate in (content, *fences):
        if candidate.strip():
            try:
                return jsontext.loads(candidate)
            except ValueError:
                continue
    for place in islice(re.finditer(r"\{", content), _MOST_PLACES):
        try:
            _, end = _DECODER.raw_decode(content, place.start())
            return jsontext.loads(content[place.start() : end])
        except (ValueError, RecursionError):
            continue
    raise Unreadable(f"The LLM's answer is not JSON: {content[:200]!r}")


def _correction(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What to say after an answer that is no JSON: the answer, and that it is none."""
    try:
        said = _content(answer)[:_LONGEST_QUOTE]
    except Unreadable:
        said = ""
    correction = {"role": "user", "content": _CORRECTION}
    return [{"role": "assistant", "content": said}, correction] if said.strip() else []


def _add(used: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for model, counts in more.items():
        known = used.setdefault(model, {})
        for name, count in counts.items():
            known[name] = known.get(name, 0) + count


def _as_failure(error: LLMError) -> ScoringFailure:
    if error.refused_key:
        return BadDeploy(error.reason)
    if not error.temporary:
        return CannotWork(error.reason)
    failure = WorldIsSlow(error.reason)
    failure.retry_after = error.retry_after
    failure.rate_limited = error.status in _ASKED_TOO_MUCH
    return failure
