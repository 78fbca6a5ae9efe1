"""Fixtures of the completions' tests: an application whose OpenAI is a provider played over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import BASIC
from tests.llm_provider import LLMProvider
from weft.app import create_app
from weft.services import Services
from weft.settings import Settings
from weft.storage.events.engine import EventsEngine
from weft.storage.events.spans import Span

OPENAI_KEY = "sk-project-0123456789"
ELSEWHERE = ("anthropic", "azure", "bedrock", "coreweave", "mistral", "ollama", "openai", "vertex_ai", "xai")


@pytest.fixture(scope="module")
def running_provider() -> Iterator[LLMProvider]:
    """The provider of a module."""
    provider = LLMProvider()
    yield provider
    provider.close()


@pytest.fixture
def provider(running_provider: LLMProvider) -> LLMProvider:
    """The provider, with nothing remembered."""
    running_provider.reset()
    return running_provider


@pytest.fixture(scope="module")
def llm_client(
    tmp_path_factory: pytest.TempPathFactory,
    events_engine: EventsEngine,
    events_url: str,
    running_provider: LLMProvider,
) -> Iterator[TestClient]:
    """A client of an application for which every provider is the one of the tests."""
    settings = Settings(
        data=tmp_path_factory.mktemp("llm") / "data",
        events_url=events_url,
        auth="off",
        scoring_worker=False,
        llm_timeout_seconds=1.0,
        llm_base_urls={
            **dict.fromkeys(ELSEWHERE, running_provider.url),
            "vertex_ai_token": f"http://{running_provider.host}/token",
        },
        llm_allowed_hosts=[running_provider.host],
        llm_provider_keys={"MISTRAL_API_KEY": "sk-operator-0123456789"},
    )
    with TestClient(create_app(settings), headers=BASIC, raise_server_exceptions=False) as client:
        yield client


class Playground:
    """One project, as a playground uses it."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    @property
    def services(self) -> Services:
        """What the application works on."""
        services: Services = self.client.app.state.services  # type: ignore[attr-defined]
        return services

    def post(self, path: str, **body: Any) -> Any:
        """The parsed answer, after checking its status."""
        answer = self.client.post(path, json={"project_id": self.project, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def complete(self, model: str = "gpt-4o", words: str = "hi", *, body: Any = None, **inputs: Any) -> Any:
        """The answer to a completion request."""
        messages = inputs.pop("messages", [{"role": "user", "content": words}])
        asked = {"model": model, "messages": messages, **inputs}
        return self.post("/completions/create", inputs=asked, **(body or {}))

    def stream(self, model: str = "gpt-4o", *, body: Any = None, **inputs: Any) -> list[dict[str, Any]]:
        """The lines of a streamed answer."""
        asked = {"model": model, "messages": [{"role": "user", "content": "hi"}], **inputs}
        request = {"project_id": self.project, "inputs": asked, **(body or {})}
        answer = self.client.post("/completions/create_stream", json=request)
        assert answer.status_code == 200, answer.text
        assert answer.text.endswith("\n")
        return [json.loads(line) for line in answer.text.splitlines()]

    def secret(self, name: str, value: str, *hosts: str, status: int = 200) -> Any:
        """Set a secret of the project."""
        body = {"value": value, "hosts": list(hosts)}
        answer = self.client.put(f"/weft/v1/projects/{self.project}/secrets/{name}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def publish(self, name: str, val: Any, **more: Any) -> str:
        """Publish an object; its ref."""
        body = {"obj": {"project_id": self.project, "object_id": name, "val": val, **more}}
        answer = self.client.post("/obj/create", json=body)
        assert answer.status_code == 200, answer.text
        return f"weave:///{self.project}/object/{name}:{answer.json()['digest']}"

    def runtime(self, name: str, base_url: str, *models: str, status: int = 200, **body: Any) -> Any:
        """Declare a custom runtime."""
        wanted = {"base_url": base_url, "runtime_ids": [{"id": model} for model in models]} | body
        answer = self.client.put(f"/v2/{self.project}/runtimes/{name}", json=wanted)
        assert answer.status_code == status, answer.text
        return answer.json()

    def span(self, answer: dict[str, Any]) -> Span:
        """The span an answer names, as stored."""
        entity, _, name = self.project.partition("/")
        project = self.services.stores.projects.find(entity, name)
        assert project is not None
        (span,) = self.services.stores.spans.get(project.id, answer["trace_id"], [answer["span_id"]])
        return span


@pytest.fixture
def playground(llm_client: TestClient, project: str) -> Playground:
    """A project of this test's own, with a key for OpenAI."""
    made = Playground(llm_client, project)
    made.secret("OPENAI_API_KEY", OPENAI_KEY)
    return made
