"""Identifiers: time-ordered new ones, stable derived ones, and the rules for those that clients choose."""

from __future__ import annotations

import re
import secrets
import time
import uuid

from weft.core.errors import InvalidRequest

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Namespace of every id derived by `stable_id`; changing it would make a redelivered task write a second score.
_NAMESPACE = uuid.UUID("6d1f7c0e-5a3b-4f7e-9c55-2b8f0a6e4d13")


def new_id() -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits; lower case, hyphenated."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def stable_id(*parts: str) -> str:
    """A UUIDv5 of the parts; each part carries its length, so ("a", "bc") and ("ab", "c") differ."""
    return str(uuid.uuid5(_NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts)))


def check_call_id(value: str, field: str = "id") -> str:
    """The value, if it may be a call id: 16 characters without capitals, or a lower-case canonical UUID."""
    return _check(value, field, 16)


def check_trace_id(value: str, field: str = "trace_id") -> str:
    """The value, if it may be a trace id: 32 characters without capitals, or a lower-case canonical UUID."""
    return _check(value, field, 32)


def _check(value: str, field: str, length: int) -> str:
    if _UUID.fullmatch(value) or (len(value) == length and value == value.lower()):
        return value
    raise InvalidRequest(
        f"Invalid {field}: {value[:80]!r} is neither a lower-case UUID nor {length} lower-case characters"
    )
