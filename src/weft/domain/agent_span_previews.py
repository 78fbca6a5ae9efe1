"""The beginnings of the first and the last message of a conversation, from the spans that may hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from weft.domain.chat_texts import USER, ChatText, answer_text, last_words, read_messages
from weft.storage.events.span_query.messages import SpanMessages

LONGEST = 280
"""Characters of a preview; a longer text ends in `…`."""

Preview = dict[str, str]


def first_message(spans: Iterable[SpanMessages]) -> Preview | None:
    """The first words of the first of the spans that has any: the user's, who speaks before the model."""
    for span in spans:
        asked = _texts(read_messages(span.input))
        if asked:
            return _preview("user_message", asked[0])
        answer = answer_text(read_messages(span.output))
        if answer:
            return _preview("assistant_message", answer)
    return None


def last_message(spans: Iterable[SpanMessages]) -> Preview | None:
    """The last words of the first of the spans that has any: the model's, or the user's who got no answer."""
    for span in spans:
        answer = answer_text(read_messages(span.output))
        if answer:
            return _preview("assistant_message", answer)
        asked = _texts(last_words([span.input]))
        if asked:
            return _preview("user_message", asked[-1])
    return None


def _texts(messages: Sequence[ChatText]) -> list[str]:
    return [message.text for message in messages if message.role == USER and message.text]


def _preview(role: str, text: str) -> Preview:
    return {"role": role, "text": text if len(text) <= LONGEST else text[:LONGEST] + "…"}
