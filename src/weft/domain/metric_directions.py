"""Which way metrics are better, as a project has decided."""

from __future__ import annotations

from typing import cast

from weft.core.errors import TooLarge
from weft.core.identity import Project
from weft.domain.eval_metrics import Direction, check_name
from weft.schemas.eval_comparison import MetricDirectionsReq
from weft.storage.stores import Stores

MOST_DIRECTIONS = 1000


def stored_directions(stores: Stores, project: Project) -> dict[str, Direction]:
    """The directions that the project has decided about."""
    return cast(dict[str, Direction], stores.metric_directions.of_project(project.id))


def set_directions(stores: Stores, project: Project, body: MetricDirectionsReq) -> dict[str, Direction]:
    """Decide, or give back to the default; answers all that are decided. Raises InvalidRequest and TooLarge."""
    for name in body.directions:
        check_name(name)
    known = stored_directions(stores, project)
    if len(known.keys() | body.directions.keys()) > MOST_DIRECTIONS:
        raise TooLarge(f"Request too large: a project decides about at most {MOST_DIRECTIONS} metrics")
    stores.metric_directions.put(project.id, body.directions)
    return stored_directions(stores, project)
