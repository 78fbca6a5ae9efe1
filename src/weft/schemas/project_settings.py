"""The words of a project's settings: retention, sampling and personal data. What they lead to is domain's business."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from weft.schemas.base import StrictWire, Wire

PiiPolicy = Literal["off", "pii-v1"]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class ProjectTTLSettingsReadReq(Wire):
    """Whose retention."""

    project_id: str


class ProjectTTLSettingsReadRes(Wire):
    """For how many days what is written from now on is kept; null is for ever."""

    retention_days: int | None


class ProjectTTLSettingsUpdateReq(Wire):
    """A new retention; null is for ever."""

    project_id: str
    retention_days: int | None = None
    wb_user_id: str | None = None


class ProjectTTLSettingsUpdateRes(Wire):
    """The retention in force now."""

    retention_days: int | None


class ProjectIngestSamplingSettingsReadReq(Wire):
    """Whose sampling."""

    project_id: str


class ProjectIngestSamplingSettingsReadRes(Wire):
    """Which share of the traces is stored; with `dry_run` all are."""

    sample_rate: float
    dry_run: bool


class ProjectSensitiveDataSettingsRes(Wire):
    """What happens to personal data before anything is stored."""

    policy: PiiPolicy


class ProjectSettingsChange(StrictWire):
    """New values; a setting that is not named stays as it is, null gives one back to the operator's default."""

    retention_days: int | None = Field(None, description="Days until what is written from now on is removed.")
    sample_rate: Rate | None = Field(None, description="Share of the traces that is stored.")
    sample_dry_run: bool | None = Field(None, description="Store every trace whatever the share.")
    pii_policy: PiiPolicy | None = Field(None, description="`pii-v1` replaces personal data by markers.")


class SettingChange(Wire):
    """One entry of the history."""

    name: str
    value: Any
    changed_at: datetime
    changed_by: str


class ProjectSettingsRes(Wire):
    """The settings in force, which of them the project decided itself, and the last changes, newest first."""

    retention_days: int | None
    sample_rate: float
    sample_dry_run: bool
    pii_policy: PiiPolicy
    own: list[str]
    changes: list[SettingChange]
