"""Evaluations and datasets as the official SDK publishes them, and a client that has the server run them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.scoring_objects import ScoringClient, judge, judge_model

JUDGE_PROMPT = "JUDGE {output} {expected}"


class EvaluationClient(ScoringClient):
    """Publishes evaluations and asks for runs of them."""

    def dataset(self, rows: Sequence[Any], name: str = "Dataset") -> str:
        """Publish a dataset; its ref."""
        table = self.post("/table/create", {"table": {"project_id": self.project, "rows": list(rows)}})["digest"]
        value = {
            "_type": "Dataset", "_class_name": "Dataset", "_bases": ["Object", "BaseModel"], "name": None,
            "description": None, "rows": f"weave:///{self.project}/table/{table}",
        }  # fmt: skip
        return self.publish(name, value)

    def evaluation(self, dataset: Any, scorers: Sequence[str], **fields: Any) -> str:
        """Publish an evaluation; its ref."""
        value = {
            "_type": "Evaluation", "_class_name": "Evaluation", "_bases": ["Object", "BaseModel"], "name": "My Eval",
            "description": None, "dataset": dataset, "scorers": list(scorers), "trials": 1, "evaluation_name": None,
            "metadata": None, "preprocess_model_input": None, **fields,
        }  # fmt: skip
        return self.publish("My-Eval", value)

    def model(self, **params: Any) -> str:
        """Publish a model that answers text; its ref."""
        return self.publish("My-model", {**judge_model(**{"response_format": "text", **params}), "name": "My model"})

    def judge(self, name: str | None = "good", prompt: str = JUDGE_PROMPT, object_id: str = "judge") -> str:
        """Publish a judge that answers JSON; its ref."""
        model = self.publish("judge-model", judge_model(response_format="json_object"))
        return self.publish(object_id, judge(model, prompt, name=name))

    def evaluate(self, evaluation: str, model: str, status: int = 200) -> Any:
        """Ask for a run of an evaluation; the id it will have."""
        body = {"project_id": self.project, "evaluation_ref": evaluation, "model_ref": model}
        answer = self.post("/evaluations/evaluate_model", body, status)
        return answer.get("call_id", answer)

    def rescore(self, run_id: str, scorers: Sequence[str], status: int = 200) -> Any:
        """Ask for a run to be scored again; the id of the new run."""
        body = {"project_id": self.project, "source_evaluation_run_id": run_id, "scorer_refs": list(scorers)}
        answer = self.post("/evaluations/rescore", body, status)
        return answer.get("evaluation_run_id", answer)

    def status(self, run_id: str, status: int = 200) -> Any:
        """Where the run stands."""
        answer = self.post("/evaluations/status", {"project_id": self.project, "call_id": run_id}, status)
        return answer.get("status", answer)

    def children(self, parent_id: str | None) -> list[dict[str, Any]]:
        """The calls right below a call, oldest first."""
        return [call for call in self.calls() if call["parent_id"] == parent_id]

    def called(self, call_id: str) -> dict[str, Any]:
        """The call of that id."""
        (found,) = self.calls(call_ids=[call_id])
        return found


def op_of(call: dict[str, Any]) -> str:
    """The name of a call's op."""
    name: str = call["op_name"]
    return name.rpartition("/")[2].partition(":")[0]
