"""Waiting tasks on their way to a broker: which nobody was told of, and which were told of in vain.

The ledger is its own outbox: a task is committed first and published after that, by whichever process gets to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import Event

from sqlalchemy import or_, select, update

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ledger_queries import task_of
from weft.storage.entities.ledger_tables import Task, tasks
from weft.storage.entities.tables import among_locked

# As many ids as one statement names at a time; databases allow some tens of thousands.
_IDS = 5000


class TaskPublishing:
    """Takes tasks to publish and remembers what became of that. Safe to use from several processes at once.

    `news` is set whenever this process has added something to publish.
    """

    def __init__(self, db: EntitiesDatabase, news: Event | None = None) -> None:
        self._db = db
        self.news = news or Event()

    def take(self, limit: int, at: datetime, until: datetime) -> list[Task]:
        """Up to `limit` due tasks that count as published from now until then; nobody else takes them meanwhile."""
        unknown, forgotten = tasks.c.published_until.is_(None), tasks.c.published_until <= at
        due = select(tasks.c.id).where(or_(unknown, forgotten), tasks.c.next_attempt_at <= at)
        with self._db.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        chosen = due.order_by(tasks.c.next_attempt_at).limit(limit)
        taken = update(tasks).where(among_locked(tasks.c.id, chosen)).values(published_until=until).returning(tasks)
        with self._db.write() as connection:
            return [task_of(row) for row in connection.execute(taken)]

    def delivered(self, task_ids: Sequence[str], until: datetime) -> None:
        """The broker has these; one that still waits after that time is published again."""
        self._mark(task_ids, until)

    def undelivered(self, task_ids: Sequence[str]) -> None:
        """The broker does not have these."""
        self._mark(task_ids, None)

    def forget(self) -> int:
        """Take back everything that was published, for a server that does without a broker from now on; how many."""
        with self._db.write() as connection:
            published = update(tasks).where(tasks.c.published_until.is_not(None))
            return connection.execute(published.values(published_until=None)).rowcount

    def _mark(self, task_ids: Sequence[str], until: datetime | None) -> None:
        if not task_ids:
            return
        # One that was claimed meanwhile is no longer waiting, and must not seem published when it waits again.
        waiting = tasks.c.published_until.is_not(None)
        with self._db.write() as connection:
            for portion in _portions(task_ids):
                marked = update(tasks).where(tasks.c.id.in_(portion), waiting)
                connection.execute(marked.values(published_until=until))


def _portions(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _IDS):
        yield values[start : start + _IDS]
