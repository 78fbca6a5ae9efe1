"""The client of LLMs: chat completions, whole or streamed, and images, from whatever endpoint it is given.

Which endpoint may be asked, with which key, is decided by the caller; how each protocol says it, in files of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from weft.core import jsontext
from weft.core.errors import TooLarge
from weft.llm.anthropic import AnthropicSpeech
from weft.llm.bedrock import BedrockSpeech
from weft.llm.endpoints import Endpoint, LLMError, Prepared, ProtocolName, Speech
from weft.llm.google_tokens import GoogleTokens
from weft.llm.openai import OpenAISpeech
from weft.llm.transport import Transport, limited

_LARGEST_ANSWER = 8 * 1024 * 1024
_LARGEST_STREAM = 64 * 1024 * 1024
# Images come inside the answer, several at a time.
_LARGEST_IMAGES = 128 * 1024 * 1024
# A stream may go on for longer than one answer may take, but not for ever.
_STREAM_TIMES = 10
_SPEECHES: Mapping[ProtocolName, Speech] = {
    "openai": OpenAISpeech(),
    "anthropic": AnthropicSpeech(),
    "bedrock": BedrockSpeech(),
}


class ChatClient:
    """Keeps connections open; safe for concurrent use by threads."""

    def __init__(self, timeout_seconds: float, connections: int, proxy: str | None = None) -> None:
        self._seconds = timeout_seconds
        self._transport = Transport(timeout_seconds, connections, proxy)
        self._tokens = GoogleTokens(self._transport)

    def complete(self, endpoint: Endpoint, request: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """The answer to a chat completion request, in OpenAI's form. Raises LLMError."""
        speech = _SPEECHES[endpoint.protocol]
        endpoint = self._with_token(endpoint)
        with _understood():
            body = self._ask(endpoint, speech.prepare(endpoint, request, stream=False), _LARGEST_ANSWER, seconds)
            return speech.answer(body, request)

    def stream(
        self, endpoint: Endpoint, request: dict[str, Any], seconds: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """The chunks of the answer, in OpenAI's form, as they come. Raises LLMError, perhaps in the middle."""
        speech = _SPEECHES[endpoint.protocol]
        endpoint = self._with_token(endpoint)
        with _understood():
            prepared = speech.prepare(endpoint, request, stream=True)
            with self._transport.exchange(endpoint, prepared, seconds) as response:
                data = limited(response, self._seconds * _STREAM_TIMES, _LARGEST_STREAM)
                yield from speech.chunks(data, request)

    def make_images(self, endpoint: Endpoint, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to an image request, in OpenAI's form. Raises LLMError."""
        content = jsontext.dumps_finite(request).encode()
        prepared = Prepared(endpoint.url("/images/generations"), endpoint.request_headers(), content)
        with _understood():
            return self._ask(endpoint, prepared, _LARGEST_IMAGES, None)

    def fetch(self, url: str, limit: int, *, public_only: bool = True) -> tuple[bytes, str]:
        """The content at a URL, of at most `limit` bytes, and its type. Raises LLMError."""
        return self._transport.fetch(url, limit, public_only)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def _ask(self, endpoint: Endpoint, prepared: Prepared, limit: int, seconds: float | None) -> dict[str, Any]:
        with self._transport.exchange(endpoint, prepared, seconds) as response:
            body = b"".join(limited(response, min(seconds or self._seconds, self._seconds), limit))
        try:
            answer = jsontext.loads(body)
        except ValueError as error:
            raise LLMError("The LLM endpoint answered something that is not JSON", temporary=True) from error
        if not isinstance(answer, dict):
            raise LLMError("The LLM endpoint answered JSON that is not an object", temporary=True)
        return answer

    def _with_token(self, endpoint: Endpoint) -> Endpoint:
        return replace(endpoint, api_key=self._tokens.token(endpoint.google)) if endpoint.google else endpoint


@contextmanager
def _understood() -> Iterator[None]:
    """An answer of another shape than its protocol's is the endpoint's failure, not ours."""
    try:
        yield
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, TooLarge) as error:
        reason = f"The LLM endpoint's answer is not understood ({type(error).__name__})"
        raise LLMError(reason, temporary=True) from error
