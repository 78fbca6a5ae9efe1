"""Taking in traces sent over OTLP: whose they are, what may be stored of them, and what becomes of each span.

What a span means is the otel package's; as a call it is otel_calls.py's, as a row of an agent otel_spans.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from weft.core.errors import InvalidRequest
from weft.core.identity import Project, User
from weft.domain.calls import apply_changes
from weft.domain.contents import store_content, without_media
from weft.domain.ingest_policy import policy_of
from weft.domain.otel_calls import call_from_span, put_call
from weft.domain.otel_ops import op_refs
from weft.domain.otel_spans import row_from_span, speaks_of_agents
from weft.domain.redaction import REDACTED, holds_credentials, redact
from weft.otel.attributes import AttributeConflict, Tree
from weft.otel.span_columns import CannotExtract
from weft.otel.span_conventions import EVAL_PREFIX
from weft.otel.spans import OtelSpan, Rejection, ResourceSpans, rejected
from weft.otel.trees import SpanTrees, resource_tree, trees_of
from weft.storage.events.call_changes import Call
from weft.storage.events.spans import Span
from weft.storage.stores import Stores

MOST_TOLD = 20
"""Reasons of rejected spans that an answer repeats."""

# What is kept in memory at once of a large request.
_SPANS_AT_ONCE = 1000
_BYTES_AT_ONCE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OtelExport:
    """What one request brought. `project` and `run_id` are what its headers say, empty when they say nothing."""

    batches: Sequence[ResourceSpans]
    project: str = ""
    run_id: str = ""
    calls: bool = True
    """Whether its spans become calls."""
    agents: bool = False
    """Whether its spans become rows of agents: all of them, or, beside calls, those that speak of agents."""


@dataclass(slots=True)
class OtelOutcome:
    """How many spans were taken, how many were not, and why."""

    accepted: int = 0
    rejected: int = 0
    reasons: list[str] = field(default_factory=list)

    def reject(self, reason: str) -> None:
        """Count a span that is not stored."""
        self.rejected += 1
        if len(self.reasons) <= MOST_TOLD:
            self.reasons.append(reason)

    @property
    def message(self) -> str:
        """The first reasons in one text; empty when nothing was rejected."""
        told = self.reasons[:MOST_TOLD] + (["..."] if len(self.reasons) > MOST_TOLD else [])
        return "; ".join(told)


def take_export(
    stores: Stores,
    user: User,
    export: OtelExport,
    project_of: Callable[[str], Project],
    translate: Callable[[Any], Any],
) -> OtelOutcome:
    """Store the spans of a request; what is stored is durable, and spans that cannot be are counted.

    `project_of` answers with the project of an `entity/name` or raises, before anything is stored; `translate` gives
    refs in a JSON value their stored form. Raises InvalidRequest when nothing says whose the spans are.
    """
    named = [(_project_name(batch) or export.project, batch) for batch in export.batches]
    if named and not any(name for name, _ in named):
        raise InvalidRequest(
            "No project: send a header project_id (entity/project), or resource attributes wandb.entity, wandb.project"
        )
    projects = {name: project_of(name) for name in dict.fromkeys(name for name, _ in named) if name}
    outcome = OtelOutcome()
    for _ in (span for name, batch in named if not name for span in batch.read()):
        outcome.reject("Rejected span: neither its resource nor the request names a project")
    for name, project in projects.items():
        batches = [batch for other, batch in named if other == name]
        _Intake(stores, project, user, export, translate, outcome).take(batches)
    return outcome


class _Intake:
    """Takes the spans of one project, some of them at a time."""

    def __init__(
        self,
        stores: Stores,
        project: Project,
        user: User,
        export: OtelExport,
        translate: Callable[[Any], Any],
        outcome: OtelOutcome,
    ) -> None:
        self._stores = stores
        self._project = project
        self._user = user
        self._export = export
        self._translate = translate
        self._outcome = outcome
        self._policy = policy_of(stores, project.id)
        self._calls: list[Call] = []
        self._rows: list[Span] = []
        self._taken = 0
        self._size = 0
        self._ops: dict[str, str] = {}
        self._whole: set[str] = set()

    def take(self, batches: Sequence[ResourceSpans]) -> None:
        """Store every span of the batches that may be stored."""
        if self._policy.samples:
            self._find_whole_traces(batches)
        for batch in batches:
            resource = self._cleaned(self._policy.redact(resource_tree(batch.resource)))
            for span in batch.read():
                self._take_one(span, resource)
                if self._taken >= _SPANS_AT_ONCE or self._size >= _BYTES_AT_ONCE:
                    self._flush()
        self._flush()

    def _take_one(self, span: OtelSpan | Rejection, resource: Tree) -> None:
        if isinstance(span, Rejection):
            self._outcome.reject(span.reason)
            return
        if not self._policy.keeps(span.trace_id) and span.trace_id not in self._whole:
            self._outcome.accepted += 1
            return
        try:
            self._add(span, trees_of(span, resource))
        except AttributeConflict as error:
            self._outcome.reject(rejected(span, f"Invalid attribute structure: {error}").reason)
        except CannotExtract as error:
            self._outcome.reject(f"Extraction failed for span {span.span_id}: {error}")
        except InvalidRequest as error:
            self._outcome.reject(rejected(span, error.reason).reason)

    def _add(self, span: OtelSpan, trees: SpanTrees) -> None:
        trees = trees.through(self._translate)
        if self._policy.redacts:
            trees = trees.through(self._policy.redact)
            span = _with_names(span, self._policy.redact)
        trees = trees.through(self._cleaned)
        project, user, run_id = self._project, self._user, self._export.run_id
        call = call_from_span(project, user, span, trees, run_id) if self._export.calls else None
        row = None
        if self._export.agents and (call is None or speaks_of_agents(trees)):
            try:
                row = row_from_span(project, user, span, trees, self._policy, run_id)
            except CannotExtract:
                # The call holds everything; only a span that would be nowhere is rejected.
                if call is None:
                    raise
        self._taken += 1
        if call is not None:
            self._calls.append(call)
            self._size += call.size
        if row is not None:
            self._rows.append(row)
            self._size += 2 * len(row.raw_span_dump)

    def _cleaned(self, tree: Tree) -> Tree:
        """The tree without credentials, and with refs in place of long base64 texts."""
        if holds_credentials(tree):
            tree = redact(tree)
        cleaned: Tree = without_media(_without_credential_lists(tree), self._keep_media)
        return cleaned

    def _keep_media(self, data: bytes, mimetype: str) -> str:
        return store_content(self._stores, self._project, self._user, data, mimetype)

    def _find_whole_traces(self, batches: Sequence[ResourceSpans]) -> None:
        """Find the traces that are stored against their hash: evaluations, and those of which something is stored."""
        evaluations: set[str] = set()
        doubtful: set[str] = set()
        for span in (span for batch in batches for span in batch.read()):
            if isinstance(span, OtelSpan) and not self._policy.keeps(span.trace_id):
                of_evaluation = any(name.startswith(EVAL_PREFIX) for name, _ in span.attributes)
                (evaluations if of_evaluation else doubtful).add(span.trace_id)
        self._stores.sampled.keep(self._project.id, evaluations)
        self._whole = evaluations | self._stores.sampled.stored(self._project.id, doubtful - evaluations)

    def _flush(self) -> None:
        """Make what was gathered durable. Spans count as accepted only now."""
        unknown = {call.op_name for call in self._calls} - self._ops.keys()
        if unknown:
            self._ops |= op_refs(self._stores, self._project, self._user, unknown)
        apply_changes(self._stores, [put_call(call, self._ops) for call in self._calls])
        self._stores.spans.put(self._rows)
        self._outcome.accepted += self._taken
        self._calls, self._rows, self._taken, self._size = [], [], 0, 0


def _project_name(batch: ResourceSpans) -> str:
    entity, name = batch.resource.text("wandb.entity"), batch.resource.text("wandb.project")
    return f"{entity}/{name}" if entity and name else ""


def _with_names(span: OtelSpan, change: Callable[[Any], Any]) -> OtelSpan:
    """The span with its texts beside the attributes changed."""
    events = [replace(event, name=change(event.name)) for event in span.events]
    return replace(span, name=change(span.name), status_message=change(span.status_message), events=events)


def _without_credential_lists(value: Any) -> Any:
    """The value with lists of texts under a credential's name replaced: headers are recorded as such lists."""
    if not isinstance(value, dict):
        return value
    changed = {key: _without_list(key, item) for key, item in value.items()}
    return changed if any(changed[key] is not item for key, item in value.items()) else value


def _without_list(key: str, item: Any) -> Any:
    if isinstance(item, list) and item and all(isinstance(text, str) for text in item):
        return [REDACTED] * len(item) if holds_credentials({key: "text"}) else item
    return _without_credential_lists(item)
