"""The words of monitors: which there are, and back-fills of them over past calls."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire


class MonitorsReq(Wire):
    """Whose monitors to list."""

    project_id: str


class MonitorItem(Wire):
    """The latest version of a monitor.

    With any of the `problems` it scores nothing, whether active or not; `refused` says which of its scorers are not
    asked although the others are. Both hold sentences.
    """

    name: str
    ref: str
    kind: str
    active: bool
    active_since: datetime | None
    op_names: list[str]
    has_query: bool
    sampling_rate: float
    scorer_refs: list[str]
    is_traced: bool
    wb_user_id: str | None
    wb_username: str | None
    published_at: datetime
    problems: list[str]
    refused: list[str]


class MonitorsRes(Wire):
    """The monitors of a project, oldest first."""

    monitors: list[MonitorItem]


class MonitorBackfillReq(NullIsAbsent):
    """A version of a monitor, and which past calls it is to look at: those that started in [start, end).

    `end` is now unless given. A `dry_run` only counts what would be scored. `monitor_ref` may name a version by
    digest, number or alias; of a name alone the latest version is meant.
    """

    project_id: str
    monitor_ref: str
    start: datetime | None = None
    end: datetime | None = None
    dry_run: bool = False


class MonitorBackfillItem(Wire):
    """A back-fill and how far it is.

    `state` is that of its walk through the calls: `queued`, `running`, `retrying`, `done`, `failed` or `cancelled`. Of
    `total` calls (null while not counted yet) that match ops, query and time, it has `walked` past some: `not_sampled`,
    `excluded` as scorers' own work, or `chosen`. `queued` counts the scores that were asked for and were new. Where
    these stand, `scores` says by state; `done` is true when there is nothing left to do.
    """

    id: str
    project_id: str
    monitor_ref: str
    start: datetime | None
    end: datetime
    dry_run: bool
    wb_user_id: str
    created_at: datetime
    state: str
    reason: str | None
    total: int | None
    walked: int
    not_sampled: int
    excluded: int
    chosen: int
    queued: int
    scores: dict[str, int]
    done: bool


class MonitorBackfillsQuery(Wire):
    """Whose back-fills to list, at most so many."""

    project_id: str
    limit: int = Field(100, ge=0, le=1000)


class MonitorBackfillsRes(Wire):
    """Back-fills of a project, newest first."""

    backfills: list[MonitorBackfillItem]
