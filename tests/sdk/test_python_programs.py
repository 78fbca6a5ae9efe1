"""The official Python clients, unmodified: programs assert what they read back, so ending well is the test."""

from __future__ import annotations

import time

import pytest

from tests.sdk.running import NEWEST, PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

PROGRAMS = (
    "tracing",
    "objects",
    "evaluation",
    "evaluation_logger",
    "queries",
    "media",
    "boards_and_monitors",
    "figures",
)


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_program_ends_well(programs: Programs, environment: str, program: str) -> None:
    assert programs.run(environment, program).result


# The rows of the reference server have keys that 0.52.43 refuses, so there its feedback cannot be read at all.
@pytest.mark.parametrize(
    "environment",
    [
        pytest.param(name, marks=[pytest.mark.beyond_reference] if name == "weave-0.52.43" else [])
        for name in PYTHON_ENVIRONMENTS
    ],
)
@pytest.mark.parametrize("program", ["feedback"])
def test_feedback_program_ends_well(programs: Programs, environment: str, program: str) -> None:
    assert programs.run(environment, program).result["with_calls"] == {"count": 7}


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", ["annotation_queues"])
def test_annotation_queue_program_ends_well(programs: Programs, environment: str, program: str) -> None:
    assert programs.run(environment, program).result["found"] == 4


# 0.52.43 does not know where rows come from, and the reference server keeps no such links.
@pytest.mark.beyond_reference
@pytest.mark.parametrize("environment", [name for name in PYTHON_ENVIRONMENTS if name != "weave-0.52.43"])
@pytest.mark.parametrize("program", ["dataset_links"])
def test_dataset_links_program_ends_well(programs: Programs, environment: str, program: str) -> None:
    assert len(programs.run(environment, program).result["links"]) == 3


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", ["just_exits"])
def test_everything_arrives_when_a_program_just_exits(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    assert run.status == 1
    assert "LookupError: no 7" in run.stderr
    expected = len(run.report["roots"]) + run.report["steps"] + 1
    calls = live_server.calls(run.project)
    deadline = time.monotonic() + 10
    while len(calls) < expected and time.monotonic() < deadline:
        calls = live_server.calls(run.project)
    assert len(calls) == expected
    assert all(call["ended_at"] for call in calls)
    works = {call["id"]: call for call in calls if "/op/work:" in call["op_name"]}
    assert sorted(works) == sorted(run.report["roots"])
    assert all(call["output"]["note"] == "naïve 🙂" for call in works.values())
    (broken,) = (call for call in calls if "/op/broken:" in call["op_name"])
    assert "no 7" in broken["exception"]
    testament = live_server.post("/objs/query", {"project_id": run.project, "filter": {"object_ids": ["testament"]}})
    assert [found["val"] for found in testament["objs"]] == [{"last": "words"}]


@pytest.mark.parametrize(
    ("environment", "program", "variables"),
    [
        # Start and end of each call sent apart, as clients before 0.52.43 do.
        (NEWEST, "tracing", {"WEAVE_USE_CALLS_COMPLETE": "false"}),
        (NEWEST, "starting", {"WEAVE_ENABLE_WAL": "true"}),
        (NEWEST, "starting", {"WEAVE_CLIENT_PARALLELISM": "0"}),
    ],
)
def test_settings_that_change_what_is_sent(
    programs: Programs, environment: str, program: str, variables: dict[str, str]
) -> None:
    assert programs.run(environment, program, **variables).result


@pytest.mark.parametrize("environment", [NEWEST])
@pytest.mark.parametrize("program", ["objects", "evaluation", "media"])
@pytest.mark.parametrize("variables", [{"WEAVE_ENABLE_CLIENT_SIDE_DIGESTS": "true"}])
def test_digests_computed_by_the_client_are_the_servers(
    programs: Programs, environment: str, program: str, variables: dict[str, str]
) -> None:
    run = programs.run(environment, program, **variables)
    assert run.result
    assert "igest mismatch" not in run.printed
