"""Agents of a project and their versions, with what they cost. The sums are the event store's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weft.core.identity import Project
from weft.domain.prices import price_source
from weft.domain.span_costs import SpanPrices
from weft.schemas.agents import (
    AgentSchema,
    AgentSortBy,
    AgentsQueryReq,
    AgentsQueryRes,
    AgentVersionSchema,
    AgentVersionsQueryReq,
    AgentVersionsQueryRes,
)
from weft.storage.events.agents import AgentSelection, count_agents, select_agents, usage_of_agents
from weft.storage.stores import Stores


def query_agents(stores: Stores, project: Project, body: AgentsQueryReq) -> AgentsQueryRes:
    """A page of the agents that spans name. Raises InvalidRequest for an unknown field to order by."""
    selection = AgentSelection(
        project.id,
        body.filters.agent_name if body.filters else None,
        sort=_sort(body.sort_by),
        limit=body.limit,
        offset=body.offset,
    )
    rows = select_agents(stores.spans.engine, selection)
    if body.include_costs:
        _add_costs(stores, project, rows)
    return AgentsQueryRes(
        agents=[AgentSchema(project_id=project.external, **row) for row in rows],
        total_count=count_agents(stores.spans.engine, selection),
    )


def query_agent_versions(stores: Stores, project: Project, body: AgentVersionsQueryReq) -> AgentVersionsQueryRes:
    """A page of the versions of an agent. Raises InvalidRequest for an unknown field to order by."""
    selection = AgentSelection(
        project.id,
        body.agent_name,
        versions=True,
        sort=_sort(body.sort_by),
        limit=body.limit,
        offset=body.offset,
    )
    rows = select_agents(stores.spans.engine, selection)
    if body.include_costs:
        _add_costs(stores, project, rows)
    return AgentVersionsQueryRes(
        versions=[AgentVersionSchema(project_id=project.external, **row) for row in rows],
        total_count=count_agents(stores.spans.engine, selection),
    )


def _sort(sort_by: Sequence[AgentSortBy] | None) -> list[tuple[str, str]]:
    return [(key.field, key.direction) for key in sort_by or ()]


def _add_costs(stores: Stores, project: Project, rows: Sequence[dict[str, Any]]) -> None:
    usage = usage_of_agents(stores.spans.engine, project.id, sorted({row["agent_name"] for row in rows}))
    prices = SpanPrices(price_source(stores, project.id))
    for row in rows:
        # Without a version in the row, all versions count.
        version = row.get("agent_version")
        row["total_cost_usd"] = prices.total(
            item
            for (name, used_version), items in usage.items()
            if name == row["agent_name"] and version in (None, used_version)
            for item in items
        )
