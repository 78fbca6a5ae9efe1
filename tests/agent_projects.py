"""What contract tests of agents start from: a project of their own, spans in its store, and questions over HTTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from weft.core.ids import new_id
from weft.services import Services
from weft.storage.events.spans import EPOCH, Span

T0 = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def said(role: str, content: Any) -> dict[str, str]:
    """A message as it is stored: parts are the JSON text of their list."""
    text = content if isinstance(content, str) else json.dumps(content)
    return {"role": role, "content": text, "finish_reason": ""}


class AgentProject:
    """A project whose spans are written to the store, as an exporter would have them written, and read over HTTP."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.name = project
        self.services: Services = client.app.state.services  # type: ignore[attr-defined]
        self.id = self.services.stores.projects.ensure(*project.split("/")).id

    def span(self, trace_id: str, at: float = 0, took: float | None = 1, **fields: Any) -> Span:
        """A span that starts `at` seconds after T0 and takes `took` seconds; None leaves it open. It is not stored."""
        started = T0 + timedelta(seconds=at)
        ended = EPOCH if took is None else started + timedelta(seconds=took)
        for name in ("input_messages", "output_messages"):
            if isinstance(fields.get(name), list):
                fields[name] = json.dumps(fields[name])
        return Span(self.id, trace_id, fields.pop("span_id", None) or new_id()[-16:], started, ended, **fields)

    def put(self, *spans: Span) -> Sequence[Span]:
        """Store spans."""
        self.services.stores.spans.put(spans)
        return spans

    def store(self, trace_id: str, at: float = 0, took: float | None = 1, **fields: Any) -> Span:
        """A span, stored."""
        return self.put(self.span(trace_id, at, took, **fields))[0]

    def ask(self, path: str, **body: Any) -> Any:
        """The answer to a question about this project."""
        response = self.client.post(path, json={"project_id": self.name, **body})
        assert response.status_code == 200, response.text
        return response.json()

    def status(self, path: str, **body: Any) -> int:
        """The status of an answer; a body may hold what UTF-8 cannot carry."""
        sent = json.dumps({"project_id": self.name, **body})
        response = self.client.post(path, content=sent, headers={"content-type": "application/json"})
        return response.status_code

    def price(self, model: str, prompt: float, completion: float) -> None:
        """Give a model a price in this project."""
        costs = {model: {"prompt_token_cost": prompt, "completion_token_cost": completion}}
        assert self.status("/cost/create", costs=costs) == 200


def new_trace() -> str:
    """An id no other test uses."""
    return new_id().replace("-", "")


def at(seconds: float) -> str:
    """A time after T0 as the API writes it."""
    return (T0 + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A time that the API wrote."""
    return datetime.fromisoformat(text)
