"""The words of the query language: `{"$expr": operation}`. What they mean is the event store's compiler's to know.

Only the top forbids unknown keys; inside operations they are ignored. Each node is told by the key that names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from weft.schemas.base import StrictWire, Wire


def _tag(node: Any) -> str | None:
    keys = node if isinstance(node, Mapping) else getattr(node, "model_fields_set", ())
    return next((name for name in _NAMES if name in keys or _spelling(name) in keys), None)


def _spelling(name: str) -> str:
    return "get_field_" if name == "$getField" else name.removeprefix("$") + "_"


_NAMES = (
    "$literal",
    "$getField",
    "$convert",
    "$size",
    "$and",
    "$or",
    "$not",
    "$eq",
    "$gt",
    "$lt",
    "$gte",
    "$lte",
    "$in",
    "$contains",
)


class LiteralOperation(Wire):
    """A value given in the query."""

    literal_: Annotated[
        str | int | float | bool | dict[str, LiteralOperation] | list[LiteralOperation] | None, Field(alias="$literal")
    ]


class GetFieldOperator(Wire):
    """The value of a field, by its path."""

    get_field_: Annotated[str, Field(alias="$getField")]


class ConvertSpec(Wire):
    """What to convert, and to which type."""

    input: Operand
    to: Literal["double", "string", "int", "bool", "exists"]


class ConvertOperation(Wire):
    """A value of another type."""

    convert_: Annotated[ConvertSpec, Field(alias="$convert")]


class SizeOperation(Wire):
    """The length of a text, or the number of refs."""

    size_: Annotated[Operand, Field(alias="$size")]


class AndOperation(Wire):
    """All conditions hold."""

    and_: Annotated[list[Operand], Field(alias="$and")]


class OrOperation(Wire):
    """Some condition holds."""

    or_: Annotated[list[Operand], Field(alias="$or")]


class NotOperation(Wire):
    """The condition does not hold."""

    not_: Annotated[tuple[Operand], Field(alias="$not")]


class EqOperation(Wire):
    """Equal."""

    eq_: Annotated[tuple[Operand, Operand], Field(alias="$eq")]


class GtOperation(Wire):
    """Greater."""

    gt_: Annotated[tuple[Operand, Operand], Field(alias="$gt")]


class LtOperation(Wire):
    """Less."""

    lt_: Annotated[tuple[Operand, Operand], Field(alias="$lt")]


class GteOperation(Wire):
    """Greater or equal."""

    gte_: Annotated[tuple[Operand, Operand], Field(alias="$gte")]


class LteOperation(Wire):
    """Less or equal."""

    lte_: Annotated[tuple[Operand, Operand], Field(alias="$lte")]


class InOperation(Wire):
    """Equal to one of several."""

    in_: Annotated[tuple[Operand, list[Operand]], Field(alias="$in")]


class ContainsSpec(Wire):
    """Where to look, and for what."""

    input: Operand
    substr: Operand
    case_insensitive: bool | None = False


class ContainsOperation(Wire):
    """A text contains another."""

    contains_: Annotated[ContainsSpec, Field(alias="$contains")]


Operation = Annotated[
    Annotated[AndOperation, Tag("$and")]
    | Annotated[OrOperation, Tag("$or")]
    | Annotated[NotOperation, Tag("$not")]
    | Annotated[EqOperation, Tag("$eq")]
    | Annotated[GtOperation, Tag("$gt")]
    | Annotated[LtOperation, Tag("$lt")]
    | Annotated[GteOperation, Tag("$gte")]
    | Annotated[LteOperation, Tag("$lte")]
    | Annotated[InOperation, Tag("$in")]
    | Annotated[ContainsOperation, Tag("$contains")],
    Discriminator(_tag),
]

Operand = Annotated[
    Annotated[LiteralOperation, Tag("$literal")]
    | Annotated[GetFieldOperator, Tag("$getField")]
    | Annotated[ConvertOperation, Tag("$convert")]
    | Annotated[SizeOperation, Tag("$size")]
    | Annotated[AndOperation, Tag("$and")]
    | Annotated[OrOperation, Tag("$or")]
    | Annotated[NotOperation, Tag("$not")]
    | Annotated[EqOperation, Tag("$eq")]
    | Annotated[GtOperation, Tag("$gt")]
    | Annotated[LtOperation, Tag("$lt")]
    | Annotated[GteOperation, Tag("$gte")]
    | Annotated[LteOperation, Tag("$lte")]
    | Annotated[InOperation, Tag("$in")]
    | Annotated[ContainsOperation, Tag("$contains")],
    Discriminator(_tag),
]


class Query(StrictWire):
    """A condition on calls or other rows."""

    expr_: Annotated[Operation, Field(alias="$expr")]

    def tree(self) -> dict[str, Any]:
        """The query as plain JSON, in its `$` spelling."""
        return self.model_dump(by_alias=True)
