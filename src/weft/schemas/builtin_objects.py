"""The builtin object classes: what clients may ask to have validated when they publish.

A stored value carries the names of its class and base classes, so the class names here are part of the data. Saved
views and agent dashboards have files of their own; what is checked beyond types is the domain's.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class BaseObject(BaseModel):
    """What all builtin objects have."""

    name: str | None = None
    description: str | None = None


class LeaderboardColumn(BaseModel):
    """One metric of one scorer in one evaluation."""

    evaluation_object_ref: str
    scorer_name: str
    summary_metric_path: str
    should_minimize: bool | None = None


class Leaderboard(BaseObject):
    """Models compared over some evaluations."""

    columns: list[LeaderboardColumn]


class AnnotationSpec(BaseObject):
    """What annotators fill in: a JSON Schema of the value."""

    field_schema: dict[str, Any] = Field(default_factory=dict)
    unique_among_creators: bool = False
    op_scope: list[str] | None = None


class WeaveMetricThresholdSpec(BaseModel):
    """When an alert goes off."""

    alert_condition: str = "THRESHOLD"
    source_type: Literal["calls", "spans"] = "calls"
    comparison_operator: Literal["GREATER_THAN", "LESS_THAN", "EQUAL"] = "GREATER_THAN"
    metric_path: str = ""
    op_str: str = ""
    threshold: float = 0.0
    window_size: int | None = None
    window_duration: int | None = None
    monitor_ref: str | None = None
    scorer_ref: str | None = None
    aggregation_function: Literal["mean", "median", "min", "max", "mode", "percentage", "count"] = "mean"
    status_match_value: str | None = None


class AlertSpec(BaseObject):
    """An alert on a metric."""

    op_scope: list[str] | None = None
    spec: WeaveMetricThresholdSpec = Field(default_factory=WeaveMetricThresholdSpec)


class Provider(BaseObject):
    """An LLM endpoint of the user's own."""

    base_url: str
    api_key_name: str
    extra_headers: dict[str, str] = Field(default_factory=dict)
    return_type: Literal["openai"] = "openai"


class ProviderModel(BaseObject):
    """A model that a provider serves."""

    provider: str
    max_tokens: int


class ComparisonViewDefinition(BaseModel):
    """What a comparison shows."""

    evaluation_call_ids: list[str]
    selected_metrics: list[str] | None = None
    column_visibility: dict[str, bool] | None = None


class ComparisonView(BaseObject):
    """A saved comparison of evaluations."""

    label: str
    definition: ComparisonViewDefinition


class Message(BaseModel):
    """A message of a chat."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    name: str | None = None
    function_call: dict[str, Any] | None = None
    tool_call_id: str | None = None


class LLMStructuredCompletionModelDefaultParams(BaseModel):
    """How a model is called when the caller says nothing else."""

    messages_template: list[Message] | None = None
    prompt: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: list[str] | None = None
    n_times: int | None = None
    functions: list[dict[str, Any]] | None = None
    response_format: Literal["json_object", "json_schema", "text"] | None = None


class Object(BaseModel):
    """The root of the classes that SDK users derive from."""

    name: str | None = None
    description: str | None = None
    ref: Any = None


class Model(Object):
    """Anything that predicts."""


class LLMStructuredCompletionModel(Model):
    """An LLM with parameters, as the judges of a playground use it."""

    model_config = ConfigDict(extra="forbid")

    llm_model_id: str
    default_params: Annotated[
        LLMStructuredCompletionModelDefaultParams, BeforeValidator(lambda value: {} if value is None else value)
    ] = Field(default_factory=LLMStructuredCompletionModelDefaultParams)
