"""What can be measured of agents' spans and by what they can be grouped and filtered: words that several queries share.

Rules that need no knowledge of a table are checked here and are a 422; unknown fields are the event store's to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from weft.schemas.base import NullIsAbsent
from weft.schemas.moments import Moment
from weft.schemas.query import Query
from weft.schemas.span_fields import ATTRIBUTE_SOURCES, DERIVED, ValueType, column_named

Alias = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Aggregation = Literal["sum", "avg", "min", "max", "count", "count_distinct", "count_true", "count_false"]
Source = Literal[
    "field", "column", "custom_attrs_string", "custom_attrs_int", "custom_attrs_float", "custom_attrs_bool"
]
ValueSource = Literal[
    "field", "derived", "custom_attrs_string", "custom_attrs_int", "custom_attrs_float", "custom_attrs_bool"
]

AGGREGATIONS: dict[ValueType, frozenset[str]] = {
    "number": frozenset({"sum", "avg", "min", "max", "count", "count_distinct"}),
    "boolean": frozenset({"count", "count_distinct", "count_true", "count_false"}),
    "datetime": frozenset({"min", "max", "count", "count_distinct"}),
    "string": frozenset({"count", "count_distinct"}),
}
"""What can be computed of values of each type."""

_INSIGHT_VALUES = {
    "intent_sentiment": ("frustrated", "dissatisfied", "neutral", "satisfied", "delighted"),
    "failure_severity": ("info", "major", "minor"),
}


class AgentGroupByRef(NullIsAbsent):
    """Something that spans are grouped by: a column or a custom attribute."""

    source: Source = "field"
    key: str
    alias: str | None = None

    @property
    def name(self) -> str:
        """The name under which answers carry the group's value."""
        if self.alias is not None:
            return self.alias
        return self.key if self.source in ATTRIBUTE_SOURCES else column_named(self.key)


class AgentSpanValueRef(NullIsAbsent):
    """A value that spans have: a column, something derived from columns, or a custom attribute."""

    source: ValueSource = "field"
    key: str

    @model_validator(mode="after")
    def _known(self) -> AgentSpanValueRef:
        if self.source == "derived" and self.key not in DERIVED:
            raise ValueError(f"unknown derived span value: {self.key[:80]!r}")
        return self

    def check_type(self, claimed: ValueType | None) -> None:
        """Raise ValueError when the claimed type is not that of a derived value."""
        if self.source == "derived" and claimed not in (None, DERIVED[self.key]):
            raise ValueError(f"derived value {self.key!r} is a {DERIVED[self.key]}, not a {claimed}")


class AgentSpanMeasureSpec(NullIsAbsent):
    """One number, time or count per group."""

    alias: Alias
    aggregation: Aggregation
    value: AgentSpanValueRef | None = None
    value_type: ValueType | None = None
    filter: Query | None = None

    @model_validator(mode="after")
    def _sensible(self) -> AgentSpanMeasureSpec:
        if self.value is None:
            if self.aggregation != "count":
                raise ValueError("only count measures may omit value")
            return self
        self.value.check_type(self.value_type)
        if self.value_type is not None and self.aggregation not in AGGREGATIONS[self.value_type]:
            raise ValueError(f"aggregation {self.aggregation!r} is not valid for value_type {self.value_type!r}")
        return self


class AgentSpanGroupFilter(NullIsAbsent):
    """Keeps groups whose measure lies between bounds, both included."""

    group_by: list[AgentGroupByRef] = Field(default_factory=list)
    measure: AgentSpanMeasureSpec
    min: Finite | Moment | None = None
    max: Finite | Moment | None = None

    @model_validator(mode="after")
    def _bounded(self) -> AgentSpanGroupFilter:
        if self.min is None and self.max is None:
            raise ValueError("a group filter needs min or max")
        if self.min is not None and self.max is not None:
            if isinstance(self.min, float) and isinstance(self.max, float):
                in_order = self.min <= self.max
            elif isinstance(self.min, float) or isinstance(self.max, float):
                raise ValueError("min and max of a group filter must be of the same type")
            else:
                in_order = self.min <= self.max
            if not in_order:
                raise ValueError("max of a group filter must not be less than min")
        return self


class AgentSpanGroupDistributionSpec(NullIsAbsent):
    """How the values of a custom attribute are spread within each group."""

    alias: Alias
    value: AgentSpanValueRef
    bins: int = Field(12, ge=1, le=50)
    top_n: int = Field(5, ge=1, le=20)

    @model_validator(mode="after")
    def _of_custom_attribute(self) -> AgentSpanGroupDistributionSpec:
        if self.value.source not in ATTRIBUTE_SOURCES:
            raise ValueError("distributions are of custom attributes only")
        return self


class RatingCondition(NullIsAbsent):
    """A bound on a rating of a scorer."""

    scorer_key: str
    op: Literal["gte", "gt", "lte", "lt", "eq"]
    value: Finite


class AgentSignalFilter(NullIsAbsent):
    """Keeps conversations by their feedback: any of the tags, and every rating condition, perhaps on different rows."""

    tags: list[str] = Field(default_factory=list)
    ratings: list[RatingCondition] = Field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.tags and not self.ratings


class AgentInsightFilter(NullIsAbsent):
    """Keeps or leaves out conversations by what was found out about them elsewhere."""

    model_config = ConfigDict(extra="forbid")

    field: Literal[
        "intent_category",
        "intent_sentiment",
        "failure_category",
        "failure_severity",
        "intent_topic_id",
        "failure_topic_id",
    ]
    values: list[str] = Field(min_length=1, max_length=1000)
    exclude: bool = False

    @model_validator(mode="after")
    def _known_values(self) -> AgentInsightFilter:
        allowed = _INSIGHT_VALUES.get(self.field)
        for value in self.values:
            if allowed is not None and value not in allowed:
                raise ValueError(f"{self.field} must be one of {', '.join(allowed)}, not {value[:80]!r}")
            if self.field.endswith("_topic_id"):
                _check_uuid(value)
        return self


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, sorted."""
    seen: set[str] = set()
    twice: set[str] = set()
    for name in names:
        (twice if name in seen else seen).add(name)
    return sorted(twice)


def _check_uuid(value: str) -> None:
    try:
        UUID(value)
    except ValueError as error:
        raise ValueError(f"invalid topic id: {value[:80]!r}") from error
