"""The same loop without any SDK: an evaluation run, predictions, scores, feedback and scoring jobs as plain requests.

Each function is one or a few HTTP calls with the credentials that every Weave client sends. What is printed of them is
the business of `pages.py`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx

# The third model: rules a person wrote in five minutes, which is what a learned model has to beat.
_RULES = {
    "returns": r"return|refund",
    "billing": r"invoice|charge|price",
    "delivery": r"parcel|deliver",
    "account": r"account|password",
    "idea": r"would|please",
}
_RULES_SOURCE = '''import weave


@weave.op
def predict(text: str) -> dict:
    """Keyword rules; the demo program holds them and sends their predictions over HTTP."""
    raise RuntimeError("these rules run in the demo program")
'''


class WeftClient:
    """One project of a server."""

    def __init__(self, url: str, entity: str, project: str) -> None:
        self.project_id = f"{entity}/{project}"
        self.path = f"/v2/{self.project_id}"
        self._http = httpx.Client(base_url=url, auth=("api", "local" * 8), timeout=60)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """POST and return the parsed answer. Raises httpx.HTTPStatusError."""
        return self._answer(self._http.post(path, json=body))

    def get(self, path: str, **parameters: Any) -> Any:
        """GET and return the parsed answer. Raises httpx.HTTPStatusError."""
        return self._answer(self._http.get(path, params=parameters))

    def _answer(self, response: httpx.Response) -> Any:
        if response.is_error:
            raise httpx.HTTPStatusError(response.text, request=response.request, response=response)
        return response.json()

    def call_ref(self, call_id: str) -> str:
        """The ref of a call."""
        return f"weave:///{self.project_id}/call/{call_id}"


def predict_by_rules(text: str) -> dict[str, Any]:
    """The first rule that fits; `bug` when none does."""
    for topic, pattern in _RULES.items():
        if re.search(pattern, text, re.IGNORECASE):
            return {"topic": topic, "confidence": 1.0}
    return {"topic": "bug", "confidence": 1.0}


def evaluate_over_http(
    client: WeftClient, evaluation_ref: str, scorer_ref: str, rows: list[dict[str, Any]]
) -> tuple[str, dict[str, bool]]:
    """A whole evaluation run by plain requests; returns its id, and of each prediction whether it was right."""
    model = client.post(
        f"{client.path}/models",
        {"name": "keyword-rules", "source_code": _RULES_SOURCE, "attributes": {"rules": len(_RULES)}},
    )["model_ref"]
    run = client.post(f"{client.path}/evaluation_runs", {"evaluation": evaluation_ref, "model": model})
    run_id = run["evaluation_run_id"]
    predictions: dict[str, bool] = {}
    for row in rows:
        output = predict_by_rules(row["text"])
        body = {"model": model, "inputs": row, "output": output, "evaluation_run_id": run_id}
        prediction_id = client.post(f"{client.path}/predictions", body)["prediction_id"]
        value = {"correct": output["topic"] == row["topic"]}
        client.post(
            f"{client.path}/scores",
            {"prediction_id": prediction_id, "scorer": scorer_ref, "value": value, "evaluation_run_id": run_id},
        )
        client.post(f"{client.path}/predictions/{prediction_id}/finish", {})
        predictions[prediction_id] = value["correct"]
    client.post(f"{client.path}/evaluation_runs/{run_id}/finish", {"summary": {"made_by": "weft demo"}})
    return run_id, predictions


def compare(client: WeftClient, run_ids: list[str]) -> Any:
    """Every row of the runs beside each other, with the statistics of each run."""
    return client.post(
        f"{client.path}/eval_results/query",
        {"evaluation_run_ids": run_ids, "include_rows": True, "include_summary": True},
    )


def give_feedback(client: WeftClient, prediction_id: str) -> list[dict[str, Any]]:
    """One feedback of each everyday kind on one prediction; returns what is stored there."""
    spec = {"name": "right-topic", "field_schema": {"type": "string", "enum": ["right", "wrong", "unclear"]}}
    annotation = client.post(
        "/obj/create",
        {
            "obj": {
                "project_id": client.project_id,
                "object_id": "right-topic",
                "val": spec,
                "builtin_object_class": "AnnotationSpec",
            }
        },
    )
    target = client.call_ref(prediction_id)
    spec_ref = f"weave:///{client.project_id}/object/right-topic:{annotation['digest']}"
    for body in (
        {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👍"}},
        {"feedback_type": "wandb.note.1", "payload": {"note": "A person would have said the same."}},
        {
            "feedback_type": "wandb.annotation.right-topic",
            "payload": {"value": "right"},
            "annotation_ref": spec_ref,
        },
        {"feedback_type": "reading-time", "payload": {"seconds": 7.5}},
    ):
        client.post("/feedback/create", {"project_id": client.project_id, "weave_ref": target, **body})
    literal = {"$eq": [{"$getField": "weave_ref"}, {"$literal": target}]}
    found = client.post("/feedback/query", {"project_id": client.project_id, "query": {"$expr": literal}})
    return list(found["result"])


def score_later(client: WeftClient, call_ids: list[str], scorer_refs: list[str]) -> str:
    """Ask for the scores of stored calls; returns the id of the job that was made of it."""
    client.post("/calls/score", {"project_id": client.project_id, "call_ids": call_ids, "scorer_refs": scorer_refs})
    jobs = client.get("/weft/v1/scoring/jobs", project_id=client.project_id, limit=1)
    return str(jobs["jobs"][0]["id"])


def watch_job(client: WeftClient, job_id: str) -> Iterator[dict[str, Any]]:
    """The job's state, again and again until all its tasks have ended."""
    while True:
        job = client.get(f"/weft/v1/scoring/jobs/{job_id}", project_id=client.project_id)
        yield job
        if job["done"]:
            return
        time.sleep(0.1)


def tasks_of(client: WeftClient, job_id: str) -> list[dict[str, Any]]:
    """The tasks of a job: one per call and scorer, each with its state, attempts and times."""
    found = client.get("/weft/v1/scoring/tasks", project_id=client.project_id, job_id=job_id, limit=1000)
    return list(found["tasks"])


def scores_of(client: WeftClient, scorer: str, call_ids: list[str]) -> list[Any]:
    """What the named scorer said of the calls."""
    of_scorer = {"$eq": [{"$getField": "feedback_type"}, {"$literal": f"wandb.runnable.{scorer}"}]}
    of_calls = {"$in": [{"$getField": "weave_ref"}, [{"$literal": client.call_ref(one)} for one in call_ids]]}
    query = {"$expr": {"$and": [of_scorer, of_calls]}}
    found = client.post("/feedback/query", {"project_id": client.project_id, "query": query})
    return [row["payload"]["output"] for row in found["result"]]
