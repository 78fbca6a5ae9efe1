"""The official Python clients, unmodified: programs assert what they read back, so ending well is the test."""

from __future__ import annotations

import time

import pytest

from tests.sdk.running import NEWEST, PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

PROGRAMS = ("tracing", "objects", "evaluation", "evaluation_logger", "queries", "media")


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


def test_calls_of_the_older_style_are_the_same_calls(programs: Programs) -> None:
    """Start and end sent apart, as clients before 0.52.43 and TypeScript do."""
    assert programs.run(NEWEST, "tracing", WEAVE_USE_CALLS_COMPLETE="false").result


@pytest.mark.parametrize("program", ["objects", "evaluation", "media"])
def test_digests_computed_by_the_client_are_the_servers(programs: Programs, program: str) -> None:
    run = programs.run(NEWEST, program, WEAVE_ENABLE_CLIENT_SIDE_DIGESTS="true")
    assert run.result
    assert "igest mismatch" not in run.printed


def test_a_write_ahead_log_is_emptied(programs: Programs) -> None:
    assert programs.run(NEWEST, "starting", WEAVE_ENABLE_WAL="true").result
