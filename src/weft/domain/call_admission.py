"""What becomes of changes to calls on their way to the store: left out by the sample, stamped, without personal data.

The rules of a project are ingest_policy.py's; what a change says is calls.py's. Everything that writes calls passes
here, through `calls.apply_changes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from weft.core import jsontext
from weft.core.clock import now
from weft.domain import pii
from weft.domain.ingest_policy import IngestPolicy, policy_of
from weft.storage.events.call_changes import Call, CallChange, EndCall, PutCall, RenameCall, StartCall, key_of
from weft.storage.stores import Stores

# An end that may wait for a start which was left out is not kept for ever.
_ORPHANS_WAIT = timedelta(days=1)
_EVALUATION_OPS = ("Evaluation.evaluate", "Evaluation.predict_and_score", "Evaluation.predictAndScore")
# How clients and OpenTelemetry mark what belongs to an evaluation.
_EVALUATION_MARKS = ('"_weave_eval_meta"', '"weave.eval.')


def admitted(stores: Stores, changes: Sequence[CallChange], *, sampled: bool) -> Sequence[CallChange]:
    """The changes that are to be stored, as they are to be stored; with `sampled` some may be left out.

    Raises TooLarge for payloads nested too deeply to be looked through for personal data, where a project wants that.
    """
    if sampled and stores.sampled.has_dropped_calls:
        changes = _without_ends_of_dropped(stores, changes)
    policies = {project_id: policy_of(stores, project_id) for project_id in {key_of(change)[0] for change in changes}}
    if all(policy.changes_nothing for policy in policies.values()):
        return changes
    kept: Sequence[CallChange] = changes
    if sampled:
        for project_id, policy in policies.items():
            if policy.samples:
                kept = _Sample(stores, project_id, policy, kept).kept()
    return [_as_stored(policies[key_of(change)[0]], change) for change in kept]


class _Sample:
    """Decides about the changes of one project; those of others pass."""

    def __init__(self, stores: Stores, project_id: str, policy: IngestPolicy, changes: Sequence[CallChange]) -> None:
        self._sampled = stores.sampled
        self._project_id = project_id
        self._policy = policy
        self._changes = changes
        mine = [change for change in changes if key_of(change)[0] == project_id]
        self._started = {
            change.call.id: change.call.trace_id for change in mine if isinstance(change, StartCall | PutCall)
        }
        unplaced = [
            change.id
            for change in mine
            if isinstance(change, EndCall) and not change.trace_id and change.id not in self._started
        ]
        states = stores.calls.states([(project_id, call_id) for call_id in unplaced]) if unplaced else {}
        self._stored_calls = {call_id for (_, call_id), call in states.items() if not call.orphan}
        self._whole = self._whole_traces(mine)

    def kept(self) -> list[CallChange]:
        """The changes without those of dropped traces; calls kept for their hash say how many share their luck."""
        kept: list[CallChange] = []
        dropped: list[str] = []
        for change in self._changes:
            decided = change if key_of(change)[0] != self._project_id else self._decided(change)
            if decided is not None:
                kept.append(decided)
            elif isinstance(change, StartCall | PutCall):
                dropped.append(change.call.id)
        self._sampled.drop(self._project_id, dropped)
        return kept

    def _decided(self, change: CallChange) -> CallChange | None:
        if isinstance(change, StartCall | PutCall):
            if not self._keeps(change.call.trace_id):
                return None
            return _with_call(change, self._marked(change.call))
        return self._decided_end(change) if isinstance(change, EndCall) else change

    def _decided_end(self, end: EndCall) -> EndCall | None:
        trace_id = self._started.get(end.id) or end.trace_id
        if trace_id:
            return end if self._keeps(trace_id) else None
        if end.id in self._stored_calls:
            return end
        # Nobody can say whether its start was left out or is still to come.
        return None if end.must_exist else replace(end, expire_at=now() + _ORPHANS_WAIT)

    def _keeps(self, trace_id: str) -> bool:
        return self._policy.keeps(trace_id) or trace_id in self._whole

    def _whole_traces(self, changes: Sequence[CallChange]) -> set[str]:
        """The traces that are kept against their hash: evaluations, and those of which something is stored."""
        evaluations: set[str] = set()
        doubtful: set[str] = set()
        for change in changes:
            trace_id = _trace_of(change)
            if trace_id and not self._policy.keeps(trace_id):
                (evaluations if _is_evaluation(change) else doubtful).add(trace_id)
        doubtful -= evaluations
        if evaluations:
            self._sampled.keep(self._project_id, evaluations)
        return evaluations | (self._sampled.stored(self._project_id, doubtful) if doubtful else set())

    def _marked(self, call: Call) -> Call:
        if not self._policy.marks(call.trace_id):
            return call
        attributes = jsontext.loads(call.attributes)
        weave = attributes.get("weave", {})
        if not isinstance(weave, dict):
            return call
        marked = {**attributes, "weave": {**weave, "ingest_sample_rate": self._policy.sample_rate}}
        return replace(call, attributes=jsontext.dumps_finite(marked))


def _without_ends_of_dropped(stores: Stores, changes: Sequence[CallChange]) -> Sequence[CallChange]:
    """The changes without ends of calls that were left out, whatever the sample rate has become meanwhile."""
    started = {key_of(change) for change in changes if isinstance(change, StartCall | PutCall)}
    # Sent again, a call is decided about again.
    stores.sampled.forget_drops(started)
    return [
        change
        for change in changes
        if not isinstance(change, EndCall)
        or key_of(change) in started
        or not stores.sampled.was_dropped(*key_of(change))
    ]


def _trace_of(change: CallChange) -> str:
    if isinstance(change, StartCall | PutCall):
        return change.call.trace_id
    return change.trace_id if isinstance(change, EndCall) else ""


def _is_evaluation(change: CallChange) -> bool:
    if isinstance(change, EndCall):
        return change.of_evaluation
    if not isinstance(change, StartCall | PutCall):
        return False
    call = change.call
    if any(name in call.op_name for name in _EVALUATION_OPS):
        return True
    if any(mark in text for mark in _EVALUATION_MARKS for text in (call.attributes, call.otel_dump)):
        return True
    return '"eval"' in call.attributes and _has_evaluation_attributes(jsontext.loads(call.attributes))


def _has_evaluation_attributes(attributes: dict[str, Any]) -> bool:
    weave = attributes.get("weave")
    return isinstance(weave, dict) and bool(weave.get("eval"))


def _as_stored(policy: IngestPolicy, change: CallChange) -> CallChange:
    if isinstance(change, StartCall | PutCall):
        call = _without_personal_data(change.call) if policy.redacts else change.call
        return _with_call(change, _expiring(policy, call))
    if isinstance(change, EndCall):
        end = _end_without_personal_data(change) if policy.redacts else change
        return replace(end, expire_at=end.expire_at or policy.expire_at(end.ended_at))
    if isinstance(change, RenameCall) and policy.redacts:
        return replace(change, display_name=pii.redact_text(change.display_name))
    return change


def _with_call(change: StartCall | PutCall, call: Call) -> StartCall | PutCall:
    if call is change.call:
        return change
    return PutCall(call, change.fresh) if isinstance(change, PutCall) else StartCall(call)


def _expiring(policy: IngestPolicy, call: Call) -> Call:
    expiry = None if call.expire_at else policy.expire_at(call.started_at)
    return replace(call, expire_at=expiry) if expiry else call


def _without_personal_data(call: Call) -> Call:
    return replace(
        call,
        op_name=pii.redact_text(call.op_name),
        display_name=pii.redact_text(call.display_name),
        inputs=pii.redact_json(call.inputs),
        attributes=pii.redact_json(call.attributes),
        otel_dump=pii.redact_json(call.otel_dump) if call.otel_dump else "",
        output=pii.redact_json(call.output),
        summary=pii.redact_json(call.summary),
        exception=pii.redact_text(call.exception),
    )


def _end_without_personal_data(end: EndCall) -> EndCall:
    return replace(
        end,
        output=pii.redact_json(end.output),
        summary=pii.redact_json(end.summary),
        exception=pii.redact_text(end.exception),
    )
