"""Credentials that calls carry by accident are replaced before anything is stored. Which keys count is decided here."""

from __future__ import annotations

import re
from typing import Any

REDACTED = "REDACTED"

_EXACT = frozenset(
    {
        "authheaders",
        "authorization",
        "authtoken",
        "awsaccesskey",
        "awsaccesskeyid",
        "bearertoken",
        "vertexcredentials",
        "webhookkey",
        "webhooksecret",
    }
)
_ENDINGS = (
    "accesstoken",
    "apikey",
    "apitoken",
    "clientsecret",
    "privatekey",
    "refreshtoken",
    "secretaccesskey",
    "secretkey",
    "sessiontoken",
)
_HINT = re.compile(r'(?:auth|key|token|secret|credential)[\w\-]*"', re.IGNORECASE)


def may_hold_credentials(text: str) -> bool:
    """Whether JSON text has a key or word that could name a credential; False lets most calls skip the walk."""
    return _HINT.search(text) is not None


def redact(value: Any) -> Any:
    """The value with every non-empty text under a credential's key replaced; the same object if there is none."""
    if isinstance(value, dict):
        changed = {key: _redact_item(key, item) for key, item in value.items()}
        return changed if any(changed[key] is not value[key] for key in value) else value
    if isinstance(value, list):
        items = [redact(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _redact_item(key: str, item: Any) -> Any:
    if isinstance(item, str):
        return REDACTED if item and _is_credential(key) else item
    return redact(item)


def _is_credential(key: str) -> bool:
    name = key.replace("_", "").replace("-", "").lower()
    return name in _EXACT or name.endswith(_ENDINGS)
