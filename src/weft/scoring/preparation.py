"""What the tasks of a batch need, read together by kind; making the attempt of each task is then a matter of memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from weft.llm import ChatClient
from weft.scoring.attempt import ScorePreparation
from weft.scoring.evaluations.parts import RunPreparation
from weft.scoring.evaluations.run import RunLoader
from weft.scoring.monitor_backfill import BackfillAttempt
from weft.scoring.observing import ScoringWatch
from weft.scoring.outcomes import Attempt
from weft.scoring.runner.code_runner import CodeRunner
from weft.scoring.scorers.loading import ScorerLoader
from weft.scoring.scorers.remote_client import RemoteClient
from weft.settings import Settings
from weft.storage.entities.ledger_tables import SCORE, WALK, Task
from weft.storage.stores import Stores

Maker = Callable[[Task], Attempt]
"""Makes the attempt at a task."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch with a maker for each task, and how many characters were read for it."""

    makers: Sequence[tuple[Task, Maker]]
    payload: int


def prepare(
    stores: Stores,
    settings: Settings,
    client: ChatClient,
    runner: CodeRunner,
    remote: RemoteClient,
    tasks: Sequence[Task],
    watch: ScoringWatch,
) -> Prepared:
    """Read what the tasks need."""
    makers: list[tuple[Task, Maker]] = []
    payload = 0
    scores = [task for task in tasks if task.kind == SCORE]
    if scores:
        preparation = ScorePreparation(stores, ScorerLoader(stores, settings, client, runner), remote, scores, watch)
        makers += [(task, preparation.prepare) for task in scores]
        payload += preparation.payload
    # These read what they need page by page, as they go.
    walks = [task for task in tasks if task.kind == WALK]
    makers += [(task, partial(BackfillAttempt, stores, settings)) for task in walks]
    parts = [task for task in tasks if task.kind not in (SCORE, WALK)]
    if parts:
        of_runs = RunPreparation(RunLoader(stores, settings, client, runner, watch), parts)
        makers += [(task, of_runs.prepare) for task in parts]
        payload += of_runs.payload
    return Prepared(makers, payload)
