"""The words of agents and their versions: what spans say of them, added up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from weft.schemas.base import NullIsAbsent, Wire


class AgentSortBy(NullIsAbsent):
    """One field to order by."""

    field: str
    direction: Literal["asc", "desc"] = "desc"


class AgentsQueryFilters(NullIsAbsent):
    """Which agents."""

    agent_name: str | None = None


class AgentsQueryReq(NullIsAbsent):
    """Which agents, in which order."""

    project_id: str
    filters: AgentsQueryFilters | None = None
    sort_by: list[AgentSortBy] | None = None
    limit: int = Field(100, ge=0, le=10_000)
    offset: int = Field(0, ge=0)
    include_costs: bool = False


class AgentVersionsQueryReq(NullIsAbsent):
    """Which agent's versions, in which order."""

    project_id: str
    agent_name: str
    sort_by: list[AgentSortBy] | None = None
    limit: int = Field(100, ge=0, le=10_000)
    offset: int = Field(0, ge=0)
    include_costs: bool = False


class AgentSchema(Wire):
    """What the spans that name an agent add up to; costs are those of the spans that count as its own."""

    project_id: str
    agent_name: str
    invocation_count: int
    span_count: int
    total_input_tokens: int
    total_output_tokens: int
    total_duration_ms: int
    error_count: int
    first_seen: datetime | None
    last_seen: datetime | None
    total_cost_usd: float | None = None


class AgentVersionSchema(AgentSchema):
    """The same of one version."""

    agent_version: str


class AgentsQueryRes(Wire):
    """A page of agents, and how many there are in all."""

    agents: list[AgentSchema]
    total_count: int = 0


class AgentVersionsQueryRes(Wire):
    """A page of versions, and how many there are in all."""

    versions: list[AgentVersionSchema]
    total_count: int = 0
