"""Credentials that calls carry by accident are replaced before anything is stored. Which keys count is decided here."""

from __future__ import annotations

from functools import lru_cache
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


def holds_credentials(value: Any) -> bool:
    """Whether any key names a credential with a text under it; most calls hold none and are kept as they are."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            for key, child in item.items():
                if isinstance(child, str):
                    if child and _is_credential(key):
                        return True
                elif isinstance(child, dict | list):
                    waiting.append(child)
        elif isinstance(item, list):
            waiting += [child for child in item if isinstance(child, dict | list)]
    return False


def redact(value: Any) -> Any:
    """The value with every non-empty text under a credential's key replaced."""
    if isinstance(value, dict):
        return {key: _redact_item(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


def _redact_item(key: str, item: Any) -> Any:
    if isinstance(item, str):
        return REDACTED if item and _is_credential(key) else item
    return redact(item)


# The same keys come again and again.
@lru_cache(maxsize=4096)
def _is_credential(key: str) -> bool:
    name = key.replace("_", "").replace("-", "").lower()
    return name in _EXACT or name.endswith(_ENDINGS)
