"""What an export folder holds, version 1: its tables and their columns. `docs/export-format.md` says it to readers.

The columns are written down here and not taken from the stores, because folders outlive both: a test compares them.
"""

from __future__ import annotations

import re
from typing import Literal

FORMAT = 1

Kind = Literal["text", "time", "int", "uint", "float", "texts", "text_map", "float_map", "int_map", "bool_map"]
"""The type of a column; every one but lists and maps may be null."""

_NAMES: dict[str, dict[Kind, tuple[str, ...]]] = {
    "table_rows": {
        "text": ("digest", "val"),
    },
    "tables": {
        "text": ("digest",),
        "texts": ("row_digests",),
    },
    "calls": {
        "text": (
            "id",
            "trace_id",
            "parent_id",
            "thread_id",
            "turn_id",
            "op_name",
            "display_name",
            "exception",
            "inputs",
            "output",
            "attributes",
            "summary",
            "otel_dump",
            "wb_user_id",
            "wb_run_id",
        ),
        "time": ("started_at", "ended_at", "expire_at"),
        "texts": ("input_refs", "output_refs"),
        "uint": ("wb_run_step", "wb_run_step_end"),
    },
    "feedback": {
        "text": (
            "id",
            "weave_ref",
            "feedback_type",
            "payload",
            "wb_user_id",
            "creator",
            "annotation_ref",
            "runnable_ref",
            "call_ref",
            "trigger_ref",
            "queue_id",
            "span_agent_name",
            "span_agent_version",
            "span_conversation_id",
            "span_trace_id",
            "span_status_code",
            "scorer_trace_id",
        ),
        "time": ("created_at",),
        "texts": ("scorer_tags",),
        "text_map": ("scorer_tag_reasons", "scorer_rating_reasons"),
        "float_map": ("scorer_tag_confidences", "scorer_ratings", "scorer_rating_confidences"),
    },
    "spans": {
        "text": (
            "trace_id",
            "span_id",
            "parent_span_id",
            "span_name",
            "span_kind",
            "status_code",
            "status_message",
            "operation_name",
            "provider_name",
            "agent_name",
            "agent_id",
            "agent_description",
            "agent_version",
            "request_model",
            "response_model",
            "response_id",
            "reasoning_content",
            "conversation_id",
            "conversation_name",
            "tool_name",
            "tool_type",
            "tool_call_id",
            "tool_description",
            "tool_definitions",
            "tool_call_arguments",
            "tool_call_result",
            "output_type",
            "input_messages",
            "output_messages",
            "error_type",
            "server_address",
            "compaction_summary",
            "eval_run_id",
            "eval_predict_and_score_call_id",
            "eval_kind",
            "eval_row_digest",
            "eval_example_id",
            "eval_evaluation_name",
            "parent_call_id",
            "parent_call_trace_id",
            "wb_user_id",
            "wb_run_id",
            "raw_span_dump",
        ),
        "time": ("started_at", "ended_at", "expire_at"),
        "int": (
            "input_tokens",
            "output_tokens",
            "reasoning_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
            "request_max_tokens",
            "request_seed",
            "request_choice_count",
            "server_port",
            "compaction_items_before",
            "compaction_items_after",
            "eval_trial_index",
            "wb_run_step",
            "wb_run_step_end",
        ),
        "float": ("request_temperature", "request_top_p", "request_frequency_penalty", "request_presence_penalty"),
        "texts": (
            "request_stop_sequences",
            "finish_reasons",
            "system_instructions",
            "content_refs",
            "artifact_refs",
            "object_refs",
        ),
        "text_map": ("custom_attrs_string",),
        "int_map": ("custom_attrs_int",),
        "float_map": ("custom_attrs_float",),
        "bool_map": ("custom_attrs_bool",),
    },
}

EVENT_COLUMNS: dict[str, dict[str, Kind]] = {
    table: {name: kind for kind, names in kinds.items() for name in names} for table, kinds in _NAMES.items()
}
"""Column name to type, by event table, in the order in which they are imported."""

JSON_COLUMNS = {
    "table_rows": ("val",),
    "calls": ("inputs", "output", "attributes", "summary"),
    "feedback": ("payload",),
}
"""The text columns whose text is JSON and never empty."""

USER_COLUMNS = (
    "wb_user_id",
    "user_id",
    "created_by",
    "added_by",
    "annotator_id",
    "changed_by",
    "updated_by",
)
"""The columns that hold the id of a user, in any table."""

DIGEST = re.compile(r"[0-9A-Za-z]{43}")
"""The digest of a file."""
