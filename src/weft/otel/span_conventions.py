"""Which attributes fill which column of an agent's span. Other conventions' attributes are kept as custom ones.

A name without a prefix is looked for under `weave.` first and under `gen_ai.` then; `=` marks a whole name.
"""

from __future__ import annotations

Names = tuple[str, ...]


def _spelled(*names: str) -> Names:
    spelled = []
    for name in names:
        spelled += [name[1:]] if name.startswith("=") else [f"weave.{name}", f"gen_ai.{name}"]
    return tuple(spelled)


TEXTS: dict[str, Names] = {
    "operation_name": _spelled("operation.name"),
    "provider_name": _spelled("provider.name", "system"),
    "agent_name": _spelled("agent.name"),
    "agent_id": _spelled("agent.id"),
    "agent_description": _spelled("agent.description"),
    "agent_version": _spelled("agent.version"),
    "request_model": _spelled("request.model"),
    "response_model": _spelled("response.model"),
    "response_id": _spelled("response.id"),
    "conversation_id": _spelled("conversation.id"),
    "conversation_name": _spelled("conversation.name"),
    "tool_name": _spelled("tool.name"),
    "tool_type": _spelled("tool.type"),
    "tool_call_id": _spelled("tool.call.id"),
    "tool_description": _spelled("tool.description"),
    "output_type": _spelled("output.type"),
    "error_type": _spelled("=weave.error.type", "=error.type"),
    "server_address": _spelled("=server.address"),
    "compaction_summary": _spelled("=weave.compaction.summary"),
    "eval_run_id": _spelled("=weave.eval.run_id"),
    "eval_predict_and_score_call_id": _spelled("=weave.eval.predict_and_score_call_id"),
    "eval_kind": _spelled("=weave.eval.kind"),
    "eval_row_digest": _spelled("=weave.eval.row_digest"),
    "eval_example_id": _spelled("=weave.eval.example_id"),
    "eval_evaluation_name": _spelled("=weave.eval.evaluation_name"),
    "parent_call_id": _spelled("=weave.parent_call.id"),
    "parent_call_trace_id": _spelled("=weave.parent_call.trace_id"),
}
WHOLE_NUMBERS: dict[str, Names] = {
    "input_tokens": _spelled("usage.input_tokens"),
    "output_tokens": _spelled("usage.output_tokens"),
    "reasoning_tokens": _spelled(
        "=weave.usage.reasoning_tokens",
        "=gen_ai.usage.reasoning.output_tokens",
        "=gen_ai.usage.reasoning_tokens",
        "=gen_ai.usage.experimental.reasoning_tokens",
    ),
    "cache_creation_input_tokens": _spelled("usage.cache_creation.input_tokens"),
    "cache_read_input_tokens": _spelled(
        "usage.cache_read.input_tokens",
        "=gen_ai.usage.prompt_tokens_details.cached_tokens",
        "=gen_ai.usage.input_tokens_details.cached_tokens",
        "=prompt_tokens_details.cached_tokens",
    ),
    "request_max_tokens": _spelled("request.max_tokens"),
    "request_seed": _spelled("request.seed"),
    "request_choice_count": _spelled("request.choice.count"),
    "server_port": _spelled("=server.port"),
    "compaction_items_before": _spelled("=weave.compaction.items_before"),
    "compaction_items_after": _spelled("=weave.compaction.items_after"),
    "eval_trial_index": _spelled("=weave.eval.trial_index"),
}
NUMBERS: dict[str, Names] = {
    "request_temperature": _spelled("request.temperature"),
    "request_top_p": _spelled("request.top_p"),
    "request_frequency_penalty": _spelled("request.frequency_penalty"),
    "request_presence_penalty": _spelled("request.presence_penalty"),
}
LISTS: dict[str, Names] = {
    "request_stop_sequences": _spelled("request.stop_sequences"),
    "finish_reasons": _spelled("response.finish_reasons"),
    "content_refs": _spelled("=weave.content_refs"),
    "artifact_refs": _spelled("=weave.artifact_refs"),
    "object_refs": _spelled("=weave.object_refs"),
}
DOCUMENTS: dict[str, Names] = {
    "tool_definitions": _spelled("tool.definitions"),
    "tool_call_arguments": _spelled("tool.call.arguments"),
    "tool_call_result": _spelled("tool.call.result"),
}
INPUT_MESSAGES = _spelled("input.messages", "prompt")
OUTPUT_MESSAGES = _spelled("output.messages", "completion")
INSTRUCTIONS = _spelled("system_instructions")
REASONING = "weave.reasoning_content"

EVENTS: dict[str, tuple[str, str]] = {
    "tool_call_arguments": ("gen_ai.tool.input", "gen_ai.tool.call.arguments"),
    "tool_call_result": ("gen_ai.tool.output", "gen_ai.tool.call.result"),
    "input_messages": ("gen_ai.content.prompt", "gen_ai.prompt"),
    "output_messages": ("gen_ai.content.completion", "gen_ai.completion"),
}
"""Column: the event and its attribute that fill it where no attribute of the span does."""

OPERATIONS = (
    "chat",
    "invoke_agent",
    "execute_tool",
    "generate_content",
    "text_completion",
    "embeddings",
    "create_agent",
    "retrieval",
)
"""Operations that the name of a span may begin with."""

INVOKE_AGENT = "invoke_agent"
OUTPUT_TYPES = frozenset({"", "text", "json", "image", "speech"})
EVAL_PREFIX = "weave.eval."

SINGLE = frozenset(name for group in (TEXTS, WHOLE_NUMBERS, NUMBERS) for names in group.values() for name in names)
"""Names that hold one value; an object under one of them is somebody else's."""

WHOLE = frozenset(
    {name for group in (LISTS, DOCUMENTS) for names in group.values() for name in names}
    | {*INPUT_MESSAGES, *OUTPUT_MESSAGES, *INSTRUCTIONS, REASONING}
)
"""Names under which everything is taken."""
