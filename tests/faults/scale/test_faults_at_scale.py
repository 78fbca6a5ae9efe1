"""Whatever breaks while tasks are scored by workers over Kafka: none is lost, each is seen once, each ends.

`make faults` runs the same with many more tasks and writes the counts into docs/reliability.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.faults.scale.cluster import Cluster
from tests.faults.scale.scenarios import SCENARIOS, Scenario, run_scenario

TASKS = int(os.environ.get("WEFT_FAULT_TASKS", "500"))

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_accepted_task_ends_and_is_seen_once_after(scenario: Scenario, cluster: Cluster) -> None:
    counts = run_scenario(cluster, scenario, TASKS)
    assert counts.problems() == [], counts
    assert counts.accepted == counts.scored == TASKS, counts
