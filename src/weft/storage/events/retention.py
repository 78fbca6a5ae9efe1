"""Removing what has expired from the event tables, and finding out which files nothing names any more.

A sweep first lists what is doomed, on disk, then removes it, then forgets the list, so that a sweep which was cut off
is finished by the next one. The order of the steps is domain/retention.py's, the bytes of files are blobs.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from weft.core.refs import INTERNAL, AgentRef
from weft.storage.events.engine import EventsEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# So many digests the engine looks for in one pass over a text.
_NEEDLES = 250
# A sweep may take as long as it takes; the time limit of the engine is for readers.
_PATIENT = "SETTINGS mutations_sync = 2, max_execution_time = 0, allow_nondeterministic_mutations = 1"

_EXPIRED = "argMax(tuple(expire_at), version).1 < fromUnixTimestamp64Micro({before:Int64}, 'UTC')"
# Every version of a row goes, but only when its newest one has expired: an older one must not come to light instead.
_DOOM_CALLS = f"""
INSERT INTO retention_doomed (kind, project_id, trace_id, id, ref, version)
SELECT 'call', project_id, '', id, concat('{INTERNAL}', project_id, '/call/', id), max(version)
FROM calls WHERE (project_id, id) IN (
    SELECT project_id, id FROM calls WHERE expire_at < fromUnixTimestamp64Micro({{before:Int64}}, 'UTC'))
GROUP BY project_id, id HAVING {_EXPIRED} LIMIT {{limit:UInt64}}
"""
_DOOM_SPANS = f"""
INSERT INTO retention_doomed (kind, project_id, trace_id, id, ref, version)
SELECT 'span', project_id, trace_id, span_id, concat('{INTERNAL}', project_id, '/agent_span/', span_id), max(version)
FROM spans WHERE (project_id, trace_id, span_id) IN (
    SELECT project_id, trace_id, span_id FROM spans
    WHERE expire_at < fromUnixTimestamp64Micro({{before:Int64}}, 'UTC'))
GROUP BY project_id, trace_id, span_id HAVING {_EXPIRED} LIMIT {{limit:UInt64}}
"""
_DOOM_FEEDBACK = """
INSERT INTO retention_doomed (kind, project_id, trace_id, id, ref, version)
SELECT 'feedback', project_id, '', id, '', version FROM feedback FINAL
WHERE deleted = 0 AND (project_id, weave_ref) IN (SELECT project_id, ref FROM retention_doomed WHERE ref != '')
SETTINGS use_skip_indexes_if_final = 0
"""
# Turns and conversations are no rows: they are over when their last span goes.
_DOOMED_SPANS = "(SELECT project_id, trace_id, id FROM retention_doomed WHERE kind = 'span')"
_ENDING = f"""
SELECT DISTINCT project_id, {{column}} AS name FROM spans
WHERE (project_id, trace_id, span_id) IN {_DOOMED_SPANS} AND {{column}} != '' AND (project_id, {{column}}) NOT IN (
    SELECT project_id, {{column}} FROM spans
    WHERE project_id IN (SELECT project_id FROM retention_doomed WHERE kind = 'span')
      AND (project_id, trace_id, span_id) NOT IN {_DOOMED_SPANS})
"""

_CALL_TEXTS = ("inputs", "output", "attributes", "summary", "otel_dump")
_SPAN_TEXTS = (
    "input_messages", "output_messages", "tool_definitions", "tool_call_arguments", "tool_call_result",
    "reasoning_content", "compaction_summary", "status_message", "raw_span_dump", "toJSONString(system_instructions)",
    "toJSONString(content_refs)", "toJSONString(object_refs)", "toJSONString(custom_attrs_string)",
)  # fmt: skip
_TEXTS = {"calls": _CALL_TEXTS, "feedback": ("payload",), "spans": _SPAN_TEXTS, "table_rows": ("val",)}
_KEYS = {
    "calls": ("call", "project_id, id"),
    "feedback": ("feedback", "project_id, id"),
    "spans": ("span", "project_id, trace_id, span_id"),
}
# A digest stands between quotes; behind a colon or a slash it is the version of an object or a row of a table.
_DIGEST = r"[^0-9A-Za-z:/]([0-9A-Za-z]{43})\\b"


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows a step removed, each counted once whatever its versions."""

    calls: int = 0
    feedback: int = 0
    spans: int = 0


class RetentionStore:
    """The steps of a sweep over the event tables. One sweep at a time: `alone` says whether this may be it."""

    def __init__(self, engine: EventsEngine, alone: Callable[[], AbstractContextManager[bool]] | None = None) -> None:
        self._engine = engine
        self.alone = alone or (lambda: nullcontext(True))

    def doom(self, before: datetime, limit: int) -> int:
        """List calls and spans that expired before that moment, with their feedback; how many are on the list.

        What an earlier sweep left on the list comes first: then nothing is added.
        """
        listed = self._count("retention_doomed")
        if listed:
            return listed
        values = {"before": (before - _EPOCH) // _MICROSECOND, "limit": limit}
        self._engine.command(_DOOM_CALLS, values)
        self._engine.command(_DOOM_SPANS, values)
        return self._count("retention_doomed")

    def remove_doomed(self) -> Removed:
        """Remove every version of what is on the list, remember the files that were named, and forget the list."""
        self._doom_turns_and_conversations()
        self._engine.command(_DOOM_FEEDBACK)
        kinds = "SELECT kind, uniqExact(project_id, trace_id, id) AS n FROM retention_doomed GROUP BY kind"
        counts = {row["kind"]: row["n"] for row in self._engine.query(kinds)}
        newest = self._engine.query("SELECT max(version) AS newest FROM retention_doomed")[0]["newest"]
        doomed = [table for table, (kind, _) in _KEYS.items() if counts.get(kind)]
        for table in doomed:
            self._note_files(table)
        for table in doomed:
            condition = f"{self._is_doomed(table)} AND version <= {int(newest):d}"
            self._engine.command(f"ALTER TABLE {table} DELETE WHERE {condition} {_PATIENT}")
        self._engine.command("TRUNCATE TABLE retention_doomed")
        return Removed(counts.get("call", 0), counts.get("feedback", 0), counts.get("span", 0))

    def files_to_check(self) -> dict[str, list[str]]:
        """The digests, by project, that removed rows named, files or not."""
        rows = self._engine.query("SELECT DISTINCT project_id, digest FROM retention_files")
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["project_id"], []).append(row["digest"])
        return found

    def named(self, project_id: str, digests: Sequence[str]) -> set[str]:
        """Those of the digests that any row left in the project's event tables holds."""
        found: set[str] = set()
        for table, texts in _TEXTS.items():
            for start in range(0, len(digests), _NEEDLES):
                needles = [digest for digest in digests[start : start + _NEEDLES] if digest not in found]
                if needles:
                    found |= self._named_in(table, texts, project_id, needles)
        return found

    def forget_files(self, project_id: str, digests: Iterable[str]) -> None:
        """These digests were dealt with."""
        done = list(digests)
        for start in range(0, len(done), 1000):
            sql = f"""ALTER TABLE retention_files DELETE
                WHERE project_id = {{project_id:String}} AND digest IN {{digests:Array(String)}} {_PATIENT}"""
            self._engine.command(sql, {"project_id": project_id, "digests": done[start : start + 1000]})

    def _named_in(self, table: str, texts: Sequence[str], project_id: str, needles: Sequence[str]) -> set[str]:
        text = f"concat({', '.join(texts)}, '')"
        sql = f"""SELECT DISTINCT arrayJoin(arrayFilter((digest, place) -> place > 0, {{needles:Array(String)}},
                multiSearchAllPositions({text}, {{needles:Array(String)}}))) AS digest
            FROM {table} WHERE project_id = {{project_id:String}}
              AND ({" OR ".join(f"multiSearchAny({one}, {{needles:Array(String)}})" for one in texts)})
            SETTINGS max_execution_time = 0"""
        rows = self._engine.query(sql, {"project_id": project_id, "needles": list(needles)})
        return {row["digest"] for row in rows}

    def _note_files(self, table: str) -> None:
        text = ", '\\n', ".join(_TEXTS[table])
        self._engine.command(f"""INSERT INTO retention_files (project_id, digest)
            SELECT DISTINCT project_id, arrayJoin(extractAll(concat({text}, ''), '{_DIGEST}')) FROM {table}
            WHERE {self._is_doomed(table)} SETTINGS max_execution_time = 0""")

    def _is_doomed(self, table: str) -> str:
        kind, keys = _KEYS[table]
        listed = keys.replace("span_id", "id")
        return f"({keys}) IN (SELECT {listed} FROM retention_doomed WHERE kind = '{kind}')"

    def _doom_turns_and_conversations(self) -> None:
        rows = []
        for kind, column in (("agent_turn", "trace_id"), ("agent_conversation", "conversation_id")):
            for row in self._engine.query(_ENDING.format(column=column)):
                ref = AgentRef(row["project_id"], kind, row["name"]).uri()
                listed = {"kind": kind, "project_id": row["project_id"], "trace_id": "", "id": row["name"]}
                rows.append({**listed, "ref": ref, "version": 0})
        self._engine.insert("retention_doomed", rows)

    def _count(self, table: str) -> int:
        return int(self._engine.query(f"SELECT count() AS n FROM {table}")[0]["n"])
