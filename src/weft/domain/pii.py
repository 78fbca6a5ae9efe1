"""Personal data in JSON values, replaced under the policy `pii-v1` before anything is stored.

What counts as personal data in a text is pii_text.py's; when to do it is ingest_policy.py's.
"""

from __future__ import annotations

import re
from typing import Any

from weft.core import jsontext
from weft.core.errors import TooLarge
from weft.domain.pii_text import CARD, is_card_number, mask, may_hold_personal_data

DEEPEST = 200
"""Levels of nesting that are looked through; below them nothing could be promised."""

# Card numbers sent as numbers. Many ids are numbers that would pass the check digit alone, so these need the length
# and the first digits of the great issuers too.
_ISSUED = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|6(?:011|5\d\d)\d{12}|3[47]\d{13}"
)
_SMALLEST_CARD, _BEYOND_CARDS = 10**14, 10**16


def redact(value: Any) -> Any:
    """The JSON value without personal data; the very same value when it holds none.

    Texts that are JSON themselves are looked through as such. Raises TooLarge for nesting deeper than `DEEPEST`.
    """
    return _redact(value, 0)


def redact_json(text: str) -> str:
    """The same for a value that is kept as JSON text. Raises TooLarge."""
    if not _is_worth_a_look(text):
        # Too deep is refused whatever it holds, or the answer would depend on what is found.
        if _may_be_deep(text):
            redact(jsontext.loads(text))
        return text
    value = jsontext.loads(text)
    redacted = redact(value)
    return text if redacted is value else jsontext.dumps_finite(redacted)


def redact_text(text: str) -> str:
    """The same for a text of a column; one that is JSON is looked through as such."""
    return _redact_text(text, 0)


def _redact(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _redact_text(value, depth)
    if isinstance(value, dict | list):
        if depth >= DEEPEST:
            raise TooLarge("Request too large: nested too deeply to look for personal data")
        return _redact_object(value, depth) if isinstance(value, dict) else _redact_list(value, depth)
    if type(value) is int and _SMALLEST_CARD <= value < _BEYOND_CARDS:
        digits = str(value)
        return CARD if _ISSUED.fullmatch(digits) and is_card_number(digits) else value
    return value


def _redact_list(items: list[Any], depth: int) -> list[Any]:
    redacted = [_redact(item, depth + 1) for item in items]
    return redacted if any(new is not old for new, old in zip(redacted, items, strict=True)) else items


def _redact_object(value: dict[Any, Any], depth: int) -> dict[Any, Any]:
    redacted: dict[Any, Any] = {}
    changed = False
    for key, item in value.items():
        new_key = mask(key) if isinstance(key, str) else key
        if new_key is not key and new_key != key:
            new_key = _free_key(new_key, value, redacted)
            changed = True
        redacted[new_key] = _redact(item, depth + 1)
        changed = changed or redacted[new_key] is not item
    return redacted if changed else value


def _free_key(key: str, *taken: dict[Any, Any]) -> str:
    """The key, numbered when another person's had become the same."""
    number, free = 1, key
    while any(free in names for names in taken):
        number += 1
        free = f"{key}_{number}"
    return free


def _redact_text(text: str, depth: int) -> str:
    if not _is_worth_a_look(text):
        return text
    inner = _parsed(text)
    if inner is not None:
        try:
            redacted = _redact(inner, depth)
        except TooLarge:
            # Only the request itself has to be shallow; a text this deep is read as plain text.
            return mask(text)
        return text if redacted is inner else jsontext.dumps_finite(redacted)
    return mask(text)


def _parsed(text: str) -> Any:
    """The object, list or text that the text spells as JSON; None when it spells none."""
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        value = jsontext.loads(text)
    except (ValueError, TooLarge):
        return None
    return value if isinstance(value, dict | list | str) else None


def _is_worth_a_look(text: str) -> bool:
    # In JSON any character may stand as an escape.
    return may_hold_personal_data(text) or "\\u" in text


def _may_be_deep(text: str) -> bool:
    return text.count("{") + text.count("[") > DEEPEST
