"""The SDK's chat, its models and its custom runtimes against a server whose LLM provider is played over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import LiveServer
from tests.llm_provider import USAGE, LLMProvider, Reply, chunk, completion
from tests.sdk.running import PYTHON_ENVIRONMENTS, Programs
from tests.sdk.target import Target

# The reference server asks the world's providers, which are not here.
pytestmark = pytest.mark.beyond_reference

KEY = "sk-operator-0123456789"


@pytest.fixture(scope="module")
def provider() -> Iterator[LLMProvider]:
    """Repeats what was said, streamed when asked to."""
    played = LLMProvider()
    played.otherwise = _reply
    yield played
    played.close()


def _reply(request: dict[str, Any]) -> Reply:
    text = f"You said: {request['messages'][-1]['content']}"
    if not request.get("stream"):
        return Reply(body=completion(text))
    words = [chunk({"content": word}) for word in text.split(" ")]
    for place, word in enumerate(words[1:], 1):
        word["choices"][0]["delta"]["content"] = " " + word["choices"][0]["delta"]["content"]
        words[place] = word
    slow = 0.2 if "slow" in text else 0.0
    return Reply(events=[*words, chunk({}, "stop"), chunk({}, choices=[], usage=USAGE)], pause=slow)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: LLMProvider) -> Iterator[LiveServer]:
    """A server that knows the provider as OpenAI."""
    started = LiveServer(
        Path(tmp_path_factory.mktemp("completions")) / "weft",
        WEFT_AUTH="off",
        WEFT_LLM_BASE_URLS=json.dumps({"openai": provider.url}),
        WEFT_LLM_PROVIDER_KEYS=json.dumps({"OPENAI_API_KEY": KEY}),
        WEFT_LLM_ALLOWED_HOSTS=json.dumps([provider.host]),
    )
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def completing(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """Programs against that server."""
    runner = Programs(Target("weft", server.url), tmp_path_factory.mktemp("completing"))
    yield runner
    runner.close()


@pytest.mark.parametrize("environment", PYTHON_ENVIRONMENTS)
def test_program_ends_well(completing: Programs, provider: LLMProvider, environment: str) -> None:
    result = completing.run(environment, "completions", PROVIDER=provider.url).result
    assert "ANTHROPIC_API_KEY" in result["failed"] or "ValidationError" in result["failed"]
    assert result["runtimes"] == ([] if environment == "weave-0.52.43" else ["custom::my/own::tiny/model"])
    sent = zip(provider.requests, provider.headers, strict=True)
    assert {headers.get("authorization") for request, headers in sent if request["model"] == "gpt-4o"} == {
        f"Bearer {KEY}"
    }


def test_a_caller_who_goes_away_leaves_an_ended_span(server: LiveServer) -> None:
    project = "sdk-team/goes-away"
    inputs = {"model": "gpt-4o", "messages": [{"role": "user", "content": "slow " * 100}]}
    body = {"project_id": project, "inputs": inputs, "conversation_id": "gone"}
    with httpx.stream("POST", f"{server.url}/completions/create_stream", json=body, auth=("api", "k")) as answer:
        lines = answer.iter_lines()
        meta = json.loads(next(lines))["_meta"]
        first = json.loads(next(lines))
    assert first["choices"][0]["delta"]["content"] == "You"
    span = _ended(server, project, meta["trace_id"])
    assert (span["status_code"], span["error_type"]) == ("ERROR", "Cancelled")
    assert "You" in json.dumps(span["output_messages"])


def _ended(server: LiveServer, project: str, trace_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while True:
        body = {"project_id": project, "include_details": True}
        answer = httpx.post(f"{server.url}/agents/spans/query", json=body, auth=("api", "k"), timeout=20)
        assert answer.status_code == 200, answer.text
        (span,) = [span for span in answer.json()["spans"] if span["trace_id"] == trace_id]
        if span["status_code"] != "UNSET":
            return dict(span)
        assert time.monotonic() < deadline, "the span stayed open"
        time.sleep(0.1)


def test_the_log_holds_no_key(server: LiveServer) -> None:
    assert KEY not in server.log.read_text(errors="replace")
