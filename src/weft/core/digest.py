"""Content digests, byte for byte those that Weave clients compute (contract: calls-objects-refs.md, part 4)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any


def canonical_json(value: Any) -> str:
    """Sorted keys, Python's default separators, ASCII escapes. Keys that are no strings become strings first."""
    return json.dumps(json.loads(json.dumps(value)) if _has_odd_key(value) else value, sort_keys=True)


def bytes_digest(content: bytes) -> str:
    """SHA-256 in URL-safe base64, `-` and `_` replaced by `X` and `Y`, without padding: 43 characters."""
    text = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    return text.replace("-", "X").replace("_", "Y").rstrip("=")


def object_digest(value: Any) -> str:
    """Digest of an object value, or of a table row."""
    return bytes_digest(canonical_json(value).encode())


def table_digest(row_digests: Sequence[str]) -> str:
    """Digest of a table: SHA-256 over its joined row digests, 64 hex characters."""
    return hashlib.sha256("".join(row_digests).encode()).hexdigest()


def _has_odd_key(value: Any) -> bool:
    if isinstance(value, dict):
        return any(not isinstance(key, str) or _has_odd_key(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(_has_odd_key(item) for item in value)
    return False
