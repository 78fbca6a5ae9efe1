"""Stories of evaluation runs, predictions, scores and their results."""

from __future__ import annotations

from typing import Any

from tests.contract.differential.telling import Teller, at, chosen_id


def eval_standalone(tell: Teller) -> None:
    """A prediction and a score of no run."""
    for label, output in {
        "text": "o",
        "null": None,
        "number": 1.5,
        "object": {"a": [1]},
        "list": [],
        "bool": True,
    }.items():
        body = {"model": tell.ref("object", "m:d"), "inputs": {"q": label}, "output": output}
        prediction = _made(tell, f"predict {label}", "prediction", "/predictions", body)
        tell.v2(f"read {label}", "GET", f"/predictions/{prediction}")
        tell.v2(f"finish {label}", "POST", f"/predictions/{prediction}/finish")
        score = _made(
            tell,
            f"score {label}",
            "score",
            "/scores",
            {"prediction_id": prediction, "scorer": tell.ref("object", "s:d"), "value": output},
        )
        tell.v2(f"read score {label}", "GET", f"/scores/{score}")
    tell.post("calls", "/calls/stream_query", {"columns": ["op_name", "inputs", "parent_id"]})
    tell.post("feedback", "/feedback/query", {"sort_by": [{"field": "created_at", "direction": "asc"}]})


def eval_loop(tell: Teller) -> None:
    """The documented order: run, predictions, scores, finishes; then every way to read it."""
    run = _made(
        tell,
        "run",
        "run",
        "/evaluation_runs",
        {"evaluation": tell.ref("object", "e:d"), "model": tell.ref("object", "m:d")},
    )
    tell.v2("read running", "GET", f"/evaluation_runs/{run}")
    values: list[tuple[Any, Any]] = [(0.5, True), (1.5, False), (1.0, True)]
    for number, (accuracy, good) in enumerate(values, 1):
        body = {
            "model": tell.ref("object", "m:d"),
            "inputs": {"q": number},
            "output": float(number),
            "evaluation_run_id": run,
        }
        prediction = _made(tell, f"predict {number}", f"prediction {number}", "/predictions", body)
        for name, value in (("acc", accuracy), ("good", good)):
            body = {
                "prediction_id": prediction,
                "scorer": tell.ref("object", f"{name}:d"),
                "value": value,
                "evaluation_run_id": run,
            }
            score = _made(tell, f"score {number} {name}", f"score {number} {name}", "/scores", body)
            tell.v2(f"read score {number} {name}", "GET", f"/scores/{score}")
        tell.v2(f"read prediction {number}", "GET", f"/predictions/{prediction}")
        tell.v2(f"finish {number}", "POST", f"/predictions/{prediction}/finish")
    _lists(tell, run)
    tell.v2("finish run", "POST", f"/evaluation_runs/{run}/finish", {"summary": {"own": {"x": 1}}})
    tell.v2("read run", "GET", f"/evaluation_runs/{run}")
    tell.v2("list runs", "GET", "/evaluation_runs")
    tell.post("calls", "/calls/stream_query", {})
    tell.post("feedback", "/feedback/query", {"sort_by": [{"field": "created_at", "direction": "asc"}]})
    for label, options in {
        "results": {},
        "summary": {"include_summary": True},
        "summary only": {"include_rows": False, "include_summary": True},
        "raw rows": {"include_raw_data_rows": True},
        "without children": {"include_predict_and_score_children": False},
    }.items():
        tell.v2(label, "POST", "/eval_results/query", {"evaluation_run_ids": [run], **options})


def eval_sdk_results(tell: Teller) -> None:
    """Results of calls laid out as an SDK does, sorted and filtered by fields."""
    rows = tell.post(
        "rows",
        "/table/create",
        {"table": {"project_id": tell.project, "rows": [{"q": n, "t": f"t{n}"} for n in range(4)]}},
    )
    batch = [_evaluation(tell, 1), _evaluation(tell, 2)]
    for run in (1, 2):
        for number, row in enumerate(rows["row_digests"][: 5 - run]):
            batch += _trial(tell, run, number, row)
    tell.v2("calls", "POST", "/calls/complete", {"batch": batch})
    both = {"evaluation_call_ids": [chosen_id(1), chosen_id(2)]}
    one = {"evaluation_call_ids": [chosen_id(1)]}
    field, literal = (lambda name: {"$getField": name}), (lambda value: {"$literal": value})
    above = {"query": {"$expr": {"$gt": [field("scores.acc"), literal(0.2)]}}}
    for label, options in {
        "both": both,
        "one": one,
        "unknown": {"evaluation_call_ids": [chosen_id(900)]},
        "none": {},
        "empty": {"evaluation_call_ids": [], "evaluation_run_ids": []},
        "twice": {"evaluation_call_ids": [chosen_id(1)], "evaluation_run_ids": [chosen_id(1)]},
        "intersection": {**both, "require_intersection": True},
        "summary": {**both, "include_summary": True},
        "summary of intersection": {**both, "include_summary": True, "summary_require_intersection": True},
        "only summary": {**both, "include_summary": True, "include_rows": False},
        "raw": {**one, "include_raw_data_rows": True},
        "resolved": {**one, "include_raw_data_rows": True, "resolve_row_refs": True},
        "page": {**one, "limit": 2},
        "next page": {**one, "limit": 2, "offset": 2},
        "sorted": {**one, "sort_by": [{"field": "scores.acc", "direction": "desc"}]},
        "sorted up": {**one, "sort_by": [{"field": "scores.acc", "direction": "asc"}]},
        "sorted by output": {**one, "sort_by": [{"field": "output.output", "direction": "desc"}]},
        "sort by unknown": {**one, "sort_by": [{"field": "nope.x", "direction": "asc"}]},
        "filtered": {**one, "filters": [above]},
        "filtered and": {
            **one,
            "filters": [above, {"query": {"$expr": {"$eq": [field("scores.good"), literal(True)]}}}],
            "filter_logic_operator": "and",
        },
        "without children": {**one, "include_predict_and_score_children": False},
    }.items():
        tell.v2(label, "POST", "/eval_results/query", options)


def eval_refusals(tell: Teller) -> None:
    """What does not exist, and bodies that fit no schema."""
    model, scorer = tell.ref("object", "m:d"), tell.ref("object", "s:d")
    prediction = _made(tell, "predict", "prediction", "/predictions", {"model": model, "inputs": {}, "output": 1})
    for path in ("evaluation_runs", "predictions", "scores"):
        tell.v2(f"unknown {path}", "GET", f"/{path}/{chosen_id(900)}")
        tell.v2(f"delete unknown {path}", "DELETE", f"/{path}", params={_key(path): [chosen_id(900)]})
        tell.v2(f"delete nothing {path}", "DELETE", f"/{path}")
        tell.v2(f"empty {path}", "POST", f"/{path}", {})
        tell.v2(f"negative {path}", "GET", f"/{path}", params={"limit": -1})
        tell.v2(f"list {path}", "GET", f"/{path}", params={"limit": 0})
    for label, body in {
        "output missing": {"model": model, "inputs": {}},
        "inputs no object": {"model": model, "inputs": [], "output": 1},
        "unknown run": {"model": model, "inputs": {}, "output": 1, "evaluation_run_id": chosen_id(900)},
        "model is no ref": {"model": "gpt-x", "inputs": {}, "output": 1},
        "model without version": {"model": tell.ref("object", "m"), "inputs": {}, "output": 1},
        "op as model": {"model": tell.ref("op", "m:d"), "inputs": {}, "output": 1},
        "spans": {"model": model, "inputs": {}, "output": 1, "genai_span_ref": [{"trace_id": "t", "span_id": "s"}]},
        "bad spans": {"model": model, "inputs": {}, "output": 1, "genai_span_ref": [{"trace_id": "t"}]},
        "unknown key": {"model": model, "inputs": {}, "output": 1, "wb_user_id": "someone", "junk": 1},
    }.items():
        tell.v2(f"prediction {label}", "POST", "/predictions", body)
    for label, body in {
        "unknown prediction": {"prediction_id": chosen_id(900), "scorer": scorer, "value": 1},
        "no ref": {"prediction_id": prediction, "scorer": "x", "value": 1},
        "op": {"prediction_id": prediction, "scorer": tell.ref("op", "s:d"), "value": 1},
        "value missing": {"prediction_id": prediction, "scorer": scorer},
    }.items():
        tell.v2(f"score {label}", "POST", "/scores", body)
    tell.v2("finish unknown prediction", "POST", f"/predictions/{chosen_id(900)}/finish")
    tell.v2("finish unknown run", "POST", f"/evaluation_runs/{chosen_id(900)}/finish", {})
    tell.v2("results of bad ids", "POST", "/eval_results/query", {"evaluation_call_ids": "x"})


def eval_deleted(tell: Teller) -> None:
    """Deleting each kind of thing."""
    run = _made(
        tell,
        "run",
        "run",
        "/evaluation_runs",
        {"evaluation": tell.ref("object", "e:d"), "model": tell.ref("object", "m:d")},
    )
    body = {"model": tell.ref("object", "m:d"), "inputs": {"q": 1}, "output": 1, "evaluation_run_id": run}
    prediction = _made(tell, "predict", "prediction", "/predictions", body)
    value = {"prediction_id": prediction, "scorer": tell.ref("object", "s:d"), "value": 1, "evaluation_run_id": run}
    score = _made(tell, "score", "score", "/scores", value)
    tell.v2("delete score", "DELETE", "/scores", params={"score_ids": [score]})
    tell.v2("read score", "GET", f"/scores/{score}")
    tell.v2("delete prediction", "DELETE", "/predictions", params={"prediction_ids": [prediction]})
    tell.v2("read prediction", "GET", f"/predictions/{prediction}")
    tell.v2("delete run", "DELETE", "/evaluation_runs", params={"evaluation_run_ids": [run]})
    tell.v2("read run", "GET", f"/evaluation_runs/{run}")


def _lists(tell: Teller, run: str) -> None:
    for path in ("predictions", "scores"):
        for label, params in {
            "all": {},
            "of run": {"evaluation_run_id": run},
            "of none": {"evaluation_run_id": chosen_id(900)},
            "two": {"limit": 2},
            "next": {"limit": 2, "offset": 1},
            "from": {"offset": 1},
        }.items():
            tell.v2(f"list {path} {label}", "GET", f"/{path}", params=params)
    for label, params in {
        "all": {},
        "of evaluation": {"evaluations": [tell.ref("object", "e:d")]},
        "of model": {"models": [tell.ref("object", "m:d"), tell.ref("object", "x:d")]},
        "of other": {"models": [tell.ref("object", "x:d")]},
        "by id": {"evaluation_run_ids": [run]},
    }.items():
        tell.v2(f"list runs {label}", "GET", "/evaluation_runs", params=params)


def _evaluation(tell: Teller, number: int) -> dict[str, Any]:
    inputs = {"self": tell.ref("object", "e:d"), "model": tell.ref("object", f"M{number}:d")}
    return _call(tell, number, number, tell.ref("op", "Evaluation.evaluate:x"), inputs, {"acc": {"mean": 1}})


def _trial(tell: Teller, run: int, number: int, row: str) -> list[dict[str, Any]]:
    base = 100 * run + 10 * number
    example = tell.ref("object", f"ds:abc/attr/rows/id/{row}")
    model = tell.ref("object", f"M{run}:d")
    output = {
        "output": number * 1.5,
        "scores": {"acc": number / 4, "good": number % 2 == 0, "many": {"x": number, "t": "s"}},
        "model_latency": {"mean": 0.5},
    }
    own = {"parent_id": chosen_id(run)}
    below = {"parent_id": chosen_id(base)}
    usage = {"usage": {"gpt": {"total_tokens": 5}}}
    return [
        _call(
            tell,
            base,
            run,
            tell.ref("op", "Evaluation.predict_and_score:x"),
            {"self": "e", "model": model, "example": example},
            output,
            **own,
        ),
        _call(
            tell,
            base + 1,
            run,
            tell.ref("op", f"M{run}.predict:x"),
            {"self": model, "q": 1},
            number,
            summary=usage,
            **below,
        ),
        _call(
            tell,
            base + 2,
            run,
            tell.ref("op", "acc.score:x"),
            {"output": 1},
            number / 4,
            attributes={"weave": {"score": "true"}},
            **below,
        ),
    ]


def _call(tell: Teller, number: int, trace: int, op_name: str, inputs: Any, output: Any, **more: Any) -> dict[str, Any]:
    return {
        "project_id": tell.project,
        "id": chosen_id(number),
        "trace_id": chosen_id(trace),
        "op_name": op_name,
        "started_at": at(number),
        "ended_at": at(number + 2),
        "attributes": {},
        "inputs": inputs,
        "output": output,
        "summary": {},
        **more,
    }


def _key(path: str) -> str:
    return f"{path.removesuffix('s')}_ids"


def _made(tell: Teller, step: str, name: str, path: str, body: dict[str, Any]) -> str:
    answer = tell.v2(step, "POST", path, body)
    (made,) = answer.values()
    tell.name(made, name)
    tell.note_again()
    return str(made)
