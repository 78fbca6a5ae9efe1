"""What the server's worker writes is what `call.apply_scorer` writes, but for ids and times."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.running import PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

pytestmark = pytest.mark.beyond_reference

# Where the work was done may differ, and does.
_MACHINE = ("client_version", "source", "sys_version", "os_name", "os_version", "os_release")


def _call(call: dict[str, Any]) -> dict[str, Any]:
    weave = {name: value for name, value in call["attributes"]["weave"].items() if name not in _MACHINE}
    kept = ("op_name", "parent_id", "inputs", "output", "exception", "wb_user_id", "display_name", "thread_id")
    counts = call["summary"]["status_counts"]
    return {**{name: call.get(name) for name in kept}, "weave": weave, "status_counts": counts}


def _feedback(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "created_at", "weave_ref", "call_ref")}


def scores_on(server: Target, project: str, call_id: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    ref = f"weave:///{project}/call/{call_id}"
    rows = [row for row in server.feedback(project) if row["weave_ref"] == ref]
    calls = {call["id"]: call for call in server.calls(project)}
    return {row["runnable_ref"]: (_feedback(row), _call(calls[row["call_ref"].rpartition("/")[2]])) for row in rows}


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", ["asynchronous_scoring"])
def test_scores_of_the_worker_equal_those_of_the_client(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    ours = scores_on(live_server, run.project, run.result["by_server"])
    theirs = scores_on(live_server, run.project, run.result["by_client"])
    assert len(ours) == 3
    assert ours == theirs
    assert run.result["types"] == [f"wandb.runnable.{name}" for name in ("ValidJSONScorer", "mapped", "my-xml")]
