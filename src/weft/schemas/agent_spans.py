"""The words of reading agents' spans: lists, groups of them, and which custom attributes they carry.

Statistics over time are agent_span_stats.py's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import Moment
from weft.schemas.query import Query
from weft.schemas.span_fields import ATTRIBUTE_SOURCES, AttributeSource
from weft.schemas.span_measures import (
    AgentGroupByRef,
    AgentInsightFilter,
    AgentSignalFilter,
    AgentSpanGroupDistributionSpec,
    AgentSpanGroupFilter,
    AgentSpanMeasureSpec,
    AgentSpanValueRef,
    repeated,
)

GROUP_COUNTS = (
    "span_count", "invocation_count", "conversation_count", "total_input_tokens", "total_cache_creation_input_tokens",
    "total_cache_read_input_tokens", "total_output_tokens", "total_reasoning_tokens", "total_duration_ms",
    "error_count",
)  # fmt: skip
GROUP_COSTS = ("total_cost_usd", "total_input_cost_usd", "total_output_cost_usd")
GROUP_LISTS = ("agent_names", "agent_versions", "provider_names", "request_models", "conversation_names")
GROUP_TIMES = ("first_seen", "last_seen")
_FIXED = {*GROUP_COUNTS, *GROUP_COSTS, *GROUP_LISTS, *GROUP_TIMES}


class AgentSortBy(NullIsAbsent):
    """One field to order by."""

    field: str
    direction: Literal["asc", "desc"] = "desc"


class AgentSpansQueryReq(NullIsAbsent):
    """Which spans, or with `group_by` which groups of them, and what to tell of each."""

    project_id: str
    query: Query | None = None
    group_by: list[AgentGroupByRef] | None = None
    measures: list[AgentSpanMeasureSpec] = Field(default_factory=list)
    group_filters: list[AgentSpanGroupFilter] = Field(default_factory=list)
    group_distributions: list[AgentSpanGroupDistributionSpec] = Field(default_factory=list, max_length=20)
    custom_attr_columns: list[AgentSpanValueRef] = Field(default_factory=list)
    include_details: bool = False
    include_costs: bool = False
    sort_by: list[AgentSortBy] | None = None
    limit: int = Field(100, ge=0, le=10_000)
    offset: int = Field(0, ge=0, le=2**62)
    started_after: Moment | None = None
    started_before: Moment | None = None
    signal_filters: AgentSignalFilter | None = None
    insight_filters: list[AgentInsightFilter] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> AgentSpansQueryReq:
        if self.group_by:
            self._check_grouped(self.group_by)
        else:
            self._check_ungrouped()
        if any(column.source not in ATTRIBUTE_SOURCES for column in self.custom_attr_columns):
            raise ValueError("custom_attr_columns are custom attributes only")
        return self

    def _check_ungrouped(self) -> None:
        if self.measures or self.group_filters or self.group_distributions:
            raise ValueError("measures, group_filters and group_distributions need group_by")
        if self.signal_filters is not None and not self.signal_filters.is_empty:
            raise ValueError("signal_filters need group_by")
        if self.insight_filters:
            raise ValueError("insight_filters need group_by")

    def _check_grouped(self, group_by: list[AgentGroupByRef]) -> None:
        if self.custom_attr_columns:
            raise ValueError("custom_attr_columns are for spans that are not grouped")
        if self.include_details:
            raise ValueError("include_details is for spans that are not grouped")
        if self.group_distributions and len(group_by) != 1:
            raise ValueError("group_distributions need exactly one group_by")
        groups = [ref.name for ref in group_by]
        measures = [measure.alias for measure in self.measures]
        distributions = [distribution.alias for distribution in self.group_distributions]
        for kind, names in (("group_by", groups), ("measure", measures), ("distribution", distributions)):
            if twice := repeated(names):
                raise ValueError(f"duplicate {kind} aliases: {', '.join(twice)[:200]}")
        if taken := sorted({*groups, *_FIXED} & set(measures)):
            raise ValueError(f"measure aliases are names of a group's own fields: {', '.join(taken)[:200]}")


class NormalizedMessage(Wire):
    """One message of a model's input or output."""

    role: str = ""
    content: str
    finish_reason: str = ""


class AgentSpanSchema(Wire):
    """A span as readers see it; absent texts are empty and absent numbers 0, texts that were not asked for null."""

    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    span_name: str | None = None
    span_kind: Literal["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    status_code: Literal["UNSET", "OK", "ERROR"] | None = None
    status_message: str | None = None
    operation_name: str | None = None
    provider_name: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    agent_description: str | None = None
    agent_version: str | None = None
    eval_run_id: str | None = None
    eval_predict_and_score_call_id: str | None = None
    eval_kind: str | None = None
    eval_row_digest: str | None = None
    eval_example_id: str | None = None
    eval_trial_index: int | None = None
    eval_evaluation_name: str | None = None
    parent_call_id: str | None = None
    parent_call_trace_id: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    input_cost_usd: float | None = None
    output_cost_usd: float | None = None
    cache_read_cost_usd: float | None = None
    cache_creation_cost_usd: float | None = None
    total_cost_usd: float | None = None
    reasoning_content: str | None = None
    conversation_id: str | None = None
    conversation_name: str | None = None
    tool_name: str | None = None
    tool_type: str | None = None
    tool_call_id: str | None = None
    tool_description: str | None = None
    tool_definitions: str | None = None
    finish_reasons: list[str] = Field(default_factory=list)
    error_type: str | None = None
    request_temperature: float | None = None
    request_max_tokens: int | None = None
    request_top_p: float | None = None
    request_frequency_penalty: float | None = None
    request_presence_penalty: float | None = None
    request_seed: int | None = None
    request_stop_sequences: list[str] = Field(default_factory=list)
    request_choice_count: int | None = None
    output_type: str | None = None
    input_messages: list[NormalizedMessage] = Field(default_factory=list)
    output_messages: list[NormalizedMessage] = Field(default_factory=list)
    system_instructions: list[str] = Field(default_factory=list)
    tool_call_arguments: str | None = None
    tool_call_result: str | None = None
    compaction_summary: str | None = None
    compaction_items_before: int | None = None
    compaction_items_after: int | None = None
    content_refs: list[str] = Field(default_factory=list)
    artifact_refs: list[str] = Field(default_factory=list)
    object_refs: list[str] = Field(default_factory=list)
    custom_attrs_string: dict[str, str] = Field(default_factory=dict)
    custom_attrs_int: dict[str, int] = Field(default_factory=dict)
    custom_attrs_float: dict[str, float] = Field(default_factory=dict)
    custom_attrs_bool: dict[str, bool] = Field(default_factory=dict)
    server_address: str | None = None
    server_port: int | None = None
    wb_user_id: str | None = None
    wb_run_id: str | None = None
    wb_run_step: int | None = None
    wb_run_step_end: int | None = None
    raw_span_dump: str | None = None


class AgentConversationMessagePreview(Wire):
    """The beginning of a message."""

    role: Literal["user_message", "assistant_message"]
    text: str = ""


class AgentSpanGroupDistributionBin(Wire):
    """How many values lie in a part of the range."""

    index: int
    min: float
    max: float
    count: int


class AgentSpanGroupDistributionValue(Wire):
    """How often one value occurs."""

    value: str
    count: int


class AgentSpanGroupDistributionItem(Wire):
    """The values of a custom attribute in one group: bins of numbers, the most frequent of other values."""

    alias: str
    source: AttributeSource
    key: str
    value_type: Literal["string", "int", "float", "bool"]
    total_count: int = 0
    present_count: int = 0
    missing_count: int = 0
    other_count: int = 0
    bins: list[AgentSpanGroupDistributionBin] = Field(default_factory=list)
    values: list[AgentSpanGroupDistributionValue] = Field(default_factory=list)


class AgentSpanGroupRow(Wire):
    """A group of spans."""

    group_keys: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    span_count: int = 0
    invocation_count: int = 0
    conversation_count: int = 0
    total_input_tokens: int = 0
    total_cache_creation_input_tokens: int = 0
    total_cache_read_input_tokens: int = 0
    total_output_tokens: int = 0
    total_reasoning_tokens: int = 0
    total_duration_ms: int = 0
    error_count: int = 0
    total_cost_usd: float | None = None
    total_input_cost_usd: float | None = None
    total_output_cost_usd: float | None = None
    agent_names: list[str] = Field(default_factory=list)
    agent_versions: list[str] = Field(default_factory=list)
    provider_names: list[str] = Field(default_factory=list)
    request_models: list[str] = Field(default_factory=list)
    conversation_names: list[str] = Field(default_factory=list)
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    first_message: AgentConversationMessagePreview | None = None
    last_message: AgentConversationMessagePreview | None = None
    metrics: dict[str, datetime | str | int | float | bool | None] = Field(default_factory=dict)
    distributions: dict[str, AgentSpanGroupDistributionItem] = Field(default_factory=dict)


class AgentSpansQueryRes(Wire):
    """Spans or groups, one of the lists; `total_count` is of all that match, whatever the page."""

    spans: list[AgentSpanSchema] = Field(default_factory=list)
    groups: list[AgentSpanGroupRow] = Field(default_factory=list)
    total_count: int = 0


class AgentCustomAttrsSchemaReq(NullIsAbsent):
    """Of which spans the custom attributes are to be listed."""

    project_id: str
    query: Query | None = None
    started_after: Moment | None = None
    started_before: Moment | None = None
    limit: int = Field(200, ge=1, le=2000)
    offset: int = Field(0, ge=0, le=2**62)


class AgentCustomAttrSchemaItem(Wire):
    """A custom attribute, and how many spans have it."""

    source: AttributeSource
    key: str
    value_type: Literal["string", "int", "float", "bool"]
    span_count: int


class AgentCustomAttrsSchemaRes(Wire):
    """The attributes that most spans have first."""

    attributes: list[AgentCustomAttrSchemaItem] = Field(default_factory=list)
    limit: int = 200
    offset: int = 0
    has_more: bool = False


SPAN_FIELDS = tuple(AgentSpanSchema.model_fields)
"""The fields of a span, in the order in which answers have them."""
