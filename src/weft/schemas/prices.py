"""The words of a project's own prices, which the API calls costs."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, FiniteFloat

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.moments import Moment
from weft.schemas.query import Query
from weft.schemas.sorting import SortBy


class CostCreateInput(NullIsAbsent):
    """A price of one model, per token."""

    prompt_token_cost: FiniteFloat
    completion_token_cost: FiniteFloat
    cache_read_input_token_cost: FiniteFloat = 0
    cache_creation_input_token_cost: FiniteFloat = 0
    prompt_token_cost_unit: str = "USD"
    completion_token_cost_unit: str = "USD"
    effective_date: Moment | None = None
    provider_id: str = "default"


class CostCreateReq(Wire):
    """Prices by model."""

    project_id: str
    costs: dict[str, CostCreateInput]


class CostCreateRes(Wire):
    """The id and the model of each new price."""

    ids: list[tuple[str, str]]


class CostQueryReq(Wire):
    """Which prices of the project, in which order, with which fields."""

    project_id: str
    fields: list[str] | None = None
    query: Query | None = None
    sort_by: list[SortBy] | None = None
    limit: int | None = None
    offset: int | None = None


class CostQueryOutput(Wire):
    """A price; what was not asked for is null."""

    id: str | None = None
    llm_id: str | None = None
    prompt_token_cost: float | None = None
    completion_token_cost: float | None = None
    cache_read_input_token_cost: float | None = None
    cache_creation_input_token_cost: float | None = None
    prompt_token_cost_unit: str | None = None
    completion_token_cost_unit: str | None = None
    effective_date: datetime | None = None
    provider_id: str | None = None


class CostQueryRes(Wire):
    """The prices found."""

    results: list[CostQueryOutput]


class CostPurgeReq(Wire):
    """The prices to remove, named by their ids in a query."""

    project_id: str
    query: Query


class CostPurgeRes(Wire):
    """Nothing to say."""


class ListPricesQuery(Wire):
    """Which of the published prices: those in whose provider or model a text occurs."""

    search: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0)


class ListPrice(Wire):
    """What a token of a model costs by the published list, in US dollars."""

    provider: str
    model: str
    prompt_token_cost: float
    completion_token_cost: float
    cache_read_input_token_cost: float
    cache_creation_input_token_cost: float


class ListPricesRes(Wire):
    """A page of the published prices; `next_offset` is null on the last."""

    prices: list[ListPrice]
    total: int
    next_offset: int | None
