"""OpenAI's chat completions, which most providers speak: what is sent, and the chunks of a streamed answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weft.core import jsontext
from weft.llm.endpoints import Endpoint, LLMError, Prepared
from weft.llm.transport import refused_in_words

_DONE = b"[DONE]"


class OpenAISpeech:
    """Says it as it is."""

    def prepare(self, endpoint: Endpoint, request: Mapping[str, Any], stream: bool) -> Prepared:
        """The request to send."""
        body = dict(request)
        if stream:
            body["stream"] = True
            if endpoint.stream_usage:
                body["stream_options"] = {"include_usage": True}
        content = jsontext.dumps_finite(body).encode()
        return Prepared(endpoint.url("/chat/completions"), endpoint.request_headers(), content)

    def answer(self, body: dict[str, Any], _request: Mapping[str, Any]) -> dict[str, Any]:
        """The completion an answer holds."""
        return body

    def chunks(self, data: Iterator[bytes], _request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The chunks of a streamed answer; an endpoint that does not stream answers in one."""
        for event in server_sent_events(data):
            if "error" in event and not event.get("choices"):
                raise stream_error(event)
            yield _as_chunk(event) if event.get("object") == "chat.completion" else event


def server_sent_events(data: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of events, without the end marker; a bare JSON answer counts as one event."""
    for line in lines_of(data):
        text = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else line.strip()
        if not text or text == _DONE or not text.startswith(b"{"):
            # Blank lines, comments that keep the connection open, `event:` and `id:` fields.
            continue
        try:
            event = jsontext.loads(text)
        except ValueError as error:
            raise LLMError("The LLM endpoint streamed something that is not JSON", temporary=True) from error
        yield event


def lines_of(data: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of the data; other characters that some call line ends stand inside of texts."""
    rest = b""
    for piece in data:
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        yield rest


def stream_error(event: Mapping[str, Any]) -> LLMError:
    """The error a provider put into its stream."""
    return LLMError(f"The LLM endpoint broke off: {refused_in_words(dict(event))}", temporary=True)


def _as_chunk(completion: dict[str, Any]) -> dict[str, Any]:
    choices = [
        {
            "index": choice.get("index", 0),
            "delta": choice.get("message") or {},
            "finish_reason": choice.get("finish_reason"),
        }
        for choice in completion.get("choices") or []
        if isinstance(choice, dict)
    ]
    return {**completion, "object": "chat.completion.chunk", "choices": choices}
