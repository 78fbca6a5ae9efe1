"""The words of usage: tokens and costs of calls together with everything below them."""

from __future__ import annotations

from weft.schemas.base import NullIsAbsent, Wire
from weft.schemas.calls_query import CallsFilter
from weft.schemas.query import Query


class CallsUsageReq(NullIsAbsent):
    """The calls wanted; their traces are read whole, `limit` calls at most in one of them."""

    project_id: str
    call_ids: list[str]
    include_costs: bool = False
    limit: int = 10_000


class TraceUsageReq(NullIsAbsent):
    """The calls wanted, the first `limit` of them; what is below a call counts only if it is wanted too."""

    project_id: str
    filter: CallsFilter | None = None
    query: Query | None = None
    include_costs: bool = False
    limit: int = 10_000


class LLMAggregatedUsage(Wire):
    """What one model did for a call and everything below it; costs are null unless asked for."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    prompt_tokens_total_cost: float | None = None
    completion_tokens_total_cost: float | None = None
    cache_read_input_tokens_total_cost: float | None = None
    cache_creation_input_tokens_total_cost: float | None = None


class UsageRes(Wire):
    """Usage by call and model, and which of the calls that were read have not ended."""

    call_usage: dict[str, dict[str, LLMAggregatedUsage]]
    unfinished_call_ids: list[str]
