"""Which attributes of which convention say what about a call. In each list the first one that says something counts.

The lists begin with what the Weave service reads, in its order; what only Weft reads stands behind it.
"""

from __future__ import annotations

INPUTS = (
    "ai.prompt",  # Vercel AI SDK
    "gen_ai.prompt",  # GenAI semantic conventions of old, Traceloop
    "input.value",  # OpenInference
    "mlflow.spanInputs",
    "gen_ai.input.messages",  # GenAI semantic conventions
    "pydantic_ai.all_messages",
    "traceloop.entity.input",
    "gcp.vertex.agent.tool_call_args",  # Agent Development Kit
    "gcp.vertex.agent.llm_request",
    "input",
    "inputs",
    "gen_ai.tool.call.arguments",
    "tool_arguments",  # pydantic-ai of old
    "all_messages_events",
    "ai.toolCall.args",
    "ai.value",
    "ai.values",
    "llm.input_messages",
)
OUTPUTS = (
    "ai.response",
    "gen_ai.completion",
    "output.value",
    "gen_ai.output.messages",
    "mlflow.spanOutputs",
    "final_result",  # pydantic-ai
    "gen_ai.content.completion",
    "traceloop.entity.output",
    "gcp.vertex.agent.tool_response",
    "gcp.vertex.agent.llm_response",
    "output",
    "outputs",
    "gen_ai.tool.call.result",
    "tool_response",
    "ai.toolCall.result",
    "ai.embedding",
    "ai.embeddings",
    "llm.output_messages",
    "retrieval.documents",
    "reranker.output_documents",
)
BARE = frozenset({"input", "inputs", "output", "outputs"})
"""Names that say nothing: what stands under them is taken without the name."""

USAGE = {
    "input_tokens": ("gen_ai.usage.input_tokens",),
    "prompt_tokens": (
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
        "ai.usage.promptTokens",
        "ai.usage.inputTokens",
        "mlflow.chat.tokenUsage.input_tokens",
    ),
    "output_tokens": ("gen_ai.usage.output_tokens",),
    "completion_tokens": (
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
        "ai.usage.completionTokens",
        "ai.usage.outputTokens",
        "mlflow.chat.tokenUsage.output_tokens",
    ),
    "total_tokens": (
        "llm.usage.total_tokens",
        "llm.token_count.total",
        "gen_ai.usage.total_tokens",
        "ai.usage.totalTokens",
        "mlflow.chat.tokenUsage.total_tokens",
    ),
    "cache_creation_input_tokens": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    ),
    "cache_read_input_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.prompt_tokens_details.cached_tokens",
        "gen_ai.usage.input_tokens_details.cached_tokens",
        "prompt_tokens_details.cached_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
        "ai.usage.cachedInputTokens",
    ),
}
SPELLINGS = (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens"))
"""Two names of one count. Readers add them up, so only the first one given is kept."""

MODEL = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "ai.model.id",
    "embedding.model_name",
    "reranker.model_name",
    "mlflow.llm.model",
)
ATTRIBUTES = {
    "system": ("gen_ai.system_instructions", "gen_ai.system", "llm.system"),
    "kind": ("weave.span.kind", "traceloop.span.kind", "openinference.span.kind", "mlflow.spanType"),
    "model": MODEL,
    "provider": ("gen_ai.provider.name", "llm.provider", "ai.model.provider", "mlflow.llm.provider"),
    "model_parameters": ("gen_ai.request", "llm.invocation_parameters"),
    "operation_name": ("gen_ai.operation.name",),
    "response_id": ("gen_ai.response.id",),
    "finish_reasons": ("gen_ai.response.finish_reasons",),
    "agent_name": ("gen_ai.agent.name",),
    "agent_id": ("gen_ai.agent.id",),
}
OWN_ATTRIBUTES = "wandb.attributes"
"""An object that is put over the attributes as it is."""

DISPLAY_NAME = ("wandb.display_name",)
THREAD = ("gen_ai.conversation.id", "gcp.vertex.agent.session_id", "wandb.thread_id")
SESSION = ("session.id",)
"""OpenInference repeats the session on each span of a trace, so there only the root of a trace is a turn."""

IS_TURN = "wandb.is_turn"
RUN = ("wandb.wb_run_id",)
RUN_STEP = "wandb.wb_run_step"
RUN_STEP_END = "wandb.wb_run_step_end"
STARTED = "langfuse.startTime"
ENDED = "langfuse.endTime"
