"""Which way each metric of a project's evaluations is better, where somebody has decided. The default is not kept."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text, delete, select

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import insert_into, metadata

metric_directions = Table(
    "metric_directions",
    metadata,
    Column("project_id", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("direction", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "metric"),
)


class MetricDirectionStore:
    """Durable directions; each write is one transaction."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def of_project(self, project_id: str) -> dict[str, str]:
        """The directions of a project, by metric in their order."""
        own = select(metric_directions.c.metric, metric_directions.c.direction)
        found = own.where(metric_directions.c.project_id == project_id).order_by(metric_directions.c.metric)
        with self._db.read() as connection:
            return {row.metric: row.direction for row in connection.execute(found)}

    def put(self, project_id: str, directions: Mapping[str, str | None]) -> None:
        """Set these, all or none; None forgets one."""
        if not directions:
            return
        columns = metric_directions.c
        given = [
            {"project_id": project_id, "metric": metric, "direction": direction}
            for metric, direction in directions.items()
            if direction is not None
        ]
        forgotten = [metric for metric, direction in directions.items() if direction is None]
        with self._db.write() as connection:
            if forgotten:
                named = columns.metric.in_(forgotten)
                connection.execute(delete(metric_directions).where(columns.project_id == project_id, named))
            if given:
                put = insert_into(connection, metric_directions)
                new = {"direction": put.excluded.direction}
                connection.execute(put.on_conflict_do_update(index_elements=["project_id", "metric"], set_=new), given)
