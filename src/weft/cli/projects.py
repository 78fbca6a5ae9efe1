"""`weft projects`: which projects there are."""

from __future__ import annotations

from weft.cli.terminal import DataOption, open_entities, show_table
from weft.storage.entities.projects import ProjectStore


def list_projects(data: DataOption = None) -> None:
    """List the projects with the ids that stored refs use."""
    with open_entities(data) as database:
        projects = ProjectStore(database).list_projects()
    show_table("Projects", ["project", "id"], [[project.external, project.id] for project in projects])
