"""A caller of the v2 routes of one project, for tests."""

from __future__ import annotations

import json
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response


class V2Client:
    """Posts and gets below /v2/{project}; the short methods expect success."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.client = client
        self.project = project
        self.base = f"/v2/{project}"

    def ref(self, kind: str, name: str, digest: str = "d1") -> str:
        """An outside ref of this project."""
        return f"weave:///{self.project}/{kind}/{name}:{digest}"

    def send(self, method: str, path: str, **options: Any) -> Response:
        """Any request; JSON goes out with escapes, so that lone surrogates can be sent."""
        if "json" in options:
            options["content"] = json.dumps(options.pop("json"))
            options["headers"] = {"content-type": "application/json"}
        return self.client.request(method, self.base + path, **options)

    def post(self, path: str, body: Any = None) -> Any:
        """The answer to a POST that succeeds."""
        return self._checked(self.send("POST", path, json={} if body is None else body)).json()

    def get(self, path: str) -> Any:
        """The answer to a GET that succeeds."""
        return self._checked(self.send("GET", path)).json()

    def lines(self, path: str, **params: Any) -> list[Any]:
        """The items of a list."""
        response = self._checked(self.send("GET", path, params=params))
        assert "\r" not in response.text
        assert "\n\n" not in response.text
        assert response.headers["content-type"].startswith(("application/jsonl", "application/x-ndjson"))
        return [json.loads(line) for line in response.text.splitlines()]

    def delete(self, path: str, **params: Any) -> int:
        """How many were deleted."""
        deleted: int = self._checked(self.send("DELETE", path, params=params)).json()["num_deleted"]
        return deleted

    def run(self, model: str = "M", evaluation: str = "E") -> str:
        """A new run."""
        body = {"evaluation": self.ref("object", evaluation), "model": self.ref("object", model)}
        run_id: str = self.post("/evaluation_runs", body)["evaluation_run_id"]
        return run_id

    def predict(self, run_id: str | None = None, inputs: Any = None, output: Any = "out", **more: Any) -> str:
        """A new prediction."""
        body = {
            "model": self.ref("object", "M"),
            "inputs": {"q": 1} if inputs is None else inputs,
            "output": output,
            "evaluation_run_id": run_id,
            **more,
        }
        prediction_id: str = self.post("/predictions", body)["prediction_id"]
        return prediction_id

    def score(self, prediction_id: str, scorer: str, value: Any, run_id: str | None = None) -> str:
        """A new score."""
        body = {
            "prediction_id": prediction_id,
            "scorer": self.ref("object", scorer),
            "value": value,
            "evaluation_run_id": run_id,
        }
        score_id: str = self.post("/scores", body)["score_id"]
        return score_id

    def finish(self, prediction_id: str) -> None:
        """Finish a prediction."""
        assert self._checked(self.send("POST", f"/predictions/{prediction_id}/finish")).json() == {"success": True}

    def calls(self, **call_filter: Any) -> list[dict[str, Any]]:
        """The calls of the project, oldest first."""
        body = {"project_id": self.project, "filter": call_filter}
        response = self._checked(self.client.post("/calls/stream_query", json=body))
        return [json.loads(line) for line in response.text.splitlines() if line]

    def call(self, call_id: str) -> dict[str, Any]:
        """One call."""
        (found,) = self.calls(call_ids=[call_id])
        return found

    def feedback(self) -> list[dict[str, Any]]:
        """All feedback of the project."""
        response = self._checked(self.client.post("/feedback/query", json={"project_id": self.project}))
        rows: list[dict[str, Any]] = response.json()["result"]
        return rows

    def results(self, *run_ids: str, **options: Any) -> Any:
        """Evaluation results."""
        return self.post("/eval_results/query", {"evaluation_run_ids": list(run_ids), **options})

    def resolve(self, ref: str) -> Any:
        """What a ref stands for."""
        response = self._checked(self.client.post("/refs/read_batch", json={"refs": [ref]}))
        return response.json()["vals"][0]

    @staticmethod
    def _checked(response: Response) -> Response:
        assert response.status_code == 200, response.text
        return response
