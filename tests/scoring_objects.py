"""Scorers as the official SDK publishes them, and a client that publishes, traces and reads like one."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient

from weft.core.ids import new_id

_SCORER = {"_bases": ["Scorer", "Object", "BaseModel"], "description": None}


def builtin_scorer(name: str, column_map: Any = None) -> dict[str, Any]:
    """A ValidJSONScorer or ValidXMLScorer without its ops."""
    return {**_SCORER, "_class_name": name, "_type": name, "name": None, "column_map": column_map}


def judge(model: Any, prompt: Any, **fields: Any) -> dict[str, Any]:
    """An LLMAsAJudgeScorer."""
    name = "LLMAsAJudgeScorer"
    media = dict.fromkeys(("enable_audio_input_scoring", "enable_image_input_scoring", "enable_video_input_scoring"))
    return {
        **_SCORER, "_class_name": name, "_type": name, "name": "judge", "column_map": None, "is_traced": True,
        "model": model, "scoring_prompt": prompt, **dict.fromkeys(media, False), "media_scoring_json_paths": None,
        **fields,
    }  # fmt: skip


def judge_model(llm_model_id: str = "openai/gpt-4o", **params: Any) -> dict[str, Any]:
    """An LLMStructuredCompletionModel."""
    unset = dict.fromkeys(("functions", "max_tokens", "messages_template", "n_times", "prompt", "stop", "top_p"))
    name = "LLMStructuredCompletionModel"
    defaults = {"_type": f"{name}DefaultParams", "_class_name": f"{name}DefaultParams", "_bases": ["BaseModel"]}
    return {
        "_type": name, "_class_name": name, "_bases": ["Model", "Object", "BaseModel"], "name": "m",
        "description": None, "llm_model_id": llm_model_id, "default_params": {**defaults, **unset, **params},
    }  # fmt: skip


def op_value(source: str = "def score(output): ...") -> dict[str, Any]:
    """An op, but for its file."""
    return {"_type": "CustomWeaveType", "weave_type": {"type": "Op"}, "files": {"obj.py": source}}


class ScoringClient:
    """Posts as user `api:key` to one project."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project

    def post(self, path: str, body: dict[str, Any], status: int = 200) -> Any:
        """The parsed answer, after checking its status."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if "ndjson" not in answer.headers["content-type"] else answer.text

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """The parsed answer, after checking its status."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def publish(self, name: str, val: Any) -> str:
        """Publish an object; its ref."""
        kind = "op" if "weave_type" in val else "object"
        body = {"obj": {"project_id": self.project, "object_id": name, "val": val}}
        return f"weave:///{self.project}/{kind}/{name}:{self.post('/obj/create', body)['digest']}"

    def ended_call(self, inputs: dict[str, Any], output: Any, call_id: str | None = None) -> dict[str, Any]:
        """A complete call."""
        moment = "2026-01-01T00:00:00Z"
        return {
            "project_id": self.project, "id": call_id or new_id(), "trace_id": new_id(), "op_name": "predict",
            "started_at": moment, "ended_at": moment, "attributes": {}, "inputs": inputs, "output": output,
            "summary": {},
        }  # fmt: skip

    def complete(self, calls: list[dict[str, Any]]) -> list[str]:
        """Store complete calls; their ids."""
        self.post(f"/v2/{self.project}/calls/complete", {"batch": calls})
        return [call["id"] for call in calls]

    def call(self, inputs: dict[str, Any], output: Any, call_id: str | None = None) -> str:
        """Store an ended call; its id."""
        return self.complete([self.ended_call(inputs, output, call_id)])[0]

    def score(self, call_ids: list[str], scorer_refs: list[str], status: int = 200) -> Any:
        """Ask for scores."""
        body = {"project_id": self.project, "call_ids": call_ids, "scorer_refs": scorer_refs}
        return self.post("/calls/score", body, status)

    def tasks(self, **query: Any) -> list[dict[str, Any]]:
        """The tasks of the project."""
        return list(self.get("/weft/v1/scoring/tasks", project_id=self.project, **query)["tasks"])

    def calls(self, **filters: Any) -> list[dict[str, Any]]:
        """The project's calls, oldest first."""
        body = {
            "project_id": self.project,
            "filter": filters or None,
            "sort_by": [{"field": "started_at", "direction": "asc"}],
        }
        answer = self.client.post("/calls/stream_query", json=body)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    def feedback(self) -> list[dict[str, Any]]:
        """The project's feedback."""
        return list(self.post("/feedback/query", {"project_id": self.project})["result"])
