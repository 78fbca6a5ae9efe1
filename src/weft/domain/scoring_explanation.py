"""Why a call was scored, or was not: every question that decides it asked again now, and what became of its tasks.

Nothing of this is logged anywhere. The decisions themselves are monitors.py's and its neighbours'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from weft.core import jsontext
from weft.core.clock import iso
from weft.core.errors import WeftError
from weft.core.identity import Project
from weft.core.refs import ObjectRef, try_parse_ref
from weft.domain.monitor_exclusions import light_reader, surroundings_of
from weft.domain.monitor_queries import matching_ids, parts_of
from weft.domain.monitors import Monitor, latest_monitors, sampling_place, triggered_by
from weft.domain.scoring import pinned_scorer, task_item
from weft.schemas.scoring_explanation import (
    ExplainedCall,
    ExplainedCheck,
    ExplainedMonitor,
    ExplainedScore,
    ScoringExplanation,
)
from weft.storage.entities.ledger_tables import OPEN, SCORE, Task, TaskFilter
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

_MOST_TASKS = 1000
_LONGEST_ID = 128
_LONGEST_CONDITION = 300


@dataclass(frozen=True, slots=True)
class _Known:
    """A call as it is stored: absent, or the state of it that readers may not see."""

    call: Call | None
    excluded: str = ""

    @property
    def ended(self) -> Call | None:
        """The call, when it can be scored."""
        call = self.call
        return call if call is not None and call.visible and call.ended_at is not None else None

    @property
    def says(self) -> str:
        """What is known of it."""
        call = self.call
        if call is None:
            return "There is no such call in this project: it has not arrived, or it was never made"
        if call.deleted:
            return "The call was deleted"
        if call.orphan:
            return "Only the end of the call has arrived, not its start"
        if call.ended_at is None:
            return "The call has not ended; monitors look at calls as they end"
        return f"The call ended at {iso(call.ended_at)}"


def explain_scoring(
    stores: Stores, project: Project, call_id: str, monitor: str | None = None, scorer: str | None = None
) -> ScoringExplanation:
    """Explain it for every monitor, or for one (name or ref), and for all scorers, or one (name or ref)."""
    known = _known(stores, project, call_id)
    which = TaskFilter(project_ids=[project.id], call_ids=[call_id], kinds=[SCORE])
    tasks = stores.ledger.tasks(which, _MOST_TASKS) if _may_be_id(call_id) else []
    wanted = _names(scorer)
    tasks = [task for task in tasks if wanted(task.scorer_ref)]
    is_meant = _names(monitor)
    monitors = [found for found in latest_monitors(stores, project.id) if is_meant(found.ref)]
    if scorer is not None:
        monitors = [found for found in monitors if any(map(wanted, found.scorer_refs))]
    explained = [
        _explained(stores, project, found, known, call_id, [task for task in tasks if _of_monitor(found, task)])
        for found in monitors
    ]
    # Those of monitors that do not exist any more are told of here, too.
    others = [task for task in tasks if not any(_of_monitor(found, task) for found in monitors)]
    others = [task for task in others if monitor is None or (task.trigger_ref and is_meant(task.trigger_ref))]
    requested = [_score(stores, task) for task in others]
    return ScoringExplanation(
        project_id=project.external,
        call_id=call_id,
        says=_summary(known, explained, requested),
        call=_call(known),
        monitors=explained,
        requested=requested,
    )


def _known(stores: Stores, project: Project, call_id: str) -> _Known:
    key = (project.id, call_id)
    call = stores.calls.states([key]).get(key) if _may_be_id(call_id) else None
    if call is None or not call.visible:
        return _Known(call)
    around = surroundings_of(stores, project.id, [call], light_reader(stores, project.id))
    return _Known(call, around.exclusion(call))


def _may_be_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


def _names(given: str | None) -> Callable[[str], bool]:
    """Whether a ref is one of the object that is given by its name or by a ref of any version."""
    ref = try_parse_ref(given)
    name = ref.name if isinstance(ref, ObjectRef) else given

    def is_named(uri: str) -> bool:
        found = try_parse_ref(uri)
        return given is None or (isinstance(found, ObjectRef) and found.name == name)

    return is_named


def _of_monitor(monitor: Monitor, task: Task) -> bool:
    return triggered_by(monitor, task.trigger_ref)


def _explained(
    stores: Stores, project: Project, monitor: Monitor, known: _Known, call_id: str, tasks: Sequence[Task]
) -> ExplainedMonitor:
    since = stores.objects.latest_since(project.id, monitor.name, "object") if monitor.active else None
    checks = _checks(stores, project, monitor, known, call_id, since)
    scores = [_score(stores, task) for task in tasks]
    return ExplainedMonitor(
        name=monitor.name,
        ref=monitor.ref,
        active=monitor.active,
        asked=bool(tasks),
        says=_asked(monitor, scores) if scores else _not_asked(stores, monitor, known, checks),
        sampling_rate=monitor.sampling_rate,
        place=sampling_place(monitor.name, call_id),
        checks=checks,
        scores=scores,
    )


def _checks(
    stores: Stores, project: Project, monitor: Monitor, known: _Known, call_id: str, since: datetime | None
) -> list[ExplainedCheck]:
    call = known.call if known.call is not None and known.call.visible else None
    return [
        _check("usable", monitor.usable, "The monitor can be used", "; ".join(monitor.problems)),
        _check("active", monitor.active, "The monitor is active", "The latest version of the monitor is not active"),
        _check("ended", known.ended is not None, known.says, known.says),
        _op_check(monitor, call),
        _sample_check(monitor, call_id),
        _query_check(stores, project, monitor, call),
        _own_check(known, call),
        _time_check(known, since),
    ]


def _check(name: str, passed: bool | None, yes: str, no: str) -> ExplainedCheck:
    return ExplainedCheck(check=name, passed=passed, says=yes if passed else no)


def _op_check(monitor: Monitor, call: Call | None) -> ExplainedCheck:
    if monitor.ops.any:
        return _check("op", True, "The monitor wants every op", "")
    wanted = ", ".join(f'"{name}"' for name in monitor.op_names[:10])
    if call is None:
        return _check("op", None, "", f"The monitor wants calls of {wanted}")
    named = f'The op of the call is "{call.op_name}"'
    return _check("op", monitor.ops.match(call.op_name), f"{named}, which it wants", f"{named}; it wants {wanted}")


def _sample_check(monitor: Monitor, call_id: str) -> ExplainedCheck:
    place = sampling_place(monitor.name, call_id)
    told = f"the hash of the call and the monitor is {place:.6f}, the sampling rate {monitor.sampling_rate:g}"
    return _check("sample", monitor.samples(call_id), f"Sampled: {told}", f"Not sampled: {told}, which is not above it")


def _query_check(stores: Stores, project: Project, monitor: Monitor, call: Call | None) -> ExplainedCheck:
    if monitor.query is None:
        return _check("query", True, "The monitor has no query", "") if monitor.usable else _unread(monitor)
    if call is None:
        return _check("query", None, "", "The query can only be asked about a call that is stored")
    try:
        if call.id in matching_ids(stores, project, monitor.query, [call.id]):
            return _check("query", True, "The query matches the call as it is now", "")
    except WeftError as error:
        return _check("query", False, "", f"The query cannot be answered: {error.reason}")
    failing = [part for part in parts_of(stores, project, monitor.query, call.id) if not part.holds]
    shown = [
        f"{jsontext.dumps_finite(part.condition)[:_LONGEST_CONDITION]}{f' ({part.error})' if part.error else ''}"
        for part in failing
    ]
    return _check("query", False, "", f"The query does not match: {'; '.join(shown) or 'taken together, it fails'}")


def _unread(monitor: Monitor) -> ExplainedCheck:
    broken = [problem for problem in monitor.problems if "query" in problem]
    return _check("query", None if broken else True, "The monitor has no query", "; ".join(broken))


def _own_check(known: _Known, call: Call | None) -> ExplainedCheck:
    if call is None:
        return _check("not_own", None, "", "Whether it is a scorer's own work is not known")
    return _check("not_own", not known.excluded, "It is not a scorer's own work", f"Never scored: {known.excluded}")


def _time_check(known: _Known, since: datetime | None) -> ExplainedCheck:
    call = known.ended
    if call is None or call.ended_at is None or since is None:
        return _check("time", None, "", "It can only be told for an ended call and an active monitor")
    became = f"this version of the monitor became the latest at {iso(since)}"
    return _check(
        "time",
        call.ended_at >= since,
        f"It ended after {became}",
        f"It ended at {iso(call.ended_at)}, before {became}: a back-fill scores past calls",
    )


def _asked(monitor: Monitor, scores: Sequence[ExplainedScore]) -> str:
    other = "" if any(score.task.trigger_ref == monitor.ref for score in scores) else ", in an older version,"
    return f"The monitor{other} asked for {_scores(len(scores))}: {'; '.join(score.says for score in scores)}"


def _not_asked(stores: Stores, monitor: Monitor, known: _Known, checks: Sequence[ExplainedCheck]) -> str:
    failed = next((check for check in checks if check.passed is False), None)
    if failed is not None:
        return failed.says
    unknown = [said for uri in monitor.scorer_refs if (said := _scorer_trouble(stores, monitor, uri))]
    if len(unknown) == len(monitor.scorer_refs):
        return f"None of its scorers can be found: {'; '.join(unknown)}"
    call = known.call
    if call is not None and stores.ended_calls.is_waiting(call.project_id, call.id):
        return "The call has ended and waits to be looked at; scores are asked for in a moment"
    return (
        "It would be scored if it ended now, and was not looked at when it did: it may have been imported, or have "
        "been no match then; a back-fill scores it"
    )


def _scorer_trouble(stores: Stores, monitor: Monitor, uri: str) -> str:
    try:
        pinned_scorer(stores, uri, lambda project_id: project_id == monitor.project_id)
    except WeftError as error:
        return error.reason
    return ""


def _score(stores: Stores, task: Task) -> ExplainedScore:
    ref = try_parse_ref(task.scorer_ref)
    name = ref.name if isinstance(ref, ObjectRef) else "a scorer"
    tries = f"{task.attempts} of {task.max_attempts} tries"
    why = f": {task.reason}" if task.reason else ""
    said = {
        "scored": f"{name} scored it, as feedback {task.feedback_id}",
        "failed": f"{name} failed after {tries}{why}",
        "running": f"{name} is at it ({tries})",
        "retrying": f"{name} is to try again, after {tries}{why}",
        "queued": f"{name} has not begun yet{why}",
    }
    return ExplainedScore(says=said.get(task.state, f"{name}: {task.state}{why}"), task=task_item(stores, task))


def _call(known: _Known) -> ExplainedCall:
    call = known.call
    if call is None or not call.visible:
        return ExplainedCall(found=False, says=known.says)
    return ExplainedCall(
        found=True,
        says=known.says,
        op_name=call.op_name,
        trace_id=call.trace_id,
        started_at=call.started_at,
        ended_at=call.ended_at,
        excluded=known.excluded or None,
    )


def _summary(known: _Known, monitors: Sequence[ExplainedMonitor], requested: Sequence[ExplainedScore]) -> str:
    scores = [*requested, *(score for monitor in monitors for score in monitor.scores)]
    states = [score.task.state for score in scores]
    if not scores:
        silent = f"none of {len(monitors)} monitors asked for one" if monitors else "there is no monitor to ask for one"
        return f"{known.says}. No score was asked for: {silent}, and nobody did by name."
    parts = [
        f"{_scores(states.count('scored'))} given",
        f"{sum(state in OPEN for state in states)} under way",
        f"{states.count('failed')} failed",
    ]
    return f"{known.says}. {_scores(len(scores))} asked for: {', '.join(parts)}."


def _scores(count: int) -> str:
    return f"{count} score" if count == 1 else f"{count} scores"
