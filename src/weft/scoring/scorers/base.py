"""What every scorer that runs here has in common, and what it answers. Telling them apart is loading.py's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from weft.domain.score_writing import ModelCall, TypedScores
from weft.scoring.arguments import Signature


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scorer says, the model call it made to say it, and what of it belongs into columns."""

    output: Any
    model_call: ModelCall | None = None
    typed: TypedScores | None = None


class Scorer(Protocol):
    """A scorer version, ready to run."""

    @property
    def op_name(self) -> str:
        """Ref of its score op, or the name of the op that is to be made."""

    @property
    def kind(self) -> str:
        """The traced kind of its score op."""

    @property
    def signature(self) -> Signature:
        """What its score function takes."""

    @property
    def column_map(self) -> Mapping[str, str] | None:
        """Which input of a call each argument comes from, when it has a map."""

    @property
    def waits(self) -> bool:
        """Whether it spends its time waiting for something outside this process."""

    def score(self, arguments: Mapping[str, Any]) -> Answer:
        """Score one call. Raises ScoringFailure."""
