"""Which spans a request is about: the FROM and the WHERE that lists, groups and statistics share.

A span without an agent's name or a conversation takes them from its trace: from the earliest span that has one, which
may lie up to an hour outside the time range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from weft.schemas.span_fields import SpanColumn, parse_span_field
from weft.schemas.span_measures import AgentInsightFilter, AgentSignalFilter, RatingCondition
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.expressions import Among, Compare, Constant, FieldPath, Logic, Node, parse_query
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.span_query.conditions import condition
from weft.storage.events.span_query.fields import SpanFields
from weft.storage.events.span_query.prices import MODEL, CostTable, PriceOf

DONOR_REACH = timedelta(hours=1)
"""How far outside the time range a span may lie that gives others its identity."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_EARLIEST, _LATEST = -2_208_988_800_000_000, 10**16 - 1
_VISIBLE = "s.project_id = {project_id:String} AND s.deleted = 0"
_SIGNALS = ("wandb.agent_user_feedback", "wandb.agent_monitor")
_BOUNDS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<", "eq": "="}
# Fields whose value is the span's own or that of another span of its trace: a search for traces finds them by index.
_OF_TRACES = ("trace_id", "conversation_id", "agent_name")


def unpriced(_model: str) -> None:
    """The price of a model where nobody asks for costs."""


@dataclass(frozen=True, slots=True)
class SpanScope:
    """Which spans of a project; `query` is `{"$expr": …}`, bounds are from (included) and to (not included).

    With `attributed` off a span has only the identity that it carries itself.
    """

    project_id: str
    started_after: datetime | None = None
    started_before: datetime | None = None
    query: Mapping[str, Any] | None = None
    signals: AgentSignalFilter | None = None
    insights: Sequence[AgentInsightFilter] = field(default=())
    price_of: PriceOf = unpriced
    attributed: bool = True


class SpanSource:
    """One scope, compiled. Expressions are written first, `from_sql` last: it joins only what they need."""

    def __init__(self, engine: EventsEngine, scope: SpanScope) -> None:
        self._scope = scope
        self._engine = engine
        self.parameters = Parameters()
        self.fields = SpanFields(
            self.parameters, CostTable(self.parameters, self._models, scope.price_of), attributed=scope.attributed
        )
        self._traces = self._trace_conditions()
        self.conditions = [_VISIBLE, *self._window(timedelta(0)), *self._traces, *self._chosen()]

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of every statement over this source."""
        return {**self.parameters.values, "project_id": self._scope.project_id}

    @property
    def where(self) -> str:
        """The condition of the spans in scope."""
        return " AND ".join(self.conditions)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a statement over this source."""
        return self._engine.query(sql, self.values)

    def query_bytes(self, sql: str) -> bytes:
        """The rows of a statement over this source, as JSON Lines."""
        return self._engine.query_bytes(sql, self.values)

    def condition(self, query: Mapping[str, Any]) -> str:
        """A further query over the spans, as a condition."""
        return condition(self.fields, query)

    def from_sql(self, traces: str | None = None, final: str = "FINAL") -> str:
        """The FROM of what the fields asked for so far; `traces` is a condition that narrows the traces of donors.

        An empty `final` is for who names the versions of the spans.
        """
        if not self.fields.donors:
            return f"spans AS s {final}"
        parts = [_VISIBLE, *self._window(DONOR_REACH), *self._traces, *([traces] if traces else [])]
        columns = ["s.trace_id AS trace"]
        # Among spans that began together the lower id counts, so that everybody agrees on one.
        first = "(s.started_at, s.span_id)"
        if "agent" in self.fields.donors:
            identity = "(s.agent_name, s.agent_version, s.agent_id)"
            columns.append(f"argMinIf({identity}, {first}, s.agent_name != '') AS agent")
        if "conversation" in self.fields.donors:
            columns.append(f"argMinIf(s.conversation_id, {first}, s.conversation_id != '') AS conversation")
        donors = f"SELECT {', '.join(columns)} FROM spans AS s FINAL WHERE {' AND '.join(parts)} GROUP BY trace"
        return f"spans AS s {final} LEFT JOIN ({donors}) AS d ON s.trace_id = d.trace"

    def _window(self, reach: timedelta) -> list[str]:
        conditions = []
        for moment, sign in ((self._scope.started_after, ">="), (self._scope.started_before, "<")):
            if moment is not None:
                wider = -reach if sign == ">=" else reach
                bound = self.parameters.integer(microseconds(moment, wider))
                conditions.append(f"s.started_at {sign} fromUnixTimestamp64Micro({bound}, 'UTC')")
        return conditions

    def _chosen(self) -> list[str]:
        scope = self._scope
        conditions = [self.condition(scope.query)] if scope.query is not None else []
        if scope.signals is not None and not scope.signals.is_empty:
            conditions.append(self._signals(scope.signals))
        # What was found out about conversations is stored nowhere, so nothing is included and nothing left out.
        if any(not insight.exclude for insight in scope.insights):
            conditions.append("0")
        return conditions

    def _signals(self, signals: AgentSignalFilter) -> str:
        having = [self._rated(rating) for rating in signals.ratings]
        if signals.tags:
            having.append(f"countIf(hasAny(scorer_tags, {self.parameters.texts(signals.tags)})) > 0")
        conversations = f"""SELECT span_conversation_id FROM feedback FINAL
            WHERE project_id = {{project_id:String}} AND deleted = 0 AND span_conversation_id != ''
              AND feedback_type IN {self.parameters.texts(_SIGNALS)}
            GROUP BY span_conversation_id HAVING {" AND ".join(having)}"""
        return f"{self.fields.column('conversation_id')} IN ({conversations})"

    def _rated(self, rating: RatingCondition) -> str:
        key = self.parameters.text(rating.scorer_key)
        bound = f"scorer_ratings[{key}] {_BOUNDS[rating.op]} {self.parameters.real(rating.value)}"
        return f"countIf(mapContains(scorer_ratings, {key}) AND {bound}) > 0"

    def _trace_conditions(self) -> list[str]:
        """Conditions that name the only traces in which a match can be, so that no other trace is read."""
        if self._scope.query is None:
            return []
        found = []
        for name, texts in _required_texts(parse_query(self._scope.query)):
            wanted = self.parameters.texts(texts)
            if name == "trace_id":
                found.append(f"s.trace_id IN {wanted}")
            elif self._scope.attributed:
                # Any version of a span will do: this may find too many, never too few.
                traces = f"SELECT trace_id FROM spans WHERE project_id = {{project_id:String}} AND {name} IN {wanted}"
                found.append(f"s.trace_id IN ({traces})")
        return found

    def _models(self) -> list[str]:
        # Outdated versions and a model too many do no harm, so nothing is merged and nothing else read.
        conditions = " AND ".join([_VISIBLE, *self._window(timedelta(0)), *self._traces])
        sql = f"SELECT DISTINCT {MODEL} AS model FROM spans AS s WHERE {conditions}"
        return [row["model"] for row in self.query(sql)]


def microseconds(moment: datetime, shift: timedelta = timedelta(0)) -> int:
    """Microseconds since 1970 of a time, shifted, clamped to what the engine can hold."""
    exact = (moment - _EPOCH + shift) // timedelta(microseconds=1)
    return max(_EARLIEST, min(_LATEST, exact))


def _required_texts(node: Node) -> list[tuple[str, list[str]]]:
    """(field, texts) of what every match has to fulfil: that the field is one of the texts, none of them empty."""
    if isinstance(node, Logic) and node.operator == "$and":
        return [found for part in node.parts for found in _required_texts(part)]
    name: Node
    options: Sequence[Node]
    if isinstance(node, Compare) and node.operator == "$eq":
        sides = (node.left, node.right) if isinstance(node.left, FieldPath) else (node.right, node.left)
        name, options = sides[0], (sides[1],)
    elif isinstance(node, Among):
        name, options = node.needle, node.options
    else:
        return []
    texts = [option.value for option in options if isinstance(option, Constant) and isinstance(option.value, str)]
    if not isinstance(name, FieldPath) or not texts or len(texts) < len(options) or "" in texts:
        return []
    field_ = parse_span_field(name.path)
    return [(field_.name, texts)] if isinstance(field_, SpanColumn) and field_.name in _OF_TRACES else []
