"""Scorers made of a user's own code. They need the code runner; without it each answers so, clearly, and fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.scoring.arguments import OUTPUT_AND_ANY, Signature
from weft.scoring.retry import CannotWork
from weft.scoring.scorers.base import Answer

REASON = "needs the code runner, which is off"


@dataclass(frozen=True, slots=True)
class CodeScorer:
    """A class or function of which only the source is stored. Nothing of it is ever executed here."""

    op_name: str
    kind: str
    column_map: Mapping[str, str] | None = None
    # Its true parameters stand in its source; every call is accepted so that the one reason is shown for each.
    signature: Signature = OUTPUT_AND_ANY
    waits: bool = False

    def score(self, _arguments: Mapping[str, Any]) -> Answer:
        """Refuse."""
        raise CannotWork(REASON)


@dataclass(frozen=True, slots=True)
class RemoteScorer:
    """A scorer behind an HTTP endpoint, which only a monitor may call."""

    op_name: str
    column_map: Mapping[str, str] | None = None
    kind: str = "scorer"
    signature: Signature = OUTPUT_AND_ANY
    waits: bool = False

    def score(self, _arguments: Mapping[str, Any]) -> Answer:
        """Refuse."""
        raise CannotWork("RemoteScorer requires a monitor", "ValueError")
