"""Choosing prices by the query language: the rows are the entity store's, the language is spoken by the event engine.

A project has few prices, so sending them along with the question costs less than a second compiler would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from weft.core.clock import iso
from weft.core.errors import InvalidField
from weft.storage.entities.prices import StoredPrice
from weft.storage.events.engine import EventsEngine
from weft.storage.events.query.conditions import Conditions
from weft.storage.events.query.expressions import parse_query
from weft.storage.events.query.fields import FeedbackPath, JsonPath
from weft.storage.events.query.parameters import Parameters
from weft.storage.events.query.values import Operands, Value

_TIMES = ("effective_date", "created_at")
_NUMBERS = (
    "prompt_token_cost",
    "completion_token_cost",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
)
_TEXTS = (
    "id",
    "pricing_level",
    "pricing_level_id",
    "provider_id",
    "llm_id",
    "prompt_token_cost_unit",
    "completion_token_cost_unit",
    "created_by",
)
FIELDS = frozenset((*_TEXTS, *_NUMBERS, *_TIMES))
"""What can be asked for, compared and ordered by."""

_ROWS_A_STATEMENT = 500


def matching_prices(
    engine: EventsEngine, rows: Sequence[StoredPrice], level_id: str, query: Mapping[str, Any]
) -> list[StoredPrice]:
    """Those of the rows for which `{"$expr": …}` holds; `level_id` is what they show as `pricing_level_id`.

    Raises InvalidField for unknown fields, InvalidRequest for what cannot be compared.
    """
    parameters = Parameters()
    where = Conditions(_Operands(parameters, _NoReader(), _NoReader())).condition(parse_query(query))
    sql = f"""SELECT number FROM (SELECT {_COLUMNS}, number FROM (
        SELECT row, number FROM (SELECT JSONExtract({{rows:String}}, 'Array(Tuple({_TYPES}))') AS all)
        ARRAY JOIN all AS row, arrayEnumerate(all) AS number)) WHERE {where} ORDER BY number"""
    found: list[StoredPrice] = []
    for at in range(0, max(1, len(rows)), _ROWS_A_STATEMENT):
        some = rows[at : at + _ROWS_A_STATEMENT]
        sent = orjson.dumps([_sent(row, level_id) for row in some]).decode()
        numbers = engine.query(sql, {**parameters.values, "rows": sent})
        found += [some[item["number"] - 1] for item in numbers]
    return found


def check_field(name: str) -> str:
    """The name, if it is a field of prices. Raises InvalidField."""
    if name not in FIELDS:
        raise InvalidField(f"Unknown cost field: {name[:200]}")
    return name


class _Operands(Operands):
    """Operands whose fields are those of prices."""

    def _converted(self, value: Value, to: str) -> Value:
        if value.kind == "number" and to in ("int", "double"):
            return Value(f"{'toInt64' if to == 'int' else 'toFloat64'}({value.sql})", "number")
        return super()._converted(value, to)

    def field(self, path: str) -> Value:
        """The value of a field of a price. Raises InvalidField for one that does not exist."""
        name = check_field(path)
        if name in _TIMES:
            return Value(name, "time")
        return Value(name, "number") if name in _NUMBERS else Value(name, "text", f"({name} = '')")


class _NoReader:
    """Prices hold neither JSON nor feedback; `_Operands` never asks for them."""

    def text(self, path: JsonPath | FeedbackPath) -> str:
        raise InvalidField(f"Unknown cost field: {path}")


def _sent(row: StoredPrice, level_id: str) -> dict[str, Any]:
    values = {name: getattr(row, name, None) for name in (*_TEXTS, *_NUMBERS)}
    times = {"effective_date": iso(row.effective_date), "created_at": iso(row.created_at)}
    return {**values, **times, "pricing_level": "project", "pricing_level_id": level_id}


_TYPES = ", ".join(f"{name} {'Float64' if name in _NUMBERS else 'String'}" for name in (*_TEXTS, *_NUMBERS, *_TIMES))
_COLUMNS = ", ".join(
    [
        *(f"row.{name} AS {name}" for name in (*_TEXTS, *_NUMBERS)),
        *(f"parseDateTime64BestEffort(row.{name}, 6, 'UTC') AS {name}" for name in _TIMES),
    ]
)
