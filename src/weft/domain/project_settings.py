"""A project's settings: reading and changing them. What follows from them is ingest_policy.py's and retention.py's."""

from __future__ import annotations

from typing import Any, cast

from weft.core.clock import now
from weft.core.errors import InvalidRequest
from weft.core.identity import Project, User
from weft.domain.ingest_policy import PII_V1
from weft.schemas.project_settings import PiiPolicy, ProjectSettingsChange, ProjectSettingsRes, SettingChange
from weft.storage.stores import Stores

LONGEST_RETENTION_DAYS = 1_000_000
_SHOWN_CHANGES = 100


def retention_days(stores: Stores, project: Project) -> int | None:
    """For how many days what is written now is kept; None is for ever."""
    return stores.project_settings.of(project.id).retention_days


def change_retention(stores: Stores, project: Project, user: User, days: int | None) -> int | None:
    """Keep what is written from now on for so many days, or for ever. Raises InvalidRequest for fewer than one.

    What is stored already keeps the moment it was given.
    """
    _check_retention(days)
    stores.project_settings.change(project.id, {"retention_days": days}, now(), user.id)
    return days


def sensitive_data_policy(stores: Stores, project: Project) -> PiiPolicy:
    """What happens to personal data before anything is stored."""
    return cast(PiiPolicy, PII_V1 if stores.project_settings.of(project.id).pii_policy == PII_V1 else "off")


def change_settings(stores: Stores, project: Project, user: User, body: ProjectSettingsChange) -> ProjectSettingsRes:
    """Set those settings that the body names, and show all. Raises InvalidRequest for values that cannot be."""
    values: dict[str, Any] = {name: getattr(body, name) for name in sorted(body.model_fields_set)}
    _check_retention(body.retention_days)
    stores.project_settings.change(project.id, values, now(), user.id)
    return show_settings(stores, project)


def show_settings(stores: Stores, project: Project) -> ProjectSettingsRes:
    """The settings in force, where they come from, and what was changed last."""
    settings = stores.project_settings.of(project.id)
    changes = stores.project_settings.history(project.id, _SHOWN_CHANGES)
    return ProjectSettingsRes(
        retention_days=settings.retention_days,
        sample_rate=settings.sample_rate,
        sample_dry_run=settings.sample_dry_run,
        pii_policy=sensitive_data_policy(stores, project),
        own=sorted(stores.project_settings.own(project.id)),
        changes=[
            SettingChange(
                name=change.name, value=change.value, changed_at=change.changed_at, changed_by=change.changed_by
            )
            for change in changes
        ],
    )


def _check_retention(days: int | None) -> None:
    if days is not None and not 1 <= days <= LONGEST_RETENTION_DAYS:
        raise InvalidRequest(f"Invalid retention_days: it must be null or from 1 to {LONGEST_RETENTION_DAYS}")
