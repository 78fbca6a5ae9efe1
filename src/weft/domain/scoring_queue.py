"""The scoring queue of a project as people watch it: depth, age, throughput, when it may be empty, and why tasks stand
where they stand."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from weft.core.clock import now
from weft.core.identity import Project
from weft.schemas.scoring import ScoringTaskCount, ScoringTaskCountsRes
from weft.schemas.scoring_queue import ScoringQueueRes, ScoringThroughput
from weft.storage.entities.ledger_tables import TaskFilter
from weft.storage.stores import Stores

SHOWN = timedelta(minutes=30)
WINDOW = timedelta(minutes=5)
_MINUTE = timedelta(minutes=1)
# Reasons may be long and all different; a part of one is enough to find its tasks.
_MOST_GROUPS = 100
_LONGEST_REASON = 300


def scoring_queue(stores: Stores, project: Project) -> ScoringQueueRes:
    """How far scoring of the project is."""
    at = now()
    found = stores.scoring_progress.read(project.id, at, SHOWN)
    counted = Counter(state for ended, state in found.recent if ended > at - WINDOW)
    minutes = [0] * int(SHOWN / _MINUTE)
    for ended, _ in found.recent:
        place = int((at - ended) / _MINUTE)
        if 0 <= place < len(minutes):
            minutes[-1 - place] += 1
    rate = counted.total() / WINDOW.total_seconds()
    waiting = sum(found.depth.values())
    return ScoringQueueRes(
        at=at,
        depth=dict(found.depth),
        ended=dict(found.ended),
        oldest_asked_at=found.oldest_asked,
        oldest_age_seconds=max(0.0, (at - found.oldest_asked).total_seconds()) if found.oldest_asked else None,
        next_due_at=found.next_due,
        throughput=ScoringThroughput(
            window_seconds=int(WINDOW.total_seconds()),
            ended=counted.total(),
            scored=counted["scored"],
            failed=counted["failed"],
            per_minute=rate * 60,
        ),
        per_minute=minutes,
        eta_seconds=waiting / rate if rate and waiting else None,
    )


def task_counts(stores: Stores, which: TaskFilter) -> ScoringTaskCountsRes:
    """How many tasks there are in each state, and of which scorer and for which reason."""
    states, groups = stores.ledger.grouped(which, _MOST_GROUPS)
    return ScoringTaskCountsRes(
        states=states,
        total=sum(states.values()),
        groups=[
            ScoringTaskCount(
                state=group.state,
                scorer_ref=group.scorer_ref,
                reason=group.reason[:_LONGEST_REASON] or None,
                count=group.count,
                newest_asked_at=group.newest,
            )
            for group in groups
        ],
    )
