"""Monitors: what a stored one asks for, whether it can be used, and which ops and which share of the calls it wants.

Decides from values alone, so that a redelivery decides the same. Reading which monitors there are is
active_monitors.py's, what no monitor scores is monitor_exclusions.py's, writing tasks is scoring/monitors.py's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core.errors import WeftError
from weft.core.refs import EXTERNAL, INTERNAL, ObjectRef, OpRef, try_parse_ref
from weft.domain.evaluation_calls import object_of
from weft.domain.published_classes import without_class_keys
from weft.storage.entities.ended_calls import MONITOR_CLASS
from weft.storage.entities.objects import ObjectSelection, ObjectVersion
from weft.storage.events.call_queries import CallSelection
from weft.storage.events.query.filters import MAX_VALUES
from weft.storage.events.query.statement import CallStatement
from weft.storage.stores import Stores

TURN_ENDED = "weave.genai.turn_ended"
"""In the place of an op's name: the monitor wants the turns of agents and not calls."""

MAX_SCORERS = 100
_ANY_VERSION = ":*"
# A float holds 53 bits exactly, so that no place rounds up to 1.
_BITS = 53


@dataclass(frozen=True, slots=True)
class OpPatterns:
    """Ops by their exact names as calls record them, and by what such a name begins with; neither is every op."""

    exact: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether every op is meant."""
        return not self.exact and not self.prefixes

    def match(self, op_name: str) -> bool:
        """Whether a call of that op is meant."""
        return self.any or op_name in self.exact or op_name.startswith(self.prefixes)

    def as_filter(self) -> list[str] | None:
        """The same as `op_names` of a filter of calls."""
        return None if self.any else [*sorted(self.exact), *(f"{prefix}*" for prefix in self.prefixes)]


@dataclass(frozen=True, slots=True)
class Monitor:
    """One version of a monitor. `problems` are sentences; with any of them it scores nothing.

    `refused` are sentences about scorers of it that cannot be asked, while the others can.
    """

    project_id: str
    name: str
    digest: str
    user_id: str
    published_at: datetime
    active: bool = False
    op_names: tuple[str, ...] = ()
    ops: OpPatterns = OpPatterns()
    query: Mapping[str, Any] | None = None
    sampling_rate: float = 1.0
    scorer_refs: tuple[str, ...] = ()
    is_traced: bool = True
    is_latest: bool = True
    class_name: str = MONITOR_CLASS
    problems: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """The ref of this version: what scores it asks for name as their trigger."""
        return ObjectRef(self.project_id, self.name, self.digest).uri()

    @property
    def usable(self) -> bool:
        """Whether it can score anything."""
        return not self.problems

    def samples(self, call_id: str) -> bool:
        """Whether the call is in the share of the calls that it wants."""
        return sampling_place(self.name, call_id) < self.sampling_rate


def sampling_place(monitor: str, call_id: str) -> float:
    """Where a call stands between 0 and 1 for the monitor of that name; it is sampled if the rate is higher.

    Of the monitor only its name counts: a new version with the same rate decides the same, and a higher rate only
    adds calls.
    """
    told = hashlib.sha256(f"{len(monitor)}:{monitor}{call_id}".encode("utf-8", "replace")).digest()
    return (int.from_bytes(told[:8], "big") >> (64 - _BITS)) / (1 << _BITS)


def triggered_by(monitor: Monitor, trigger_ref: str) -> bool:
    """Whether a version of this monitor, whichever, asked for it."""
    ref = try_parse_ref(trigger_ref)
    return isinstance(ref, ObjectRef) and (ref.project, ref.name) == (monitor.project_id, monitor.name)


def monitor_of(version: ObjectVersion) -> Monitor:
    """The monitor that is stored as this version, whatever is wrong with it."""
    value = object_of(version.val)
    problems: list[str] = []
    ops, wants_turns = _ops(version.project_id, value.get("op_names"), problems)
    refs, refused = _scorers(version.project_id, value.get("scorers"), problems)
    if wants_turns:
        problems.append(f"It watches turns of agents ({TURN_ENDED}), which are not scored by this server")
    if object_of(value.get("scorer_debounce_config")):
        problems.append("It has a scorer_debounce_config; this server scores each call as it ends and debounces none")
    return Monitor(
        project_id=version.project_id,
        name=version.object_id,
        digest=version.digest,
        user_id=version.wb_user_id or "",
        published_at=version.created_at,
        active=value.get("active") is True,
        op_names=_texts(value.get("op_names")),
        ops=ops,
        query=_query(version.project_id, value.get("query"), problems),
        sampling_rate=_rate(value.get("sampling_rate", 1), problems),
        scorer_refs=refs,
        is_traced=value.get("is_traced") is not False,
        is_latest=version.is_latest,
        class_name=version.leaf_object_class or MONITOR_CLASS,
        problems=tuple(problems),
        refused=refused,
    )


def latest_monitors(stores: Stores, project_id: str) -> list[Monitor]:
    """The latest version of every monitor of the project, active or not, oldest first."""
    return [monitor_of(version) for version in stores.objects.select(monitors_selection(project_id))]


def triggering_monitor(stores: Stores, trigger_ref: str) -> Monitor | None:
    """The version of a monitor that asked for a task, also when it was deleted since; None for tasks of requests."""
    ref = try_parse_ref(trigger_ref)
    if not isinstance(ref, ObjectRef):
        return None
    version = stores.objects.by_digest(ref.project, ref.name, ref.version)
    return None if version is None else monitor_of(version)


def monitors_selection(project_id: str, metadata_only: bool = False) -> ObjectSelection:
    """Which objects the monitors of a project are."""
    return ObjectSelection(
        project_id,
        base_object_classes=[MONITOR_CLASS],
        kind="object",
        latest_only=True,
        metadata_only=metadata_only,
    )


def check_query(project_id: str, query: Mapping[str, Any]) -> None:
    """Compile a query without class keys; raises what a query of calls raises."""
    CallStatement(CallSelection(project_id, query=query))


def watches_turns(op_names: Any) -> bool:
    """Whether the op names of a monitor ask for turns of agents and for no calls."""
    return isinstance(op_names, list) and bool(op_names) and all(name == TURN_ENDED for name in op_names)


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(item for item in given if isinstance(item, str)) if isinstance(given, list) else ()


def _ops(project_id: str, given: Any, problems: list[str]) -> tuple[OpPatterns, bool]:
    names = [] if given is None else given
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        problems.append("Its op_names are not a list of names and refs of ops")
        return OpPatterns(), False
    calls = [name for name in names if name != TURN_ENDED]
    patterns = _patterns(project_id, calls)
    if len(patterns.exact) + len(patterns.prefixes) > MAX_VALUES:
        problems.append(f"It names more than {MAX_VALUES // 2} ops")
    lost = [name for name in calls if name.startswith(EXTERNAL)]
    if lost:
        problems.append(f"Its op_names hold {lost[0][:200]!r}, which is of a project that is not on this server")
    return patterns, len(calls) < len(names)


def _patterns(project_id: str, names: Iterable[str]) -> OpPatterns:
    exact: dict[str, None] = {}
    prefixes: dict[str, None] = {}
    for name in names:
        uri = name
        if not name.startswith(INTERNAL):
            # A bare name stands for every version of the op, and for calls that record no more than the name.
            exact.setdefault(name)
            uri = f"{INTERNAL}{project_id}/{OpRef.kind}/{name if ':' in name else name + _ANY_VERSION}"
        if uri.endswith(_ANY_VERSION):
            prefixes.setdefault(uri.removesuffix("*"))
        else:
            exact.setdefault(uri)
    return OpPatterns(frozenset(exact), tuple(prefixes))


def _scorers(project_id: str, given: Any, problems: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The refs of scorers that can be asked, and sentences about the others."""
    scorers: Sequence[Any] = given if isinstance(given, list) else []
    if len(scorers) > MAX_SCORERS:
        problems.append(f"It has {len(scorers)} scorers, at most {MAX_SCORERS} are asked")
        return (), ()
    refs: dict[str, None] = {}
    refused: list[str] = []
    for number, scorer in enumerate(scorers):
        ref = try_parse_ref(scorer)
        if not isinstance(ref, ObjectRef) or ref.edges or "*" in ref.version:
            refused.append(f"Its scorer number {number + 1} is not a ref of a version of an object or op")
        elif ref.project != project_id:
            # Whoever publishes a monitor need not be allowed to read what is there, and must not read it through us.
            refused.append(f"Its scorer {ref.name!r} is in another project; a monitor asks those of its own")
        else:
            refs.setdefault(ref.uri())
    if not refs:
        problems.append("It has no scorer that can be asked")
    return tuple(refs), tuple(refused)


def _query(project_id: str, given: Any, problems: list[str]) -> Mapping[str, Any] | None:
    if given is None:
        return None
    query = without_class_keys(given)
    try:
        check_query(project_id, query)
    except WeftError as error:
        problems.append(f"Its query cannot be used: {error.reason}")
        return None
    return object_of(query)


def _rate(given: Any, problems: list[str]) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= 1:
        return float(given)
    problems.append("Its sampling_rate is not a number from 0 to 1")
    return 0.0
