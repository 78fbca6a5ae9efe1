"""How much each of some projects holds, and when something last came in. Who may see which is api's to say."""

from __future__ import annotations

from collections.abc import Sequence

from weft.core.identity import Project
from weft.schemas.identity import ProjectActivityEntry, ProjectActivityRes
from weft.storage.events.project_activity import activity_of
from weft.storage.stores import Stores


def project_activity(stores: Stores, projects: Sequence[Project]) -> ProjectActivityRes:
    """One entry for each of the projects, in their order."""
    known = {one.project_id: one for one in activity_of(stores.calls.engine, [project.id for project in projects])}
    entries = []
    for project in projects:
        found = known.get(project.id)
        entries.append(
            ProjectActivityEntry(
                entity=project.entity,
                name=project.name,
                calls=found.calls if found else 0,
                spans=found.spans if found else 0,
                last_activity=found.last_activity if found else None,
            )
        )
    return ProjectActivityRes(projects=entries)
