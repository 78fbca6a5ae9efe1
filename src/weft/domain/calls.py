"""Writing calls: what a start, an end, a complete call, a rename and a deletion mean. Reading is call_queries.py's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from weft.core import ids, jsontext
from weft.core.clock import as_utc
from weft.core.errors import InvalidRequest, TooLarge
from weft.core.identity import Project, User
from weft.core.refs import ARTIFACT, EXTERNAL, INTERNAL, OpRef, find_refs, try_parse_ref
from weft.domain.call_admission import admitted
from weft.domain.ended_calls import tell_of_ends
from weft.domain.redaction import holds_credentials, redact
from weft.schemas.calls import CompletedCallSchemaForInsert, EndedCallSchemaForInsert, StartedCallSchemaForInsert
from weft.storage.events.call_changes import Call, CallChange, DeleteCall, EndCall, PutCall, RenameCall, StartCall
from weft.storage.events.group_commit import Submission
from weft.storage.stores import Stores

MAX_OP_NAME = 128
MAX_DISPLAY_NAME = 1024
MAX_DELETED = 1000
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2262, 1, 1, tzinfo=UTC)


def call_of(
    project_id: str,
    id: str,
    *,
    trace_id: str,
    op_name: str,
    started_at: datetime,
    inputs: dict[str, Any],
    attributes: dict[str, Any],
    output: Any = None,
    summary: dict[str, Any] | None = None,
    otel_dump: dict[str, Any] | None = None,
    **columns: Any,
) -> Call:
    """A storable call from plain values: credentials redacted, refs collected, payloads as JSON text.

    `columns` are further fields of `Call` as they are (`ended_at`, `parent_id`, `wb_user_id`, …).
    """
    inputs_text = _redacted_text(inputs)
    output_text = jsontext.dumps_finite(output)
    return Call(
        project_id=project_id,
        id=id,
        trace_id=trace_id,
        op_name=op_name,
        started_at=_moment(started_at, "started_at"),
        inputs=inputs_text,
        attributes=_redacted_text(attributes),
        output=output_text,
        summary=jsontext.dumps_finite(summary or {}),
        otel_dump=_redacted_text(otel_dump) if otel_dump else "",
        input_refs=_refs_in(inputs_text, inputs),
        output_refs=_refs_in(output_text, output),
        **columns,
    )


def start_change(project: Project, user: User, start: StartedCallSchemaForInsert) -> StartCall:
    """The change a start asks for; chooses missing ids. Raises InvalidRequest for ids and names that cannot be."""
    call_id = ids.new_id() if start.id is None else ids.check_call_id(start.id)
    trace_id = ids.new_id() if start.trace_id is None else ids.check_trace_id(start.trace_id)
    return StartCall(_call_from(project, user, start, call_id, trace_id))


def end_change(project: Project, end: EndedCallSchemaForInsert, must_exist: bool = False) -> EndCall:
    """The change an end asks for."""
    output = jsontext.dumps_finite(end.output)
    return EndCall(
        project_id=project.id,
        id=ids.check_call_id(end.id),
        ended_at=_moment(end.ended_at, "ended_at"),
        exception=_plain(end.exception),
        output=output,
        output_refs=_refs_in(output, end.output),
        summary=jsontext.dumps_finite(end.summary),
        wb_run_step_end=end.wb_run_step_end,
        must_exist=must_exist,
        trace_id=end.trace_id or "",
        of_evaluation=end.is_eval or False,
    )


def complete_change(project: Project, user: User, item: CompletedCallSchemaForInsert) -> PutCall:
    """The change a complete call asks for."""
    call_id = ids.check_call_id(item.id)
    trace_id = ids.check_trace_id(item.trace_id)
    return PutCall(_call_from(project, user, item, call_id, trace_id))


def apply_changes(stores: Stores, changes: Sequence[CallChange], *, sampled: bool = True) -> None:
    """Make the changes durable, as the policy of their projects wants it: all of them, or none and an error.

    `sampled` changes are clients': traces that the sample leaves out are dropped, and monitors look at what ended.
    The server's own calls are never dropped, and never monitored.
    """
    kept = admitted(stores, changes, sampled=sampled)
    stores.calls.apply(kept)
    if sampled:
        tell_of_ends(stores, kept)


def begin_changes(stores: Stores, changes: Sequence[CallChange]) -> Submission[Any]:
    """Start making the server's own changes durable; `.wait()` blocks and raises as `apply_changes` does."""
    return stores.calls.begin(admitted(stores, changes, sampled=False))


def rename_call(stores: Stores, project: Project, call_id: str, display_name: str | None) -> None:
    """Change or, with an empty text, clear a call's display name; an unknown call is not an error."""
    if display_name is None:
        raise InvalidRequest("Nothing to update: display_name is missing")
    apply_changes(stores, [RenameCall(project.id, call_id, _display_name(display_name))])


def delete_calls(stores: Stores, project: Project, call_ids: Sequence[str]) -> int:
    """Delete the calls and everything below them; how many calls that names, 0 when none of them exists."""
    if len(call_ids) > MAX_DELETED:
        raise TooLarge(f"Request too large: at most {MAX_DELETED} calls can be deleted at once")
    named = set(call_ids)
    existing = set(stores.calls.get_many(project.id, named))
    if not existing:
        return 0
    doomed = existing | stores.call_queries.descendants(project.id, sorted(existing))
    stores.calls.apply([DeleteCall(project.id, call_id) for call_id in sorted(doomed)])
    return len(doomed | named)


def _call_from(
    project: Project,
    user: User,
    item: StartedCallSchemaForInsert | CompletedCallSchemaForInsert,
    call_id: str,
    trace_id: str,
) -> Call:
    columns: dict[str, Any] = {}
    if isinstance(item, CompletedCallSchemaForInsert):
        columns = {
            "output": item.output,
            "summary": item.summary,
            "ended_at": _moment(item.ended_at, "ended_at"),
            "exception": _plain(item.exception),
            "wb_run_step_end": item.wb_run_step_end,
        }
    return call_of(
        project.id,
        call_id,
        trace_id=trace_id,
        op_name=_op_name(item.op_name),
        started_at=item.started_at,
        inputs=item.inputs,
        attributes=item.attributes,
        otel_dump=item.otel_dump,
        parent_id=ids.check_call_id(item.parent_id, "parent_id") if item.parent_id else "",
        thread_id=_plain(item.thread_id),
        turn_id=_plain(item.turn_id),
        display_name=_display_name(item.display_name or ""),
        wb_user_id=user.id,
        wb_run_id=_plain(item.wb_run_id),
        wb_run_step=item.wb_run_step,
        **columns,
    )


def _op_name(name: str) -> str:
    name = _plain(name)
    if name.startswith(INTERNAL):
        ref = try_parse_ref(name)
        if not isinstance(ref, OpRef) or ref.uri() != name:
            raise InvalidRequest(f"Invalid op_name: {name[:200]!r} is not an op ref")
    elif len(name) > (1024 if name.startswith(EXTERNAL) else MAX_OP_NAME):
        raise InvalidRequest(f"Invalid op_name: longer than {MAX_OP_NAME} characters")
    return name


def _display_name(name: str) -> str:
    if len(name) > MAX_DISPLAY_NAME:
        raise InvalidRequest(f"Invalid display_name: longer than {MAX_DISPLAY_NAME} characters")
    return _plain(name)


def _plain(text: str | None) -> str:
    """Text a plain column can hold: lone surrogates become U+FFFD."""
    if not text or text.isascii():
        return text or ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _moment(moment: datetime, field: str) -> datetime:
    moment = as_utc(moment)
    if not _EARLIEST <= moment < _LATEST:
        raise InvalidRequest(f"Invalid {field}: {moment.isoformat()} is not between 1900 and 2262")
    return moment


def _redacted_text(value: dict[str, Any]) -> str:
    return jsontext.dumps_finite(redact(value) if holds_credentials(value) else value)


def _refs_in(text: str, value: Any) -> list[str]:
    return find_refs(value) if INTERNAL in text or ARTIFACT in text else []
