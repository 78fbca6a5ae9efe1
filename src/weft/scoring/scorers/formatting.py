"""Prompts of judges, filled in as domain/prompt_filling.py says; what cannot be filled in fails the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weft.domain import prompt_filling
from weft.scoring.retry import CannotWork


def fill(template: str, variables: Mapping[str, Any]) -> str:
    """The template with its variables filled in. Raises CannotWork."""
    try:
        return prompt_filling.fill(template, variables)
    except prompt_filling.CannotFill as error:
        raise CannotWork(error.reason, error.error_type) from error


def fill_message(message: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The message with its texts filled in. Raises CannotWork."""
    try:
        return prompt_filling.fill_message(message, variables)
    except prompt_filling.CannotFill as error:
        raise CannotWork(error.reason, error.error_type) from error
