"""`EvaluationLogger`: predictions and scores logged one by one, in every form the client offers."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable

import weave
from checking import eventually, exactly, report

Check = Callable[[], dict]

client = weave.init(os.environ["PROJECT"])

ROWS = [{"text": "good"}, {"text": "bad"}, {"text": "fine"}]


def calls_of_run(trace_id: str, count: int) -> list:
    return exactly(count, lambda: client.get_calls(filter={"trace_ids": [trace_id]}))


def run_named(name: str):
    runs = client.get_calls(query={"$expr": {"$eq": [{"$getField": "display_name"}, {"$literal": name}]}})
    return eventually(lambda: [run for run in runs if run.ended_at])[0]


def plain_run() -> Check:
    logger = weave.EvaluationLogger(
        name="plain run",
        model={"name": "sentiment-model", "revision": 3},
        dataset=ROWS,
        eval_attributes={"branch": "main"},
    )
    for number, row in enumerate(ROWS):
        prediction = logger.log_prediction(inputs=row, output={"label": row["text"][0], "number": number})
        prediction.log_score("is_short", len(row["text"]) < 4)
        prediction.log_score("length", len(row["text"]))
        prediction.log_score("detail", {"vowels": {"count": number}})
        prediction.finish()
    logger.log_summary({"note": "all logged"})

    def check() -> dict:
        run = run_named("plain run")
        assert run.output["output"]["note"] == "all logged", run.output
        assert run.output["is_short"] == {"true_count": 1, "true_fraction": 1 / 3}, run.output
        assert run.output["length"]["mean"] == 11 / 3
        assert run.output["detail"] == {"vowels": {"count": {"mean": 1.0}}}
        assert run.attributes["branch"] == "main"
        assert run.inputs["model"].revision == 3
        # 1 run, 3 times (predict_and_score, predict, 3 scores), 1 summarize
        calls = calls_of_run(run.trace_id, 17)
        scores = [call for call in calls if "/op/length:" in call.op_name]
        assert [call.output for call in scores] == [4, 3, 4], [call.output for call in scores]
        return {"run": run.id, "trace": run.trace_id}

    return check


def run_with_contexts() -> Check:
    """Outputs and scores set inside `with` blocks, where nested ops become children of what is open."""

    @weave.op
    def think(text: str) -> str:
        return text[::-1]

    logger = weave.EvaluationLogger(name="contexts", model="context-model", dataset="context-dataset")
    with logger.log_prediction(inputs=ROWS[0]) as prediction:
        prediction.output = think(ROWS[0]["text"])
        prediction.log_score("backwards", True)
        with prediction.log_score("reversed") as score:
            score.value = think(prediction.output) == ROWS[0]["text"]
    with logger.log_prediction(inputs=ROWS[1]) as prediction:
        prediction.output = None
        with prediction.log_score("reversed") as score:
            score.value = False
    logger.log_summary()

    def check() -> dict:
        run = run_named("contexts")
        assert run.output["reversed"] == {"true_count": 1, "true_fraction": 0.5}, run.output
        assert run.output["backwards"]["true_count"] == 1
        # 1 run, 2 times (predict_and_score, predict), 3 scores, 2 thoughts, 1 summarize
        calls = {call.id: call for call in calls_of_run(run.trace_id, 11)}
        parents = [calls[call.parent_id].op_name for call in calls.values() if "/op/think:" in call.op_name]
        assert ["/op/Model.predict:" in parent for parent in parents] == [True, False], parents
        return {"run": run.id, "trace": run.trace_id}

    return check


def run_without_score_calls() -> Check:
    logger = weave.EvaluationLogger(name="untraced scores", model="m", dataset="d", trace_scores=False)
    prediction = logger.log_prediction(inputs=ROWS[0], output="o")
    prediction.log_score("quality", 0.25)
    prediction.finish()
    logger.log_summary()

    def check() -> dict:
        run = run_named("untraced scores")
        assert run.output["quality"]["mean"] == 0.25
        calls = calls_of_run(run.trace_id, 4)
        assert not [call for call in calls if "quality" in call.op_name]
        (scored,) = (call for call in calls if "predict_and_score" in call.op_name)
        assert scored.output["scores"] == {"quality": 0.25}
        return {"run": run.id}

    return check


def example_in_one_go() -> Check:
    logger = weave.EvaluationLogger(name="examples", model="m", dataset="d")
    logger.log_example(inputs={"q": 1}, output=2, scores={"right": True, "margin": 0.5})
    logger.log_summary({"done": True})

    def check() -> dict:
        run = run_named("examples")
        assert run.output["margin"]["mean"] == 0.5
        assert run.output["right"]["true_count"] == 1
        return {"run": run.id}

    return check


def run_that_breaks_off() -> Check:
    broken = weave.EvaluationLogger(name="broken off", model="m", dataset="d")
    broken.log_prediction(inputs={"q": 1}, output=2).finish()
    broken.fail(RuntimeError("the network went away"))

    def check() -> dict:
        run = run_named("broken off")
        assert "the network went away" in run.exception
        assert run.summary["weave"]["status"] == "error"
        return {"run": run.id}

    return check


scenarios = [plain_run, run_with_contexts, example_in_one_go, run_that_breaks_off]
if "trace_scores" in inspect.signature(weave.EvaluationLogger).parameters:  # came with 0.53
    scenarios.append(run_without_score_calls)
checks = {scenario.__name__: scenario() for scenario in scenarios}
client.flush()
report(**{name: check() for name, check in checks.items()})
