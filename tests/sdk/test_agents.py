"""Conversations that the Python clients tell and read back with their own methods for agents."""

from __future__ import annotations

import pytest

from tests.sdk.running import Programs
from tests.sdk.target import Target

# The reference server keeps no spans, and clients before 0.53 have no methods for agents.
pytestmark = pytest.mark.beyond_reference
CLIENTS = ("weave-0.54.0", "weave-0.53.12")


@pytest.mark.parametrize("environment", CLIENTS)
@pytest.mark.parametrize("program", ["agents"])
def test_agents_read_back_what_they_told(
    programs: Programs, live_server: Target, environment: str, program: str
) -> None:
    run = programs.run(environment, program)
    asked = {"project_id": run.project, "trace_id": run.result["trace"], "include_model_tool_calls": True}
    chat = live_server.post("/agents/traces/chat", asked)
    tools = [message["tool_call"]["tool_name"] for message in chat["messages"] if message["type"] == "tool_call"]
    assert tools == ["look_up"]
