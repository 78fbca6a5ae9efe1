"""Back-fills: asking that a monitor looks at past calls, a page of these calls, and how far a back-fill is.

Walking from page to page is scoring/monitor_backfill.py's; whether a monitor wants a call is monitors.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from weft.core import ids
from weft.core.clock import as_utc, iso, now
from weft.core.errors import InvalidRequest, NotFound
from weft.core.identity import Project, User
from weft.core.refs import ObjectRef, OpRef, try_parse_ref
from weft.domain.monitor_exclusions import COLUMNS, light_reader, surroundings_of
from weft.domain.monitors import Monitor, latest_monitors, monitor_of
from weft.domain.objects import LATEST, read_object
from weft.domain.queue_items import queue_members
from weft.domain.scoring import project_of, usernames
from weft.schemas.monitors import MonitorBackfillItem, MonitorBackfillReq, MonitorItem
from weft.storage.entities.ended_calls import MONITOR_CLASS
from weft.storage.entities.ledger_tables import BACKFILL, OPEN, WALK, Job, Task, TaskFilter, run_task_id
from weft.storage.entities.monitor_backfills import MonitorBackfill
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.stores import Stores

# So few are found without merging versions, in the order of the table.
PAGE = 200
_CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Page:
    """The next calls of a back-fill, in the order of their start, and the ids of those the monitor wants."""

    calls: Sequence[Call]
    chosen: Sequence[str]
    not_sampled: int = 0
    excluded: int = 0

    @property
    def is_last(self) -> bool:
        """Whether no call comes after it."""
        return len(self.calls) < PAGE


def list_monitors(stores: Stores, project: Project, user: User) -> list[MonitorItem]:
    """The latest version of every monitor, as the user sees it."""
    found = latest_monitors(stores, project.id)
    names = usernames(stores, user, [monitor.user_id for monitor in found])
    return [_monitor_item(stores, monitor, names) for monitor in found]


def request_backfill(
    stores: Stores, project: Project, user: User, body: MonitorBackfillReq, max_attempts: int
) -> MonitorBackfillItem:
    """Commit a job that lets the monitor look at past calls.

    Raises NotFound for an unknown monitor, and InvalidRequest for what is no monitor, for one that cannot be used, and
    for a time that ends before it starts.
    """
    monitor = monitor_named(stores, project, body.monitor_ref)
    if not monitor.usable:
        raise InvalidRequest(f"The monitor {monitor.name} cannot be used: {'; '.join(monitor.problems)}")
    moment = now()
    start = None if body.start is None else _moment(body.start, "start")
    end = moment if body.end is None else _moment(body.end, "end")
    if start is not None and start >= end:
        raise InvalidRequest("Nothing to look at: start is not before end")
    backfill = MonitorBackfill(
        ids.new_id(), project.id, monitor.ref, user.id, moment, end, started_after=start, dry_run=body.dry_run
    )
    # Nobody sees it before its job, which is committed next.
    stores.monitor_backfills.add(backfill)
    walk = Task(project.id, "", "", user.id, moment, max_attempts, monitor.ref, kind=WALK, run_id=backfill.id)
    stores.ledger.add(job_of(backfill, monitor), [walk])
    return backfill_item(stores, backfill)


def job_of(backfill: MonitorBackfill, monitor: Monitor) -> Job:
    """The job in the ledger that the walk and the scores of a back-fill belong to."""
    refs = list(monitor.scorer_refs)
    return Job(backfill.id, backfill.project_id, backfill.user_id, refs, backfill.created_at, BACKFILL)


def monitor_named(stores: Stores, project: Project, given: str) -> Monitor:
    """The monitor of the project with that name or ref. Raises NotFound and InvalidRequest."""
    ref = try_parse_ref(given)
    if ref is None and given.isprintable() and "/" not in given:
        name, _, version = given.partition(":")
        ref = ObjectRef(project.id, name, version or LATEST)
    if not isinstance(ref, ObjectRef) or isinstance(ref, OpRef) or ref.edges or ref.project != project.id:
        raise InvalidRequest(f"Invalid monitor: {given[:200]!r} names no object of this project")
    found = read_object(stores, project.id, ref.name, ref.version, "object")
    if found.base_object_class != MONITOR_CLASS:
        raise InvalidRequest(f"{ref.name} is a {found.base_object_class or 'plain value'}, not a monitor")
    return monitor_of(found)


def list_backfills(stores: Stores, project: Project, limit: int) -> list[MonitorBackfillItem]:
    """Back-fills of a project, newest first."""
    return [backfill_item(stores, backfill) for backfill in stores.monitor_backfills.of_project(project.id, limit)]


def require_backfill(stores: Stores, backfill_id: str, can_read: Callable[[str], bool]) -> MonitorBackfill:
    """The back-fill; NotFound also when the caller may not read its project."""
    found = stores.monitor_backfills.by_ids([backfill_id]).get(backfill_id)
    if found is None or not can_read(found.project_id):
        raise NotFound(f"Back-fill {backfill_id[:80]} not found")
    return found


def cancel_backfill(stores: Stores, backfill: MonitorBackfill) -> MonitorBackfillItem:
    """Let it walk no further; scores that were asked for already stay asked for."""
    stores.monitor_backfills.cancel(backfill.id)
    return backfill_item(stores, replace(backfill, cancelled=True))


def backfill_item(stores: Stores, backfill: MonitorBackfill) -> MonitorBackfillItem:
    """The API's view of a back-fill."""
    found = stores.ledger.tasks(TaskFilter(task_ids=[walk_id(backfill)]), 1)
    walk = found[0] if found else None
    job = stores.ledger.job(backfill.id)
    scores = dict(job.counts) if job is not None else {}
    if walk is not None and walk.state in scores:
        scores[walk.state] -= 1
    state = walk.state if walk is not None else "queued"
    reason = walk.reason if walk is not None else ""
    if backfill.cancelled and state not in OPEN:
        state, reason = _CANCELLED, "Somebody cancelled it"
    return MonitorBackfillItem(
        id=backfill.id,
        project_id=project_of(stores, backfill.project_id).external,
        monitor_ref=backfill.monitor_ref,
        start=backfill.started_after,
        end=backfill.started_before,
        dry_run=backfill.dry_run,
        wb_user_id=backfill.user_id,
        created_at=backfill.created_at,
        state=state,
        reason=reason or None,
        total=backfill.total,
        **backfill.counts,
        scores={name: count for name, count in scores.items() if count},
        done=state not in OPEN and not any(scores.get(name) for name in OPEN),
    )


def walk_id(backfill: MonitorBackfill) -> str:
    """The id of the task that walks through the calls."""
    return run_task_id(backfill.id, WALK)


def count_calls(stores: Stores, project: Project, monitor: Monitor, backfill: MonitorBackfill) -> int:
    """How many calls there are to walk past. Raises what a query of calls raises."""
    return stores.call_queries.count(_selection(stores, project, monitor, replace(backfill, last_started_at=None)))


def next_page(stores: Stores, project: Project, monitor: Monitor, backfill: MonitorBackfill) -> Page:
    """The calls after the last one that was walked past. Raises what a query of calls raises."""
    selection = _selection(stores, project, monitor, backfill)
    sort = [("started_at", "asc"), ("id", "asc")]
    page = replace(selection, sort=sort, limit=PAGE, columns=COLUMNS)
    calls = list(stores.call_queries.select(page))
    sampled = [call for call in calls if monitor.samples(call.id)]
    around = surroundings_of(stores, project.id, sampled, light_reader(stores, project.id))
    chosen = [call.id for call in sampled if not around.exclusion(call)]
    return Page(calls, chosen, len(calls) - len(sampled), len(sampled) - len(chosen))


def _selection(stores: Stores, project: Project, monitor: Monitor, backfill: MonitorBackfill) -> CallSelection:
    conditions = [
        {"$lt": [_field("started_at"), _literal(iso(backfill.started_before))]},
        {"$not": [{"$eq": [_field("ended_at"), _literal(None)]}]},
    ]
    if backfill.started_after is not None:
        conditions.append({"$gte": [_field("started_at"), _literal(iso(backfill.started_after))]})
    if backfill.last_started_at is not None:
        conditions += _after(backfill.last_started_at, backfill.last_call_id)
    if monitor.query is not None:
        conditions.extend(monitor.query.values())
    query = {"$expr": {"$and": conditions}}
    return CallSelection(
        project.id,
        CallFilter(op_names=monitor.ops.as_filter()),
        query,
        queue_members=queue_members(stores, project, query),
    )


def _after(moment: datetime, call_id: str) -> list[dict[str, Any]]:
    at = _literal(iso(moment))
    same = {"$and": [{"$eq": [_field("started_at"), at]}, {"$gt": [_field("id"), _literal(call_id)]}]}
    later = {"$or": [{"$gt": [_field("started_at"), at]}, same]}
    # By itself, so that the engine begins to read there.
    return [{"$gte": [_field("started_at"), at]}, later]


def _field(path: str) -> dict[str, Any]:
    return {"$getField": path}


def _literal(value: str | None) -> dict[str, Any]:
    return {"$literal": value}


def _moment(given: datetime, name: str) -> datetime:
    try:
        moment = as_utc(given)
    except OverflowError as error:
        raise InvalidRequest(f"Invalid {name}: no such time can be stored") from error
    # What no call can have started at; the engine would take it for another time.
    if not 1970 <= moment.year < 2262:
        raise InvalidRequest(f"Invalid {name}: it is not between the years 1970 and 2262")
    return moment


def _monitor_item(stores: Stores, monitor: Monitor, names: Mapping[str, str]) -> MonitorItem:
    since = stores.objects.latest_since(monitor.project_id, monitor.name, "object") if monitor.active else None
    shown: Mapping[str, Any] = {
        "kind": monitor.class_name,
        "op_names": list(monitor.op_names),
        "wb_user_id": monitor.user_id or None,
        "wb_username": names.get(monitor.user_id),
    }
    return MonitorItem(
        name=monitor.name,
        ref=monitor.ref,
        active=monitor.active,
        active_since=since,
        has_query=monitor.query is not None,
        sampling_rate=monitor.sampling_rate,
        scorer_refs=list(monitor.scorer_refs),
        is_traced=monitor.is_traced,
        published_at=monitor.published_at,
        problems=list(monitor.problems),
        refused=list(monitor.refused),
        **shown,
    )
