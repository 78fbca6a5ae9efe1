"""How long a provider asks to stay away: each form of the headers, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.rate_limits import asked_pause

AT = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms"}, 0.02),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(AT.timestamp()) + 9)}, 9),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "12"}, 12),
        (
            {"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-01-01T12:00:05Z"},
            5,
        ),
        (
            {
                "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2s",
            },
            2,
        ),
        ({"retry-after": "3", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "9s"}, 3),
    ],
)  # fmt: skip
def test_the_pause_that_is_asked_for_is_understood(headers: dict[str, str], seconds: float) -> None:
    assert asked_pause(headers, AT) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "soon"},
        {"retry-after": "-3"},
        {"retry-after": "1e400"},
        {"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "9s"},
        {"x-ratelimit-remaining-tokens": "0"},
    ],
)
def test_what_asks_for_nothing_is_none(headers: dict[str, str]) -> None:
    assert asked_pause(headers, AT) is None


@given(st.text(max_size=30))
def test_no_header_is_too_odd(value: str) -> None:
    pause = asked_pause({"retry-after": value, "ratelimit-remaining": "0", "ratelimit-reset": value}, AT)
    assert pause is None or pause >= 0
