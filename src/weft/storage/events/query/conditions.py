"""Operations as SQL conditions. Where a value is missing a condition is NULL, and such a row is dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from weft.core.errors import InvalidRequest
from weft.storage.events.query.expressions import (
    Among,
    Compare,
    CompareOperator,
    Constant,
    Contains,
    FieldPath,
    Logic,
    Node,
    children,
    field_paths,
)
from weft.storage.events.query.feedback import FeedbackValues, feedback_type
from weft.storage.events.query.fields import MULTI_VALUE_FEEDBACK
from weft.storage.events.query.queue_membership import QUEUE_FIELD
from weft.storage.events.query.values import NULL_FLAG, Operands, Value, as_float, fits_int64, literal_text
from weft.storage.events.query.values import to_microseconds as microseconds

_SIGNS: dict[CompareOperator, str] = {"$eq": "=", "$gt": ">", "$lt": "<", "$gte": ">=", "$lte": "<="}


class Conditions:
    """Turns operations into conditions. With `feedback`, comparisons with feedback hold if any entry fulfils them."""

    def __init__(
        self,
        operands: Operands,
        feedback: FeedbackValues | None = None,
        queue_members: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._operands = operands
        self._parameters = operands.parameters
        self._feedback = feedback
        self._queue_members = queue_members or {}

    def condition(self, node: Node, top: bool = True) -> str:
        """The condition of a node; `top` where only `$and` stands above it."""
        if isinstance(node, Logic):
            return self._logic(node, top)
        if isinstance(node, Compare | Among | Contains):
            if QUEUE_FIELD in _own_fields(node):
                return self._queue(node, top)
            kind = feedback_type(_own_fields(node)) if self._feedback is not None else None
            if kind is not None and not any(isinstance(child, _OPERATIONS) for child in children(node)):
                return self._of_feedback(kind, node)
            return self._operation(node)
        return self._truth(self._value(node))

    def _logic(self, node: Logic, top: bool) -> str:
        inner_top = top and node.operator == "$and"
        parts = [self.condition(part, inner_top) for part in node.parts]
        if node.operator == "$not":
            return f"(NOT {parts[0]})"
        return "(" + (" AND " if node.operator == "$and" else " OR ").join(parts) + ")"

    def _operation(self, node: Compare | Among | Contains) -> str:
        if isinstance(node, Compare):
            return self._compare(node.operator, self._value(node.left), self._value(node.right))
        if isinstance(node, Among):
            return self._among(node)
        return self._contains(node)

    def _value(self, node: Node) -> Value:
        if isinstance(node, _OPERATIONS):
            return Value(f"toUInt8({self.condition(node, False)})", "number")
        return self._operands.value(node)

    def _truth(self, value: Value) -> str:
        if value.kind == "number":
            return f"({value.sql} != 0)"
        if value.kind == "literal" and not isinstance(value.constant, str):
            return NULL_FLAG if value.constant is None else str(int(value.constant != 0))
        raise InvalidRequest("The query cannot be evaluated: $and, $or and $not combine conditions, not values")

    def _compare(self, operator: CompareOperator, left: Value, right: Value) -> str:
        if left.kind == "literal" and left.constant is None:
            return NULL_FLAG
        if right.kind == "literal" and right.constant is None:
            return right.is_null if left.kind == "literal" else (left.is_null if operator == "$eq" else NULL_FLAG)
        sign = _SIGNS[operator]
        if left.kind == "literal" and right.kind == "literal":
            left = self._fixed(left)
        if right.kind == "literal":
            return f"({self._cast(left, right)} {sign} {self._placeholder(left, right)})"
        if left.kind == "literal":
            return f"({self._placeholder(right, left)} {sign} {self._cast(right, left)})"
        if _family(left) != _family(right) or left.kind == "refs":
            raise _no_common_type(left, right)
        return f"({left.sql} {sign} {right.sql})"

    def _fixed(self, literal: Value) -> Value:
        """A literal as a value of its own, to be compared with another literal."""
        if isinstance(literal.constant, str):
            return Value(self._parameters.text(literal.constant), "text")
        return Value(self._operands.number(literal.constant), "number")

    def _cast(self, value: Value, literal: Value) -> str:
        """The value as what the literal is; only JSON texts are cast."""
        constant = literal.constant
        if value.kind != "json" or isinstance(constant, str):
            return value.sql
        if isinstance(constant, bool):
            return f"multiIf({value.sql} = 'true', 1, {value.sql} = 'false', 0, toUInt8OrNull({value.sql}))"
        if isinstance(constant, int) and fits_int64(constant):
            return f"toInt64OrNull({value.sql})"
        return f"toFloat64OrNull({value.sql})"

    def _placeholder(self, value: Value, literal: Value) -> str:
        constant = literal.constant
        if value.kind == "time":
            return self._operands.moment(constant)
        if value.kind == "number" or (value.kind == "json" and not isinstance(constant, str)):
            return self._operands.number(constant)
        if value.kind in ("text", "json") and isinstance(constant, str):
            return self._parameters.text(constant)
        raise _no_common_type(value, literal)

    def _contains(self, node: Contains) -> str:
        values = [self._value(node.input), self._value(node.substr)]
        texts: list[str] = []
        for value in values:
            if value.kind == "literal" and value.constant is None:
                return NULL_FLAG
            if value.kind == "literal" and isinstance(value.constant, str):
                texts.append(self._parameters.text(value.constant))
            elif value.kind in ("text", "json"):
                texts.append(value.sql)
            else:
                raise InvalidRequest(f"The query cannot be evaluated: $contains needs texts, not a {value.kind}")
        function = "positionCaseInsensitive" if node.case_insensitive else "position"
        found = f"({function}({texts[0]}, {texts[1]}) > 0)"
        if values[1].kind == "literal" and values[1].constant:
            return found
        # The engine does not find an empty text in an empty one.
        return f"({found} OR ({texts[1]} = '' AND {texts[0]} >= ''))"

    def _among(self, node: Among) -> str:
        needle = self._value(node.needle)
        if needle.kind == "literal":
            if needle.constant is None:
                return NULL_FLAG
            needle = self._fixed(needle)
        options = [option for option in node.options if not (isinstance(option, Constant) and option.value is None)]
        constants = [option.value for option in options if isinstance(option, Constant)]
        if not options:
            return "0"
        if len(constants) == len(options):
            return self._among_constants(needle, constants)
        alike = [self._compare("$eq", needle, self._value(option)) for option in options]
        return f"({' OR '.join(alike)})"

    def _among_constants(self, needle: Value, constants: list[str | int | float | bool | None]) -> str:
        kinds = {type(constant) for constant in constants}
        if needle.kind == "time":
            moments = [microseconds(constant) for constant in constants]
            return f"(toUnixTimestamp64Micro({needle.sql}) IN {self._parameters.integers(moments)})"
        if needle.kind == "json" and kinds not in ({str}, {bool}) and not kinds <= {int, float}:
            constants = [literal_text(constant) for constant in constants if constant is not None]
            kinds = {str}
        if needle.kind in ("text", "json") and kinds == {str}:
            return f"({needle.sql} IN {self._parameters.texts(cast(list[str], constants))})"
        if needle.kind == "json":
            return self._among_numbers(self._cast(needle, _widest(constants)), constants)
        if needle.kind == "number" and str not in kinds:
            return self._among_numbers(needle.sql, constants)
        alike = [self._compare("$eq", needle, Value("", "literal", constant=constant)) for constant in constants]
        return f"({' OR '.join(alike)})"

    def _among_numbers(self, sql: str, constants: list[str | int | float | bool | None]) -> str:
        whole = [int(number) for number in constants if isinstance(number, int) and fits_int64(number)]
        if len(whole) == len(constants):
            return f"({sql} IN {self._parameters.integers(whole)})"
        reals = [as_float(number) if isinstance(number, int) else number for number in constants]
        return f"(toFloat64({sql}) IN {self._parameters.reals(cast(list[float], reals))})"

    def _queue(self, node: Compare | Among | Contains, top: bool) -> str:
        honoured = top and isinstance(node, Compare) and node.operator == "$eq" and isinstance(node.right, Constant)
        if not honoured or children(node)[0] != FieldPath(QUEUE_FIELD):
            return "0"
        members = self._queue_members.get(str(getattr(children(node)[1], "value", "")), ())
        if not members:
            return "0"
        # The keys come from the id index; the sort key then finds the few granules that hold them.
        listed = self._parameters.texts(members)
        keys = f"SELECT started_at, id FROM calls WHERE project_id = {{project_id:String}} AND id IN {listed}"
        return f"((started_at, id) IN ({keys}))"

    def _of_feedback(self, kind: str, node: Compare | Among | Contains) -> str:
        feedback = cast(FeedbackValues, self._feedback)
        if isinstance(node, Compare) and node.operator == "$eq" and isinstance(node.right, Constant):
            if node.right.value is None:
                return f"({feedback.count(kind)} = 0)" if kind in MULTI_VALUE_FEEDBACK else "0"
            left = node.left
            if node.right.value == "" and isinstance(left, FieldPath):
                # The clients' test for absence: it must fail as soon as any entry has a value.
                filled = feedback.any_entry(kind, f"({self._in_entry(lambda one: one._value(left).sql)} != '')")
                return f"(NOT ifNull({filled}, 0))"
        in_entry = self._in_entry(lambda one: one._operation(node))
        without = Conditions(feedback.missing(self._operands))._operation(node)
        return f"if({feedback.count(kind)} = 0, {without}, {feedback.any_entry(kind, in_entry)})"

    def _in_entry(self, compile_: Callable[[Conditions], str]) -> str:
        feedback = cast(FeedbackValues, self._feedback)
        return compile_(Conditions(feedback.in_entry(self._operands)))


_OPERATIONS = (Logic, Compare, Among, Contains)


def _own_fields(node: Node) -> list[str]:
    """The fields a comparison reads itself, those of nested operations left out."""
    return [path for child in children(node) if not isinstance(child, _OPERATIONS) for path in field_paths(child)]


def _family(value: Value) -> str:
    return "text" if value.kind in ("text", "json") else value.kind


def _widest(constants: list[str | int | float | bool | None]) -> Value:
    for constant in constants:
        if isinstance(constant, float) or (isinstance(constant, int) and not fits_int64(constant)):
            return Value("", "literal", constant=float("inf"))
    return Value("", "literal", constant=constants[0])


def _no_common_type(left: Value, right: Value) -> InvalidRequest:
    names = [repr(value.constant)[:80] if value.kind == "literal" else f"a {value.kind}" for value in (left, right)]
    return InvalidRequest(f"The query cannot be evaluated: {names[0]} cannot be compared with {names[1]}")
