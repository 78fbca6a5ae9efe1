"""Prices of models that a project set for itself. List prices are not stored; what tokens cost is domain/costs.py's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Column, Double, Index, Table, Text, delete, insert, select

from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, metadata

prices = Table(
    "prices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project_id", Text, nullable=False),
    Column("llm_id", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("effective_date", UtcDateTime, nullable=False),
    Column("prompt_token_cost", Double, nullable=False),
    Column("completion_token_cost", Double, nullable=False),
    Column("cache_read_input_token_cost", Double, nullable=False),
    Column("cache_creation_input_token_cost", Double, nullable=False),
    Column("prompt_token_cost_unit", Text, nullable=False),
    Column("completion_token_cost_unit", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_prices_project_id_llm_id", "project_id", "llm_id"),
)
# Below the number of values that SQLite takes in one statement.
_IDS_A_STATEMENT = 1000


@dataclass(frozen=True, slots=True)
class StoredPrice:
    """One price of one model, per token and in its unit, from `effective_date` on. A project may hold several."""

    id: str
    project_id: str
    llm_id: str
    provider_id: str
    effective_date: datetime
    prompt_token_cost: float
    completion_token_cost: float
    cache_read_input_token_cost: float
    cache_creation_input_token_cost: float
    prompt_token_cost_unit: str
    completion_token_cost_unit: str
    created_by: str
    created_at: datetime


class PriceStore:
    """Adds, lists and removes prices; none is ever changed."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db

    def add(self, rows: Sequence[StoredPrice]) -> None:
        """Store new prices, all or none."""
        names = [field.name for field in fields(StoredPrice)]
        if rows:
            with self._db.write() as connection:
                connection.execute(insert(prices), [{name: getattr(row, name) for name in names} for row in rows])

    def of_project(self, project_id: str) -> list[StoredPrice]:
        """Every price of a project, in the order in which they were made."""
        statement = select(prices).where(prices.c.project_id == project_id).order_by(prices.c.created_at, prices.c.id)
        with self._db.read() as connection:
            return [StoredPrice(**row._mapping) for row in connection.execute(statement)]

    def remove(self, project_id: str, ids: Sequence[str]) -> None:
        """Remove those of the ids that are prices of the project."""
        with self._db.write() as connection:
            for at in range(0, len(ids), _IDS_A_STATEMENT):
                some = prices.c.id.in_(ids[at : at + _IDS_A_STATEMENT])
                connection.execute(delete(prices).where(prices.c.project_id == project_id, some))
