"""Spans for tests of the API: built with few words, put into the store of a running application."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from weft.core.identity import Project
from weft.services import Services
from weft.storage.events.feedback import Feedback
from weft.storage.events.spans import EPOCH, Span

START = datetime(2026, 2, 1, tzinfo=UTC)
Answer = tuple[int, Any]


@dataclass
class Agents:
    """One project of an application, for spans and feedback, and for questions about them."""

    client: TestClient
    name: str
    written: int = field(default=0)

    @property
    def services(self) -> Services:
        services: Services = self.client.app.state.services  # type: ignore[attr-defined]
        return services

    @property
    def project(self) -> Project:
        return self.services.stores.projects.ensure(*self.name.split("/"))

    def span(self, *, at: float = 0.0, lasts: float | None = 1.0, trace: str = "t", **fields: Any) -> Span:
        """A stored span that began `at` seconds after START and lasted so many; None leaves it open."""
        started = START + timedelta(seconds=at)
        ended = EPOCH if lasts is None else started + timedelta(seconds=lasts)
        self.written += 1
        span_id = fields.pop("span_id", f"s{self.written:03}")
        span = Span(self.project.id, trace, span_id, started, ended_at=ended, **fields)
        self.services.stores.spans.put([span])
        return span

    def feedback(self, conversation: str, kind: str = "wandb.agent_user_feedback", **fields: Any) -> None:
        """Feedback on a conversation."""
        self.written += 1
        item = Feedback(self.project.id, f"f{self.written}", "x", kind, {}, created_at=EPOCH, **fields)
        item.span_conversation_id = conversation
        self.services.stores.feedback.put([item])

    def post(self, path: str, **body: Any) -> Answer:
        """The status and the body of an answer."""
        _ = self.project
        # Escapes, so that lone surrogates can be sent too.
        content = json.dumps({"project_id": self.name, **body})
        headers = {"content-type": "application/json"}
        response = self.client.post(f"/agents/spans/{path}", content=content, headers=headers)
        return response.status_code, json.loads(response.content)

    def ask(self, path: str = "query", **body: Any) -> Any:
        """The body of an answer that is no refusal."""
        status, answer = self.post(path, **body)
        assert status == 200, answer
        return answer

    def found(self, **body: Any) -> list[str]:
        """The ids of the spans of a list."""
        return [span["span_id"] for span in self.ask(**body)["spans"]]

    def groups(self, *refs: Any, **body: Any) -> list[dict[str, Any]]:
        """The groups by columns, or by whole refs."""
        group_by = [{"key": ref} if isinstance(ref, str) else ref for ref in refs]
        groups: list[dict[str, Any]] = self.ask(group_by=group_by, **body)["groups"]
        return groups


def compare(name: str, operator: str, literal: Any) -> dict[str, Any]:
    """A query of one comparison."""
    return {"$expr": {operator: [{"$getField": name}, {"$literal": literal}]}}
