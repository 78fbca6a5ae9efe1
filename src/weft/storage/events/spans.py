"""The table of agents' spans: the one writer, and reads by id. Lists, groups and chats are other files' reads.

(project_id, trace_id, span_id) is unique: a span written again replaces the older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from weft.core.clock import VersionClock, as_utc, iso
from weft.core.errors import WeftError
from weft.core.metrics import Metrics
from weft.storage.events.engine import EventsEngine
from weft.storage.events.group_commit import GroupCommit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The `ended_at` of a span that has not ended."""

NO_TRIAL = -1
"""The `eval_trial_index` of a span outside evaluations."""


@dataclass(slots=True)
class Span:
    """One span of an agent. Absent texts are empty, absent numbers 0; messages and `tool_definitions` are JSON text.

    Messages are a list of `{role, content, finish_reason}`, each a text; empty text means there are none.
    """

    project_id: str
    trace_id: str
    span_id: str
    started_at: datetime
    ended_at: datetime = EPOCH
    parent_span_id: str = ""
    span_name: str = ""
    span_kind: str = "UNSPECIFIED"
    status_code: str = "UNSET"
    status_message: str = ""
    operation_name: str = ""
    provider_name: str = ""
    agent_name: str = ""
    agent_id: str = ""
    agent_description: str = ""
    agent_version: str = ""
    request_model: str = ""
    response_model: str = ""
    response_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    reasoning_content: str = ""
    conversation_id: str = ""
    conversation_name: str = ""
    tool_name: str = ""
    tool_type: str = ""
    tool_call_id: str = ""
    tool_description: str = ""
    tool_definitions: str = ""
    tool_call_arguments: str = ""
    tool_call_result: str = ""
    request_temperature: float = 0.0
    request_max_tokens: int = 0
    request_top_p: float = 0.0
    request_frequency_penalty: float = 0.0
    request_presence_penalty: float = 0.0
    request_seed: int = 0
    request_stop_sequences: list[str] = field(default_factory=list)
    request_choice_count: int = 0
    finish_reasons: list[str] = field(default_factory=list)
    output_type: str = ""
    input_messages: str = ""
    output_messages: str = ""
    system_instructions: list[str] = field(default_factory=list)
    error_type: str = ""
    server_address: str = ""
    server_port: int = 0
    compaction_summary: str = ""
    compaction_items_before: int = 0
    compaction_items_after: int = 0
    content_refs: list[str] = field(default_factory=list)
    artifact_refs: list[str] = field(default_factory=list)
    object_refs: list[str] = field(default_factory=list)
    eval_run_id: str = ""
    eval_predict_and_score_call_id: str = ""
    eval_kind: str = ""
    eval_row_digest: str = ""
    eval_example_id: str = ""
    eval_trial_index: int = NO_TRIAL
    eval_evaluation_name: str = ""
    parent_call_id: str = ""
    parent_call_trace_id: str = ""
    wb_user_id: str = ""
    wb_run_id: str = ""
    wb_run_step: int = 0
    wb_run_step_end: int = 0
    raw_span_dump: str = ""
    custom_attrs_string: dict[str, str] = field(default_factory=dict)
    custom_attrs_int: dict[str, int] = field(default_factory=dict)
    custom_attrs_float: dict[str, float] = field(default_factory=dict)
    custom_attrs_bool: dict[str, bool] = field(default_factory=dict)
    expire_at: datetime | None = None


COLUMNS = tuple(Span.__dataclass_fields__)
"""Every column a reader may ask for."""

_KEY = ("project_id", "trace_id", "span_id")


class SpanStore:
    """Durable spans. What returned from a write is on disk and seen by the next read."""

    def __init__(self, engine: EventsEngine, metrics: Metrics | None = None) -> None:
        self.engine = engine
        self._versions = VersionClock(after=engine.newest_version("spans"))
        self._commit: GroupCommit[list[dict[str, Any]]] = GroupCommit("spans", self._write, metrics=metrics)

    def put(self, spans: Sequence[Span]) -> None:
        """Make the spans durable, all or none; of one span sent twice the later one stays."""
        if spans:
            self._commit.submit([_row_of(span) for span in spans], len(spans))

    def get(self, project_id: str, trace_id: str, span_ids: Iterable[str]) -> list[Span]:
        """The stored spans of these ids in one trace, without an order."""
        sql = f"""SELECT {", ".join(COLUMNS)} FROM spans FINAL
            WHERE project_id = {{project_id:String}} AND trace_id = {{trace_id:String}}
              AND span_id IN {{span_ids:Array(String)}} AND deleted = 0"""
        parameters = {"project_id": project_id, "trace_id": trace_id, "span_ids": list(span_ids)}
        return [span_from_row(row) for row in self.engine.query(sql, parameters)]

    def close(self) -> None:
        """Write what is waiting, then stop."""
        self._commit.close()

    def _write(self, groups: list[list[dict[str, Any]]]) -> dict[int, WeftError]:
        rows = [row for group in groups for row in group]
        newest = self.engine.newest_versions("spans", _KEY, rows)
        for row in rows:
            known = newest.get((row["project_id"], row["trace_id"], row["span_id"]), 0)
            row["version"] = self._versions.next(after=known)
        self.engine.insert("spans", rows)
        return {}


def span_from_row(row: dict[str, Any]) -> Span:
    """The span of a row with every column."""
    for name in ("started_at", "ended_at", "expire_at"):
        if row[name] is not None:
            row[name] = datetime.fromisoformat(row[name])
    return Span(**row)


def _row_of(span: Span) -> dict[str, Any]:
    row = asdict(span)
    row["started_at"] = iso(as_utc(span.started_at))
    row["ended_at"] = iso(as_utc(span.ended_at))
    row["expire_at"] = iso(span.expire_at) if span.expire_at else None
    row["deleted"] = 0
    return row
