"""Which texts count as media, and what is left in their place."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from weft.domain.contents import SHORTEST, without_media

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40
LONG = base64.b64encode(PNG).decode()
PLAIN = base64.b64encode(b"hello world " * 1000).decode()


def kept(value: Any) -> tuple[Any, list[tuple[int, str]]]:
    """The value with media replaced by `ref`, and the size and type of what was kept."""
    media: list[tuple[int, str]] = []

    def keep(data: bytes, mimetype: str) -> str:
        media.append((len(data), mimetype))
        return "ref"

    return without_media(value, keep), media


@pytest.mark.parametrize(
    ("text", "mimetype"),
    [
        (LONG, "image/png"),
        (f"data:image/PNG;base64,{LONG}", "image/png"),
        (f"data:text/plain;charset=utf-8;base64,{PLAIN}", "text/plain"),
        (f"data:audio/x-wav;base64,{LONG}", "audio/x-wav"),
    ],
)
def test_long_base64_is_media_when_it_is_known_of_what(text: str, mimetype: str) -> None:
    value, media = kept({"a": [text, 1], "b": "short"})
    assert value == {"a": ["ref", 1], "b": "short"}
    assert [kind for _, kind in media] == [mimetype]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "ab" * SHORTEST,
        "x" * SHORTEST,
        LONG[: SHORTEST - 100],
        f"data:image/png;base64,{LONG}!",
        f"data:image/png,{LONG}",
        f"see {LONG}",
        f"{LONG}\n",
        LONG[:-1],
    ],
)
def test_other_texts_stay(text: str) -> None:
    value = {"a": [text, {"b": text}]}
    same, media = kept(value)
    assert same is value
    assert media == []
