"""Monitors that the official client publishes and activates are worked by the server."""

from __future__ import annotations

import pytest

from tests.sdk.running import PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

pytestmark = pytest.mark.beyond_reference


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
@pytest.mark.parametrize("program", ["monitors"])
def test_an_active_monitor_scores_what_is_called_from_then_on(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    result = run.result
    active, everything = result["active"], result["everything"]
    assert result["triggers"]["english"] == sorted([active, everything])
    assert result["triggers"]["german"] == result["triggers"]["late"] == [everything]
    assert result["elsewhere"] == ["", everything]
    assert result["before"] == []
    calls = live_server.calls(run.project)
    by_server = [call for call in calls if call["attributes"]["weave"].get("source") == "weft-scoring-worker"]
    assert sorted(call["op_name"].rpartition("/")[2].partition(":")[0] for call in by_server) == [
        "ValidJSONScorer.score",
        *["ValidXMLScorer.score"] * 4,
    ]
    rows = [row for row in live_server.feedback(run.project) if row["trigger_ref"] == active]
    assert [row["payload"] for row in rows] == [{"output": {"json_valid": True}}]
    assert [row["feedback_type"] for row in rows] == ["wandb.runnable.ValidJSONScorer"]
