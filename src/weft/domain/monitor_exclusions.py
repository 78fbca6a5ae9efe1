"""Which calls no monitor scores, whatever it asks for: the work of scorers, and the machinery of evaluations.

Otherwise a monitor of every op would score scores for ever. What a monitor asks for is monitors.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from weft.core.refs import CallRef
from weft.domain.evaluation_calls import (
    EVALUATE,
    PREDICT_AND_SCORE_NAMES,
    SUMMARIZE,
    attributes_of,
    is_marked_as_score,
    object_of,
    op_title,
)
from weft.domain.score_writing import SOURCE
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.events.query.filters import MAX_VALUES
from weft.storage.stores import Stores

COLUMNS = ("id", "parent_id", "op_name", "attributes", "ended_at")
"""The columns of a call that are looked at."""

ReadCalls = Callable[[Sequence[str]], Mapping[str, Call]]
"""The visible calls among the ids."""

_MACHINERY = PREDICT_AND_SCORE_NAMES | {EVALUATE, SUMMARIZE}
_KINDS = {"scorer": "a call of a scorer", "guardrail": "a call of a guardrail"}
# Attributes without any of these texts need not be parsed.
_MARKS = ('"scorer"', '"guardrail"', '"score"', SOURCE)
# A trace deeper than that was not made by hand; what is above is not looked at.
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Calls with everything above them, and which of all these are named by feedback as the call of a score.

    `unknown` are the ids of those above that are not stored, or not yet.
    """

    calls: Mapping[str, Call] = field(default_factory=dict)
    unknown: AbstractSet[str] = frozenset()
    score_calls: AbstractSet[str] = frozenset()

    def above(self, call: Call) -> list[Call]:
        """The calls above, nearest first, as far as they are known."""
        found: dict[str, Call] = {}
        parent = self.calls.get(call.parent_id)
        while parent is not None and parent.id not in found:
            found[parent.id] = parent
            parent = self.calls.get(parent.parent_id)
        return list(found.values())

    def lacks(self, call: Call) -> bool:
        """Whether a call above is not known, so that it cannot be told yet what the call is part of."""
        return any(link.parent_id in self.unknown for link in (call, *self.above(call)))

    def exclusion(self, call: Call) -> str:
        """Why no monitor scores the call, as the end of a sentence; empty when one may."""
        above = self.above(call)
        if op_title(call.op_name) in _MACHINERY or any(op_title(link.op_name) == SUMMARIZE for link in above):
            return "it belongs to the machinery of an evaluation, not to what is evaluated"
        own = self._work_of_scorer(call)
        if own:
            return f"it is {own}"
        for link in above:
            own = self._work_of_scorer(link)
            if own:
                return f"it is part of the call {link.id}, which is {own}"
        return ""

    def _work_of_scorer(self, call: Call) -> str:
        if call.id in self.score_calls:
            return "a call of a scorer, as the feedback says that came of it"
        if not any(mark in call.attributes for mark in _MARKS):
            return ""
        attributes = attributes_of(call)
        weave = object_of(attributes.get("weave"))
        kind = weave.get("kind")
        if isinstance(kind, str) and kind in _KINDS:
            return _KINDS[kind]
        if is_marked_as_score(attributes):
            return "recorded as a score"
        return "written by this server's own scoring worker" if weave.get("source") == SOURCE else ""


def surroundings_of(stores: Stores, project_id: str, calls: Iterable[Call], read: ReadCalls) -> Surroundings:
    """Read what is above the calls, level by level, all of them together."""
    known = {call.id: call for call in calls}
    unknown: set[str] = set()
    level: Collection[Call] = list(known.values())
    for _ in range(_DEEPEST):
        wanted = {call.parent_id for call in level if call.parent_id} - known.keys() - unknown
        if not wanted:
            break
        found = read(sorted(wanted))
        unknown |= wanted - found.keys()
        known |= found
        level = found.values()
    refs = {CallRef(project_id, call_id).uri(): call_id for call_id in known}
    named = stores.feedback.score_calls(project_id, list(refs))
    return Surroundings(known, unknown, {refs[uri] for uri in named})


def light_reader(stores: Stores, project_id: str) -> ReadCalls:
    """Reads no more of calls than is looked at here."""

    def read(call_ids: Sequence[str]) -> Mapping[str, Call]:
        found: dict[str, Call] = {}
        for start in range(0, len(call_ids), MAX_VALUES):
            some = CallFilter(call_ids=call_ids[start : start + MAX_VALUES])
            selection = CallSelection(project_id, some, columns=COLUMNS)
            found |= {call.id: call for call in stores.call_queries.select(selection)}
        return found

    return read
