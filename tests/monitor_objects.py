"""Monitors as the official SDK publishes them, and ended calls brought before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.scoring_objects import ScoringClient
from weft.scoring.monitors import MonitorScoring
from weft.services import Services


def class_keys(name: str, bases: Sequence[str] = ("BaseModel",)) -> dict[str, Any]:
    """What an SDK adds to a published object."""
    return {"_type": name, "_class_name": name, "_bases": list(bases)}


def as_published(query: Any) -> Any:
    """A query with class keys at every level, as it is stored."""
    if isinstance(query, dict):
        return {**{key: as_published(value) for key, value in query.items()}, **class_keys("Operation")}
    return [as_published(item) for item in query] if isinstance(query, list) else query


def monitor_value(scorers: Sequence[Any], class_name: str = "Monitor", **fields: Any) -> dict[str, Any]:
    """A Monitor or ClassifierMonitor, active unless said otherwise."""
    bases = ["Object", "BaseModel"] if class_name == "Monitor" else ["Monitor", "Object", "BaseModel"]
    value: dict[str, Any] = {
        "name": None, "description": None, "sampling_rate": 1, "scorers": list(scorers), "op_names": [], "query": None,
        "is_traced": True, "active": True, "scorer_debounce_config": None, **fields,
    }  # fmt: skip
    return {**value, "query": as_published(value["query"]), **class_keys(class_name, bases)}


def equals(field: str, value: Any) -> dict[str, Any]:
    """A condition of the query language."""
    return {"$eq": [{"$getField": field}, {"$literal": value}]}


class Watched:
    """A project whose ended calls are brought before its monitors by hand."""

    def __init__(self, client: ScoringClient, services: Services) -> None:
        self.client = client
        self.monitors = MonitorScoring(services.stores, services.settings)
        entity, _, name = client.project.partition("/")
        self.project = services.stores.projects.ensure(entity, name)

    def publish(self, name: str, scorers: Sequence[Any], class_name: str = "Monitor", **fields: Any) -> str:
        """Publish a monitor; its ref."""
        return self.client.publish(name, monitor_value(scorers, class_name, **fields))

    def end(self, *call_ids: str) -> list[str]:
        """Bring calls before the monitors; those they want to see again."""
        return self.monitors.handle(self.project.id, call_ids)

    def asked(self) -> set[tuple[str, str, str | None]]:
        """(call, scorer, trigger) of every task."""
        return {(task["call_id"], task["scorer_ref"], task["trigger_ref"]) for task in self.client.tasks(limit=10_000)}
