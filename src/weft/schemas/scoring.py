"""The words of scoring: asking for scores of stored calls, and the jobs and tasks that come of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from weft.schemas.base import StrictWire, Wire
from weft.schemas.moments import Moment


class CallsScoreReq(StrictWire):
    """Stored calls, and the scorers to run on each of them."""

    project_id: str
    call_ids: list[str]
    scorer_refs: list[str]
    wb_user_id: str | None = None


class CallsScoreRes(Wire):
    """Nothing: every task is committed."""


class ScoringJob(Wire):
    """One request to score, or to make an evaluation run. `counts` holds the number of its tasks in each state.

    `kind` is `score`, `evaluate_model` or `rescore`, whose id is that of the run's root call, `monitor` (what a version
    of a monitor asked for on one day) or `monitor_backfill`. `wb_username` is the name of who asked, where it is known.
    """

    id: str
    project_id: str
    kind: str
    scorer_refs: list[str]
    wb_user_id: str
    wb_username: str | None
    created_at: datetime
    total: int
    counts: dict[str, int]
    done: bool


class ScoringTask(Wire):
    """One call to be scored by one scorer version, or a part of an evaluation run: where it stands, and why.

    A part has the `run_id` of its run and no scorer: `kind` is `evaluation_start`, `evaluation_row` (`call_id` is the
    prediction's) or `evaluation_finish`, which waits for all rows.
    """

    id: str
    project_id: str
    kind: str
    run_id: str | None
    call_id: str
    scorer_ref: str
    trigger_ref: str | None
    state: str
    reason: str | None
    attempts: int
    max_attempts: int
    rounds: int
    next_attempt_at: datetime | None
    asked_at: datetime
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    score_call_id: str | None
    feedback_id: str | None
    wb_user_id: str


class ScoringJobsRes(Wire):
    """A page of jobs, newest first."""

    jobs: list[ScoringJob]


class ScoringTasksRes(Wire):
    """A page of tasks, those asked for last first."""

    tasks: list[ScoringTask]


class ScoringTaskQuery(Wire):
    """Which tasks to list; what is not given does not restrict.

    `scorer_ref` and `trigger_ref` (of the monitor that asked) name every version when theirs is `*`; `reason` is a part
    of it.
    """

    project_id: str | None = None
    call_id: str | None = None
    job_id: str | None = None
    state: str | None = None
    kind: str | None = None
    scorer_ref: str | None = None
    trigger_ref: str | None = None
    reason: str | None = Field(None, max_length=1000)
    limit: int = Field(100, ge=0, le=10_000)
    offset: int = Field(0, ge=0, le=2**31)


class ScoringTaskCountsQuery(Wire):
    """Which tasks to count: all of a project, or those of a job or a monitor, that were asked for since then."""

    project_id: str
    job_id: str | None = None
    trigger_ref: str | None = None
    since: Moment | None = None


class ScoringTaskCount(Wire):
    """How many tasks of a scorer version are in a state for a reason; when the last of them was asked for."""

    state: str
    scorer_ref: str
    reason: str | None
    count: int
    newest_asked_at: datetime


class ScoringTaskCountsRes(Wire):
    """How many tasks there are in each state, and the largest groups of them by state, scorer and reason."""

    states: dict[str, int]
    total: int
    groups: list[ScoringTaskCount]


class ScoringRetryReq(StrictWire):
    """Which failed tasks of a project to try again; nothing named means all of them.

    `scorer_ref`, `trigger_ref` and `reason` choose as they do in lists of tasks.
    """

    project_id: str
    job_id: str | None = None
    call_ids: list[str] | None = None
    task_ids: list[str] | None = None
    scorer_ref: str | None = None
    trigger_ref: str | None = None
    reason: str | None = Field(None, max_length=1000)


class ScoringRetryRes(Wire):
    """How many failed tasks are queued again."""

    retried: int


class ScoringWorkerRes(Wire):
    """What the scoring worker of this process is doing: `working`, `paused` or `off`, and why.

    It is `paused` also when only the tasks of one LLM endpoint have to wait; the reason then names the endpoint.
    """

    state: str
    reason: str | None
    in_flight: int
    unfinished: int
