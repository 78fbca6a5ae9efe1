"""Fields of spans as SQL over `spans AS s`: columns, custom attributes, what is derived from columns, costs.

Who an unnamed span belongs to is read from its trace; what that needs of the FROM is remembered for scope.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from weft.core.errors import InvalidRequest
from weft.schemas.span_fields import (
    ATTRIBUTE_SOURCES,
    COSTS,
    DERIVED,
    FIELD_KINDS,
    GROUPABLE,
    SOURCES,
    AttributeSource,
    DerivedValue,
    SpanColumn,
    ValueType,
    column_named,
    parse_span_field,
)
from weft.schemas.span_measures import AgentGroupByRef, AgentSpanValueRef
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.span_query.prices import CostTable

INVOKE_AGENT = "invoke_agent"
DURATION = """if(s.ended_at >= s.started_at,
    toUnixTimestamp64Milli(s.ended_at) - toUnixTimestamp64Milli(s.started_at), NULL)"""
ENDED = "if(toUnixTimestamp64Micro(s.ended_at) = 0, NULL, s.ended_at)"
TOTAL_TOKENS = "(s.input_tokens + s.output_tokens + s.reasoning_tokens)"

# Which part of the donor's identity a span without a name of its own takes.
_OF_AGENT = {"agent_name": 1, "agent_version": 2, "agent_id": 3}

Donor = Literal["agent", "conversation"]


@dataclass(frozen=True, slots=True)
class TypedSql:
    """An expression, which may be NULL, and the type of its values."""

    sql: str
    type: ValueType


class SpanFields:
    """Writes the SQL of fields and remembers which donors they read. `attributed` is off for own identities only."""

    def __init__(self, parameters: Parameters, costs: CostTable, *, attributed: bool = True) -> None:
        self.parameters = parameters
        self.donors: set[Donor] = set()
        self._costs = costs
        self._attributed = attributed

    def column(self, name: str) -> str:
        """A column of the table, its identity taken from the trace where the span has none."""
        if not self._attributed:
            return f"s.{name}"
        if name in _OF_AGENT:
            self.donors.add("agent")
            return f"if(s.agent_name != '', s.{name}, d.agent.{_OF_AGENT[name]})"
        if name == "conversation_id":
            self.donors.add("conversation")
            return "if(s.conversation_id != '', s.conversation_id, d.conversation)"
        return f"s.{name}"

    def attribute(self, source: AttributeSource, key: str) -> str:
        """A custom attribute, NULL where the span does not have it."""
        name = self.parameters.text(key)
        return f"if(mapContains(s.{source}, {name}), toNullable(s.{source}[{name}]), NULL)"

    def derived(self, name: str) -> str:
        """A value derived from columns."""
        if name == "duration_ms":
            return DURATION
        if name == "total_tokens":
            return TOTAL_TOKENS
        if name == "is_error":
            return "(s.status_code = 'ERROR')"
        if name == "is_invocation":
            return f"(s.operation_name = '{INVOKE_AGENT}')"
        return self.cost(name)

    def cost(self, name: str) -> str:
        """A cost in US dollars, NULL where the model has no price."""
        assert name in COSTS, name
        return self._costs.sql(name)

    def value(self, ref: AgentSpanValueRef) -> TypedSql:
        """What a value ref names. Raises InvalidRequest for an unknown field."""
        if ref.source == "derived":
            return TypedSql(self.derived(ref.key), DERIVED[ref.key])
        if ref.source in ATTRIBUTE_SOURCES:
            return TypedSql(self.attribute(_source(ref.source), ref.key), ATTRIBUTE_SOURCES[ref.source])
        field = parse_span_field(ref.key)
        if isinstance(field, DerivedValue):
            return TypedSql(self.derived(field.name), "number")
        if isinstance(field, SpanColumn):
            return self._typed_column(field.name)
        raise InvalidRequest(f"Unknown field of spans: {ref.key[:200]!r}")

    def group(self, ref: AgentGroupByRef) -> str:
        """What a group ref names. Raises InvalidRequest for a field that spans are not grouped by."""
        if ref.source in ATTRIBUTE_SOURCES:
            return self.attribute(_source(ref.source), ref.key)
        name = column_named(ref.key)
        if name not in GROUPABLE:
            raise InvalidRequest(f"Spans cannot be grouped by {ref.key[:200]!r}")
        return number_column(name) if FIELD_KINDS[name] == "number" else self.column(name)

    def _typed_column(self, name: str) -> TypedSql:
        kind = FIELD_KINDS[name]
        if kind == "text":
            return TypedSql(self.column(name), "string")
        if kind == "number":
            return TypedSql(number_column(name), "number")
        return TypedSql(ENDED if name == "ended_at" else f"s.{name}", "datetime")


def number_column(name: str) -> str:
    """A column of numbers; the trial of a span outside evaluations is NULL, other absent numbers are 0."""
    return "nullIf(s.eval_trial_index, -1)" if name == "eval_trial_index" else f"s.{name}"


def _source(name: str) -> AttributeSource:
    for source in SOURCES:
        if source == name:
            return source
    raise InvalidRequest(f"Unknown map of custom attributes: {name[:80]!r}")
