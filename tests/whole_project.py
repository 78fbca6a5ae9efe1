"""A project with something of everything in it, made over HTTP, and everything its server answers about it."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from tests.otlp import request, span
from weft.core.ids import new_id

AGENT = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "helper",
    "gen_ai.conversation.id": "talk-1",
    "gen_ai.request.temperature": 0.25,
    "gen_ai.usage.input_tokens": 12,
    "custom.words": "grün",
    "custom.flag": True,
    "custom.number": 7,
}
JSON_LINES = {"/calls/stream_query", "/annotation_queues/query", "/threads/stream_query"}
JUDGE = {"_type": "ValidJSONScorer", "_class_name": "ValidJSONScorer", "name": "valid", "column_map": None}


class WholeProject:
    """Asks one server about one project."""

    def __init__(self, client: httpx.Client, name: str, *, weft: bool = True) -> None:
        self.client = client
        self.name = name
        self.weft = weft

    def ok(self, path: str, **body: Any) -> Any:
        """The answer to a POST that succeeds, JSON or JSON Lines."""
        answer = self.client.post(path, json={"project_id": self.name, **body})
        assert answer.status_code == 200, f"{path}: {answer.text}"
        if path in JSON_LINES:
            return [json.loads(line) for line in answer.text.splitlines() if line]
        return answer.json()

    def ref(self, tail: str) -> str:
        """An outside ref of the project."""
        return f"weave:///{self.name}/{tail}"

    def fill(self) -> None:
        """Make the project."""
        table = self._table([{"q": n, "nested": {"text": f"row {n}"}} for n in range(5)])
        digests = [self._object("data", {"_type": "Dataset", "name": "data", "rows": self.ref(f"table/{table}")})]
        digests += [
            self._object("scorer", {**JUDGE, "_bases": ["Scorer", "Object", "BaseModel"], "_note": n}) for n in "ab"
        ]
        dataset = self.ref(f"object/data:{digests[0]}")
        calls = [self._call(number, dataset) for number in range(12)]
        self._feedback(calls, self.ref(f"object/scorer:{digests[1]}"))
        self.ok("/cost/create", costs={"m": {"prompt_token_cost": 0.001, "completion_token_cost": 0.5}})
        self._queue(calls)
        self._labels(digests[1])
        if self.weft:
            self.ok("/project/ttl_settings/update", retention_days=36500)
            self._link(calls)
            self._evaluation()
            self._spans()
            self.ok("/calls/score", call_ids=calls[:2], scorer_refs=[self.ref(f"object/scorer:{digests[1]}")])

    def answers(self) -> dict[str, Any]:
        """Everything that is told about the project, by question; of another project it differs in the name alone."""
        asked: dict[str, Any] = {
            "objects": self.ok("/objs/query", sort_by=[{"field": "object_id", "direction": "asc"}]),
            "calls": self.ok("/calls/stream_query", include_costs=True, include_feedback=True),
            "feedback": self.ok("/feedback/query", sort_by=[{"field": "id", "direction": "asc"}]),
            "prices": self.ok("/cost/query"),
            "queues": self.ok("/annotation_queues/query"),
        }
        for queue in asked["queues"]:
            path = f"/annotation_queues/{queue['id']}/items/query"
            asked[path] = self.ok(path, sort_by=[{"field": "created_at", "direction": "asc"}])
        for item in asked["objects"]["objs"]:
            rows = item["val"].get("rows") if isinstance(item["val"], dict) else None
            if isinstance(rows, str) and "/table/" in rows:
                asked[rows] = self.ok("/table/query", digest=rows.rpartition("/")[2])
        for digest in self._files(asked["calls"]):
            answer = self.client.post("/file/content", json={"project_id": self.name, "digest": digest})
            asked[f"file {digest}"] = base64.b64encode(answer.read()).decode() if answer.status_code == 200 else None
        if self.weft:
            asked |= self._more_answers(asked["calls"])
        return asked

    def _more_answers(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        runs = [call["id"] for call in calls if "Evaluation.evaluate" in call["op_name"]]
        known = {"project_id": self.name}
        return {
            "tags": self.client.get("/tags", params=known).json(),
            "aliases": self.client.get("/aliases", params=known).json(),
            "labelled": self.ok("/objs/query", include_tags_and_aliases=True)["objs"],
            "retention": self.ok("/project/ttl_settings/read"),
            "sources": self.ok("/dataset_sources/query", dataset_object_id="data"),
            "agents": self.ok("/agents/query"),
            "spans": self.ok("/agents/spans/query", include_details=True),
            "threads": self.ok("/threads/stream_query"),
            "tasks": self.client.get("/weft/v1/scoring/tasks", params=known).json(),
            "jobs": self.client.get("/weft/v1/scoring/jobs", params=known).json(),
            "results": [
                self.client.post(f"/v2/{self.name}/eval_results/query", json={"evaluation_run_ids": runs}).json()
            ],
        }

    def _table(self, rows: list[Any]) -> str:
        return str(self.ok("/table/create", table={"project_id": self.name, "rows": rows})["digest"])

    def _object(self, object_id: str, val: Any) -> str:
        given = {"project_id": self.name, "object_id": object_id, "val": val}
        answer = self.client.post("/obj/create", json={"obj": given})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["digest"])

    def _call(self, number: int, dataset: str) -> str:
        custom = {
            "_type": "CustomWeaveType",
            "weave_type": {"type": "bytes"},
            "files": {"content": self._file(f"bytes {number}".encode() + b"\x00\xff")},
        }
        inputs = {
            "n": number,
            "dataset": dataset,
            "big": 10**25,
            "custom": custom,
            "as text": json.dumps({"ref": dataset}),
        }
        moment = f"2026-01-01T00:00:{number // 3:02}.123456Z"
        call_id, trace_id = new_id(), new_id()
        start = {
            "project_id": self.name, "id": call_id, "trace_id": trace_id, "op_name": self.ref("op/answer:abc"),
            "started_at": moment, "attributes": {"weird.key": [1, None, "ü"]}, "inputs": inputs,
            "thread_id": "thread", "turn_id": call_id, "wb_run_step": number,
        }  # fmt: skip
        self.ok("/call/start", start=start)
        if number % 4:
            summary = {"usage": {"m": {"prompt_tokens": 3, "completion_tokens": 1, "requests": 1}}, "mine": number}
            end = {"ended_at": "2026-01-01T00:01:00Z", "output": {"said": "yes", "ref": dataset}, "summary": summary}
            self.ok("/call/end", end={"project_id": self.name, "id": call_id, **end})
        if number == 1:
            self.ok("/call/update", call_id=call_id, display_name="Shown")
        return call_id

    def _file(self, content: bytes) -> str:
        answer = self.client.post("/file/create", data={"project_id": self.name}, files={"file": ("x", content)})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["digest"])

    def _feedback(self, calls: list[str], scorer: str) -> None:
        for number, call_id in enumerate(calls[:6]):
            about = {"weave_ref": self.ref(f"call/{call_id}"), "creator": f"user {number}"}
            if number % 2:
                self.ok("/feedback/create", feedback_type="wandb.reaction.1", payload={"emoji": "👍"}, **about)
            else:
                ran = {"runnable_ref": scorer, "call_ref": self.ref(f"call/{calls[7]}")}
                self.ok(
                    "/feedback/create", feedback_type="wandb.runnable.scorer", payload={"output": 1.5}, **about, **ran
                )

    def _queue(self, calls: list[str]) -> None:
        queue = self.ok("/annotation_queues", name="Reviews", description="d", scorer_refs=[])["id"]
        self.ok(f"/annotation_queues/{queue}/items", call_ids=calls[1:4], display_fields=["inputs.n"])
        items = self.ok(f"/annotation_queues/{queue}/items/query")["items"]
        path = f"/annotation_queues/{queue}/items/{items[0]['id']}/progress"
        self.ok(path, annotation_state="in_progress")
        self.ok(path, annotation_state="completed")

    def _labels(self, digest: str) -> None:
        if self.weft:
            known = {"project_id": self.name}
            self.client.put(f"/objs/scorer/versions/{digest}/tags", json={**known, "tags": ["good"]}).raise_for_status()
            aliases = {**known, "digest": digest, "aliases": ["stable"]}
            self.client.put("/objs/scorer/aliases", json=aliases).raise_for_status()

    def _link(self, calls: list[str]) -> None:
        sources = [{"source_kind": "call", "source_id": calls[0], "source_trace_id": ""}]
        links = [{"row_digest": "r1", "sources": sources}]
        self.ok("/dataset_sources/link", dataset_object_id="data", dataset_digest="d", links=links)

    def _evaluation(self) -> None:
        base = f"/v2/{self.name}"
        evaluation, model = self.ref("object/E:d1"), self.ref("object/M:d1")
        run = self.ok(f"{base}/evaluation_runs", evaluation=evaluation, model=model)["evaluation_run_id"]
        for number in range(2):
            predicted = {"model": model, "inputs": {"q": number}, "output": "out"}
            made = self.ok(f"{base}/predictions", **predicted, evaluation_run_id=run)["prediction_id"]
            score = {"prediction_id": made, "scorer": self.ref("object/s:d1"), "value": number}
            self.ok(f"{base}/scores", **score, evaluation_run_id=run)
            self.ok(f"{base}/predictions/{made}/finish")
        self.ok(f"{base}/evaluation_runs/{run}/finish")

    def _spans(self) -> None:
        sent = request(*(span(f"step {n}", attributes=AGENT) for n in range(3))).SerializeToString()
        headers = {"project_id": self.name, "content-type": "application/x-protobuf"}
        answer = self.client.post("/agents/otel/v1/traces", content=sent, headers=headers)
        assert answer.status_code == 200, answer.text

    @staticmethod
    def _files(calls: list[dict[str, Any]]) -> list[str]:
        held = [call["inputs"].get("custom") for call in calls]
        return [value["files"]["content"] for value in held if isinstance(value, dict) and "files" in value]
