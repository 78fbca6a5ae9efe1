"""Saved views of lists of calls and evaluations, a builtin object class, with the queries they hold."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from weft.schemas.builtin_objects import BaseObject


class LiteralOperation(BaseModel):
    """A fixed value."""

    value: str | int | float | bool | None = Field(alias="$literal")


class GetFieldOperator(BaseModel):
    """The value of a field."""

    path: str = Field(alias="$getField")


class ConvertSpec(BaseModel):
    """What to convert, and to which type."""

    input: Operation
    to: Literal["double", "string", "int", "bool", "exists"]


class ConvertOperation(BaseModel):
    """A conversion."""

    spec: ConvertSpec = Field(alias="$convert")


class SizeOperation(BaseModel):
    """The size of a list or text."""

    operand: Operation = Field(alias="$size")


class AndOperation(BaseModel):
    """All of the operands."""

    operands: list[Operation] = Field(alias="$and")


class OrOperation(BaseModel):
    """Any of the operands."""

    operands: list[Operation] = Field(alias="$or")


class NotOperation(BaseModel):
    """The contrary."""

    operands: tuple[Operation] = Field(alias="$not")


class EqOperation(BaseModel):
    """Equal."""

    operands: tuple[Operation, Operation] = Field(alias="$eq")


class GtOperation(BaseModel):
    """Greater."""

    operands: tuple[Operation, Operation] = Field(alias="$gt")


class LtOperation(BaseModel):
    """Less."""

    operands: tuple[Operation, Operation] = Field(alias="$lt")


class GteOperation(BaseModel):
    """Greater or equal."""

    operands: tuple[Operation, Operation] = Field(alias="$gte")


class LteOperation(BaseModel):
    """Less or equal."""

    operands: tuple[Operation, Operation] = Field(alias="$lte")


class InOperation(BaseModel):
    """One of several."""

    operands: tuple[Operation, list[Operation]] = Field(alias="$in")


class ContainsSpec(BaseModel):
    """What to look for, and where."""

    input: Operation
    substr: Operation
    case_insensitive: bool | None = False


class ContainsOperation(BaseModel):
    """A text within a text."""

    spec: ContainsSpec = Field(alias="$contains")


Comparison = (
    AndOperation
    | OrOperation
    | NotOperation
    | EqOperation
    | GtOperation
    | LtOperation
    | GteOperation
    | LteOperation
    | InOperation
    | ContainsOperation
)
Operation = LiteralOperation | GetFieldOperator | ConvertOperation | SizeOperation | Comparison


class Query(BaseModel):
    """A condition on calls."""

    model_config = ConfigDict(extra="forbid")

    expr: Comparison = Field(alias="$expr")


class BaseModelStrict(BaseModel):
    """The base that clients name for filters and sort keys."""


class CallsFilter(BaseModelStrict):
    """Which calls a view shows."""

    op_names: list[str] | None = None
    input_refs: list[str] | None = None
    output_refs: list[str] | None = None
    parent_ids: list[str] | None = None
    trace_ids: list[str] | None = None
    call_ids: list[str] | None = None
    thread_ids: list[str] | None = None
    turn_ids: list[str] | None = None
    trace_roots_only: bool | None = None
    wb_user_ids: list[str] | None = None
    wb_run_ids: list[str] | None = None


class SortBy(BaseModelStrict):
    """One field to order by."""

    field: str
    direction: Literal["asc", "desc"]


class Pin(BaseModel):
    """Columns that stay at the sides."""

    left: list[str]
    right: list[str]


class Column(BaseModel):
    """A column of a view."""

    path: list[str | int] | None = None
    label: str | None = None


class ChartConfig(BaseModel):
    """A chart above a list."""

    x_axis: str
    y_axis: str
    plot_type: Literal["scatter", "line", "bar"] | None = None
    bin_count: int | None = None
    aggregation: Literal["average", "sum", "min", "max", "p95", "p99"] | None = None
    group_keys: list[str] | None = None
    custom_name: str | None = None


class ObjectVersionGroup(BaseModel):
    """Versions of an object shown as one."""

    label: str
    base_ref: str
    versions: list[str] | Literal["*"]
    show_version_indicator: bool


class ObjectConfig(BaseModel):
    """How the objects along one side of a leaderboard are shown."""

    version_groups: list[ObjectVersionGroup] | None = None
    display_name_map: dict[str, str] | None = None
    deselected: list[str] | None = None


class DynamicLeaderboardColumnConfig(BaseModel):
    """A column of a leaderboard that is made on the fly."""

    evaluation_object_ref: str | None = None
    scorer_name: str | None = None
    display_name: str | None = None
    summary_metric_path: str | None = None
    should_minimize: bool | None = None
    deselected: bool | None = None


class DynamicLeaderboardConfig(BaseModel):
    """A leaderboard that is made on the fly."""

    model_configuration: ObjectConfig | None = None
    dataset_configuration: ObjectConfig | None = None
    scorer_configuration: ObjectConfig | None = None
    columns_configuration: list[DynamicLeaderboardColumnConfig] | None = None


class SavedViewDefinition(BaseModel):
    """What a view shows, and how."""

    filter: CallsFilter | None = None
    query: Query | None = None
    cols: dict[str, bool] | None = None
    columns: list[Column] | None = None
    column_order: list[str] | None = None
    expand_columns: list[str] | None = None
    header_depth: int | None = None
    pin: Pin | None = None
    sort_by: list[SortBy] | None = None
    page: int | None = None
    page_size: int | None = None
    charts: list[ChartConfig] | None = None
    dataset_selector: str | None = None
    evaluation_selector: str | None = None
    dynamic_leaderboard_config: DynamicLeaderboardConfig | None = None


class SavedView(BaseObject):
    """A view under a name."""

    view_type: str
    label: str
    definition: SavedViewDefinition
