"""`weave.Evaluation` with function and class scorers, trials, failing rows and a second model, read back with the SDK.

What the server must hold afterwards is checked over HTTP by `test_stored_evaluations.py` from the reported ids.
"""

from __future__ import annotations

import asyncio
import os

import weave
from checking import eventually, exactly, report

client = weave.init(os.environ["PROJECT"])

ROWS = [
    {"question": "2 + 2", "expected": "4"},
    {"question": "3 * 3", "expected": "9"},
    {"question": "10 - 7", "expected": "3"},
]


class Calculator(weave.Model):
    mistakes: bool = False

    @weave.op
    def predict(self, question: str) -> dict:
        answer = eval(question, {"__builtins__": {}})
        return {"answer": str(answer + 1 if self.mistakes else answer), "length": len(question)}


@weave.op
def exact_match(expected: str, output: dict) -> bool:
    return output["answer"] == expected


class Closeness(weave.Scorer):
    scale: float = 1.0

    @weave.op
    def score(self, expected: str, output: dict) -> dict:
        distance = abs(int(expected) - int(output["answer"])) * self.scale
        return {"distance": distance, "close": distance <= 1}

    @weave.op
    def summarize(self, score_rows: list) -> dict:
        return {"worst": max(float(row["distance"]) for row in score_rows), "rows": len(score_rows)}


dataset = weave.Dataset(name="sums", rows=ROWS)
dataset_ref = weave.publish(dataset)
evaluation = weave.Evaluation(
    name="arithmetic",
    dataset=dataset,
    scorers=[exact_match, Closeness(name="closeness", scale=2.0)],
    trials=2,
    evaluation_name="arithmetic, with names and a comma",
)


def good_and_bad_models() -> dict:
    good = Calculator(name="calculator")
    bad = Calculator(name="calculator", mistakes=True)
    good_summary = asyncio.run(evaluation.evaluate(good))
    bad_summary = asyncio.run(evaluation.evaluate(bad))
    assert good_summary["exact_match"] == {"true_count": 6, "true_fraction": 1.0}, good_summary
    assert good_summary["closeness"] == {"worst": 0.0, "rows": 6}, good_summary
    assert bad_summary["exact_match"] == {"true_count": 0, "true_fraction": 0.0}, bad_summary
    assert bad_summary["closeness"] == {"worst": 2.0, "rows": 6}
    assert good_summary["output"]["length"]["mean"] == sum(len(row["question"]) for row in ROWS) / 3
    client.flush()
    runs = exactly(2, evaluation.get_evaluate_calls)
    assert [run.output["exact_match"]["true_fraction"] for run in runs] == [1.0, 0.0]
    assert [run.inputs["model"].mistakes for run in runs] == [False, True]
    assert {run.display_name for run in runs} == {"arithmetic, with names and a comma"}
    return {
        "runs": [run.id for run in runs],
        "models": [weave.publish(model).uri() for model in (good, bad)],
        "summaries": [good_summary, bad_summary],
    }


def failing_rows() -> dict:
    """A row on which the model fails ends its prediction as an error and the evaluation goes on."""

    @weave.op
    def brittle(question: str) -> dict:
        if "*" in question:
            raise ValueError("cannot multiply")
        return {"answer": "4", "length": 0}

    fragile = weave.Evaluation(dataset=ROWS, scorers=[exact_match])
    summary = asyncio.run(fragile.evaluate(brittle))
    assert summary["exact_match"]["true_count"] == 1, summary
    client.flush()
    (run,) = eventually(lambda: list(fragile.get_evaluate_calls()))
    predicted = exactly(3, lambda: calls_below(run, "brittle"))
    assert sorted("cannot multiply" in (call.exception or "") for call in predicted) == [False, False, True]
    assert run.exception is None
    # The client takes the last call of the trace for the summary: true only while no scorer has an op to summarize.
    assert eventually(lambda: len(fragile.get_score_calls()[run.trace_id]) == 2)
    assert sorted(fragile.get_scores()[run.trace_id]["exact_match"]) == [False, True]
    return {"run": run.id}


def calls_below(run, op: str) -> list:
    calls = client.get_calls(filter={"trace_ids": [run.trace_id]})
    return [call for call in calls if f"/op/{op}:" in call.op_name]


compared = good_and_bad_models()
report(
    evaluation=weave.publish(evaluation).uri(),
    dataset=dataset_ref.uri(),
    compared=compared,
    failing=failing_rows(),
)
