"""What a run came to, counted in the stores and through the API after everything has ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one scenario.

    `accepted` tasks were answered with 200, so they must end: `lost` did not. `seen_once` counts (call, scorer) pairs
    with exactly one visible score whose score call is there; `seen_wrongly` all others that should have one.
    `stored_twice` is how many rows of feedback were written beyond one each, and are not shown.
    """

    scenario: str
    accepted: int
    scored: int
    failed: int
    lost: int
    seen_once: int
    seen_wrongly: int
    score_calls: int
    without_reason: int
    stored_twice: int
    seconds: float
    faults: dict[str, int] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """What must not be, in sentences; empty when all is well."""
        found = []
        if self.lost:
            found.append(f"{self.lost} of {self.accepted} accepted tasks have not ended")
        if self.seen_wrongly or self.seen_once != self.scored:
            found.append(f"{self.scored} tasks were scored, but {self.seen_once} are seen exactly once")
        if self.score_calls != self.scored:
            found.append(f"{self.scored} tasks were scored, and {self.score_calls} score calls are seen")
        if self.without_reason:
            found.append(f"{self.without_reason} failed tasks give no reason")
        return [f"{self.scenario}: {problem}" for problem in found]

    def as_json(self) -> dict[str, Any]:
        """The counts as a JSON object."""
        return asdict(self)


def seen(feedback: list[dict[str, Any]], score_calls: set[str], scored: set[tuple[str, str]]) -> tuple[int, int]:
    """How many pairs of (call, scorer) have exactly one score, with its score call; how many have not, or no right to.

    `feedback` are the visible rows, `score_calls` the ids of the visible score calls, `scored` the pairs that the
    ledger calls scored.
    """
    pairs = Counter((_id(row["weave_ref"]), _scorer(row["runnable_ref"])) for row in feedback)
    complete = {
        (_id(row["weave_ref"]), _scorer(row["runnable_ref"])) for row in feedback if _id(row["call_ref"]) in score_calls
    }
    once = {pair for pair, times in pairs.items() if times == 1} & complete & scored
    return len(once), len((set(pairs) | scored) - once)


def _id(ref: str) -> str:
    return ref.rpartition("/")[2]


def _scorer(ref: str) -> str:
    # The ledger names projects by internal ids, the API by their names; the object and its digest are the same.
    return ref.rpartition("/object/")[2]


def pair_of(call_id: str, scorer_ref: str) -> tuple[str, str]:
    """The pair as `seen` knows it."""
    return call_id, _scorer(scorer_ref)
