"""Prompt templates: `{name}` filled in as Python's `str.format` does, and nothing else that `str.format` can do.

Attributes and indexes are refused, since a prompt is data and `{output.__class__}` would walk through this program.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from typing import Any

from weft.core.errors import InvalidRequest

_PLAIN_NAME = re.compile(r"[^\d\W]\w*")
_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
# A specification may ask for a width of a billion; three digits are wide enough for a prompt.
_SPECIFICATION = re.compile(r"(?!.*\d{4})[^{}]{0,20}")


class CannotFill(InvalidRequest):
    """The prompt asks for what there is not; `error_type` is the exception Python would raise."""

    def __init__(self, reason: str, error_type: str) -> None:
        super().__init__(reason)
        self.error_type = error_type


def fill(template: str, variables: Mapping[str, Any]) -> str:
    """The template with its variables filled in: texts as they are, everything else as Python shows it."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise CannotFill(f"The prompt cannot be filled in: {error}", "ValueError") from error
    return "".join(text + _value(field, conversion, form or "", variables) for text, field, form, conversion in parts)


def fill_message(message: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The message with its texts filled in, those of its content parts too; anything else stays as it is."""
    filled: dict[str, Any] = {}
    for key, value in message.items():
        if isinstance(value, str):
            filled[key] = fill(value, variables)
        elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
            filled[key] = [fill_message(item, variables) for item in value]
        else:
            filled[key] = value
    return filled


def _value(field: str | None, conversion: str | None, form: str, variables: Mapping[str, Any]) -> str:
    if field is None:
        return ""
    if field not in variables:
        raise _unknown(field, variables)
    value = variables[field]
    if conversion is not None:
        if conversion not in _CONVERSIONS:
            raise CannotFill(f"The prompt asks for an unknown conversion: !{conversion[:20]}", "ValueError")
        value = _CONVERSIONS[conversion](value)
    if not _SPECIFICATION.fullmatch(form):
        raise CannotFill(f"The prompt asks for a format that is not supported: {form[:40]!r}", "ValueError")
    try:
        return format(value, form)
    except (TypeError, ValueError) as error:
        raise CannotFill(f"The prompt cannot show {field!r} as {form[:40]!r}: {error}", type(error).__name__) from error


def _unknown(field: str, variables: Mapping[str, Any]) -> CannotFill:
    if _PLAIN_NAME.fullmatch(field):
        known = ", ".join(sorted(variables))
        return CannotFill(f"The prompt names {field!r}, which the call does not have; it has {known}"[:500], "KeyError")
    shown = "{" + field[:60] + "}"
    return CannotFill(f"The prompt holds {shown}: only plain names are filled in, braces are doubled", "KeyError")
