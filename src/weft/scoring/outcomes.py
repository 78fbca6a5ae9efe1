"""What the worker runs and what comes of it: attempts, their outcomes, and what an outcome has to be stored.

One file per kind of task makes them: attempt.py for scores, evaluations/ for the parts of runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from weft.scoring.endpoint_keys import UNKNOWN, EndpointKey
from weft.scoring.retry import ScoringFailure
from weft.storage.entities.evaluation_jobs import Plan
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import CallChange
from weft.storage.events.feedback import Feedback
from weft.storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Writing:
    """What an outcome adds to the stores, the ids that its task shows, and the plan it made, if any."""

    changes: Sequence[CallChange] = ()
    feedback: Sequence[Feedback] = ()
    score_call_id: str = ""
    feedback_id: str = ""
    plan: Plan | None = None


NOTHING = Writing()


class Outcome(Protocol):
    """What came of an attempt."""

    @property
    def task(self) -> Task:
        """The task that was tried."""

    @property
    def failure(self) -> ScoringFailure | None:
        """Why it was not done; None when it was."""

    @property
    def endpoints(self) -> Sequence[EndpointKey]:
        """The LLM endpoints that it asks."""

    def writing(self, stores: Stores, state: str) -> Writing:
        """What to store of it when that is the task's new state."""


class Attempt(Protocol):
    """A task with everything it needs to run."""

    @property
    def task(self) -> Task:
        """The task."""

    @property
    def endpoints(self) -> Sequence[EndpointKey]:
        """The LLM endpoints that it asks."""

    @property
    def waits(self) -> bool:
        """Whether it takes its time: it waits for something outside, or reads much."""

    def run(self) -> Outcome:
        """Do it. Raises ScoringFailure, which then belongs into `failed`."""

    def failed(self, failure: ScoringFailure) -> Outcome:
        """The outcome when it cannot be done."""


@dataclass(frozen=True, slots=True)
class NotAttempted:
    """A task that could not even be begun, and of which nothing is stored but its state."""

    task: Task
    failure: ScoringFailure

    @property
    def endpoints(self) -> Sequence[EndpointKey]:
        """The endpoint to blame, for a fault of the deploy."""
        return blamed(self.failure)

    def writing(self, _stores: Stores, _state: str) -> Writing:
        """Nothing."""
        return NOTHING


@dataclass(frozen=True, slots=True)
class Decided:
    """An attempt whose outcome is known before it begins."""

    outcome: Outcome
    waits: bool = False

    @property
    def task(self) -> Task:
        """The task."""
        return self.outcome.task

    @property
    def endpoints(self) -> Sequence[EndpointKey]:
        """The LLM endpoints that are to blame."""
        return self.outcome.endpoints

    def run(self) -> Outcome:
        """The outcome."""
        return self.outcome

    def failed(self, failure: ScoringFailure) -> Outcome:
        """Another outcome: this one has to wait, too."""
        return NotAttempted(self.task, failure)


def blamed(failure: ScoringFailure) -> Sequence[EndpointKey]:
    """The endpoint whose tasks all fail like this one before they have begun."""
    return (failure.endpoint or UNKNOWN,) if getattr(failure, "deploy", False) else ()
