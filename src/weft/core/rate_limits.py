"""How long an HTTP service asks its callers to stay away, from the headers that services say it with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# What a limit is of, in the names that providers of LLMs give their headers; the first two are OpenAI's and
# Anthropic's, the last is what many gateways send.
_LIMITS = tuple(
    (f"{prefix}-remaining{thing}", f"{prefix}-reset{thing}")
    for prefix in ("x-ratelimit", "ratelimit")
    for thing in ("-requests", "-tokens", "")
) + tuple(
    (f"anthropic-ratelimit-{thing}-remaining", f"anthropic-ratelimit-{thing}-reset")
    for thing in ("requests", "tokens", "input-tokens", "output-tokens")
)
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS = (86_400.0, 3600.0, 60.0, 1.0, 0.001)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
# Greater numbers of seconds are moments since 1970.
_FIRST_MOMENT = 1_000_000_000


def asked_pause(headers: Mapping[str, str], at: datetime) -> float | None:
    """Seconds to stay away: what Retry-After says, else when a limit that is used up is renewed; None when unsaid.

    `headers` are looked up in lower case.
    """
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    said = _seconds(headers.get("retry-after", ""), at)
    if said is not None:
        return said
    waits = [_seconds(headers.get(reset, ""), at) for left, reset in _LIMITS if headers.get(left, "").strip() == "0"]
    return max((wait for wait in waits if wait is not None), default=None)


def _seconds(value: str, at: datetime) -> float | None:
    """Seconds from a number of them, a moment since 1970, a duration such as `6m0s`, or a date of either kind."""
    text = value.strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        number = float(text)
        return max(0.0, number - at.timestamp()) if number >= _FIRST_MOMENT else number
    duration = _DURATION.fullmatch(text)
    if duration:
        return math.fsum(float(part) * unit for part, unit in zip(duration.groups(), _UNITS, strict=True) if part)
    moment = _moment(text)
    return None if moment is None else max(0.0, (moment - at).total_seconds())


def _moment(text: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(text)
        except (TypeError, ValueError, OverflowError):
            continue
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return None
