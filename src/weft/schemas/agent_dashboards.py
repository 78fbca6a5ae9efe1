"""Dashboards about agents, a builtin object class: closed models on a grid of 24 columns."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from weft.schemas.builtin_objects import BaseObject

_GRID_COLUMNS = 24

Named = Annotated[str, Field(min_length=1)]
Limit = Annotated[int, Field(ge=1, le=50)]


class DashboardConfigModel(BaseModel):
    """A part of a dashboard; unknown keys are an error."""

    model_config = ConfigDict(extra="forbid")


class PanelGridLayout(DashboardConfigModel):
    """Where a panel is, and how large."""

    x: int = Field(ge=0, lt=_GRID_COLUMNS)
    y: int = Field(ge=0)
    w: int = Field(ge=1, le=_GRID_COLUMNS)
    h: int = Field(ge=1)

    @model_validator(mode="after")
    def _inside(self) -> PanelGridLayout:
        if self.x + self.w > _GRID_COLUMNS:
            raise ValueError("the panel reaches beyond the grid")
        return self


class PanelQueryConfig(DashboardConfigModel):
    """The metric of a panel."""

    version: int = Field(1, ge=1, le=1)
    metric: Named
    filter: str = ""
    format: Literal["number", "percent", "cost", "duration"] | None = None


class KpiPanelQueryConfig(PanelQueryConfig):
    """One number."""


class TimelinePanelQueryConfig(PanelQueryConfig):
    """A number over time, perhaps by group."""

    group_by: Named | None = Field(None, alias="groupBy")
    limit: Limit | None = None


class BreakdownPanelQueryConfig(PanelQueryConfig):
    """A number by group."""

    group_by: Named = Field(alias="groupBy")
    limit: Limit | None = None


class KpiPanelSettings(DashboardConfigModel):
    """What a panel with a number shows."""

    query: KpiPanelQueryConfig
    title: str | None = None


class TimelinePanelSettings(DashboardConfigModel):
    """What a timeline shows."""

    query: TimelinePanelQueryConfig
    title: str | None = None


class BreakdownPanelSettings(DashboardConfigModel):
    """What a breakdown shows."""

    query: BreakdownPanelQueryConfig
    title: str | None = None


class DashboardPanelBase(DashboardConfigModel):
    """What all panels have."""

    id: Named
    layout: PanelGridLayout


class KpiDashboardPanel(DashboardPanelBase):
    """A panel with a number."""

    panel_type: Literal["kpi"]
    settings: KpiPanelSettings


class TimelineDashboardPanel(DashboardPanelBase):
    """A panel with a timeline."""

    panel_type: Literal["timeline"]
    settings: TimelinePanelSettings


class BreakdownDashboardPanel(DashboardPanelBase):
    """A panel with a breakdown."""

    panel_type: Literal["breakdown"]
    settings: BreakdownPanelSettings


Panel = Annotated[
    KpiDashboardPanel | TimelineDashboardPanel | BreakdownDashboardPanel, Field(discriminator="panel_type")
]


class AgentDashboardDefinition(DashboardConfigModel):
    """The panels of a dashboard."""

    panels: list[Panel]


class AgentDashboard(BaseObject):
    """A dashboard under a name."""

    model_config = ConfigDict(extra="forbid")

    label: str
    definition: AgentDashboardDefinition
