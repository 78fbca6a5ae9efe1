"""The keys that say what class a published value is of, which SDKs add to every object and to all objects inside it."""

from __future__ import annotations

from typing import Any

CLASS_KEYS = frozenset({"_type", "_class_name", "_bases"})
"""The keys."""


def without_class_keys(value: Any) -> Any:
    """The JSON value without these keys, at any depth; no deeper than a request may be."""
    if isinstance(value, dict):
        return {key: without_class_keys(item) for key, item in value.items() if key not in CLASS_KEYS}
    if isinstance(value, list):
        return [without_class_keys(item) for item in value]
    return value
