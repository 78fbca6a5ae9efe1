"""Lists of evaluation runs with the figures of their summaries, cheap whatever the size of the runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from weft.core import jsontext
from weft.core.identity import Project
from weft.core.refs import OpRef
from weft.domain.call_lists import any_among
from weft.domain.costs import costs_of, tokens_of
from weft.domain.eval_headlines import Headline, headlines
from weft.domain.eval_trials import load_trials
from weft.domain.evaluation_calls import (
    EVALUATE,
    PREDICT_AND_SCORE_NAMES,
    evaluation_ref_of,
    model_ref_of,
    object_of,
    output_of,
    status_of,
)
from weft.domain.evaluation_datasets import datasets_of, name_of, shown_ref
from weft.domain.evaluation_runs import run_results
from weft.domain.previews import MOST_BYTES, fitting, preview
from weft.domain.prices import price_source
from weft.domain.summary_maths import as_number
from weft.schemas.eval_run_lists import (
    EvaluationRunFacets,
    EvaluationRunItem,
    EvaluationRunListReq,
    EvaluationRunListRes,
    Facet,
    HeadlineMetric,
)
from weft.storage.entities.objects import ObjectSelection
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.events.trial_counts import trial_counts
from weft.storage.stores import Stores

MOST_METRICS = 20
MOST_NAMES = 100
_FACET_RUNS = 1000
_MOST_FACETS = 100
# Runs without a summary of their own are summed up from their trials, as long as all of them have no more than these.
_SUMMED_TRIALS = 2000
_EVALUATION_PLACES = ("attributes.weave.evaluation", "inputs.self", "inputs.this")
_MODEL_PLACES = ("attributes.weave.model", "inputs.model")
_FACET_COLUMNS = ("id", "started_at", "inputs", "attributes")


def list_runs(stores: Stores, project: Project, body: EvaluationRunListReq) -> EvaluationRunListRes:
    """A page of runs, newest first, whoever made them."""
    selection = _selection(stores, project, body)
    answer = EvaluationRunListRes(runs=[], metric_names=[], total=0, next_offset=None)
    if selection is not None:
        answer.total = stores.call_queries.count(selection)
        page = replace(selection, limit=body.limit, offset=body.offset)
        calls = list(stores.call_queries.select(page)) if body.limit else []
        answer.runs = fitting(_items(stores, project, calls), MOST_BYTES - 70_000)
    names = dict.fromkeys(metric.name for run in answer.runs for metric in run.metrics)
    answer.metric_names = list(names)[:MOST_NAMES]
    reached = body.offset + len(answer.runs)
    answer.next_offset = reached if answer.runs and reached < answer.total else None
    if body.include_facets:
        answer.facets = _facets(stores, project)
    return answer


def roots_of(project: Project) -> CallFilter:
    """The filter that lets the roots of evaluations pass."""
    return CallFilter(op_names=[EVALUATE, OpRef(project.id, EVALUATE, "*").uri()])


def of_evaluations(refs: Iterable[str]) -> dict[str, Any]:
    """The condition that a root is of one of the evaluations; the version may be `*`."""
    refs = list(refs)
    exact = [ref for ref in refs if not ref.endswith(":*")]
    conditions = [any_among(_EVALUATION_PLACES, exact)] if exact else []
    for ref in refs:
        if ref.endswith(":*"):
            conditions += [_starts_with(place, ref[:-1]) for place in _EVALUATION_PLACES]
    return conditions[0] if len(conditions) == 1 else {"$or": conditions}


def _starts_with(place: str, prefix: str) -> dict[str, Any]:
    # The language has no test for beginnings; a ref with its colon occurs nowhere else in these places.
    return {"$contains": {"input": {"$getField": place}, "substr": {"$literal": prefix}}}


def _selection(stores: Stores, project: Project, body: EvaluationRunListReq) -> CallSelection | None:
    """Which roots; None when no evaluation is about one of the datasets."""
    conditions = []
    if body.datasets:
        evaluations = _evaluations_about(stores, project, body.datasets)
        if not evaluations:
            return None
        conditions.append(of_evaluations(evaluations))
    if body.evaluations:
        conditions.append(of_evaluations(body.evaluations))
    if body.models:
        conditions.append(any_among(_MODEL_PLACES, body.models))
    query = {"$expr": {"$and": conditions}} if conditions else None
    order = [("started_at", "desc"), ("id", "desc")]
    return CallSelection(project_id=project.id, filter=roots_of(project), query=query, sort=order)


def _evaluations_about(stores: Stores, project: Project, datasets: Sequence[str]) -> list[str]:
    exact = {ref for ref in datasets if not ref.endswith(":*")}
    prefixes = tuple(ref[:-1] for ref in datasets if ref.endswith(":*"))
    selection = ObjectSelection(project.id, base_object_classes=["Evaluation"])
    found = []
    for version in stores.objects.select(selection):
        dataset = object_of(version.val).get("dataset")
        if isinstance(dataset, str) and (dataset in exact or dataset.startswith(prefixes or ("\0",))):
            found.append(f"weave-trace-internal:///{project.id}/object/{version.object_id}:{version.digest}")
    return found


@dataclass(frozen=True, slots=True)
class _Summary:
    source: str
    metrics: Sequence[Headline]
    latency: float | None


def _items(stores: Stores, project: Project, roots: Sequence[Call]) -> list[EvaluationRunItem]:
    datasets = datasets_of(stores, project.id, [evaluation_ref_of(root) for root in roots])
    counts = trial_counts(stores.calls.engine, project.id, [root.id for root in roots], PREDICT_AND_SCORE_NAMES)
    summaries = {root.id: _stored(root) for root in roots}
    summaries |= _from_trials(stores, project, [one for one in roots if not summaries[one.id].metrics], counts)
    prices = price_source(stores, project.id)
    items = []
    for root in roots:
        summary, evaluation = summaries[root.id], evaluation_ref_of(root)
        usage = object_of(object_of(jsontext.loads(root.summary)).get("usage"))
        costs = costs_of(usage, root.started_at, prices)
        items.append(
            EvaluationRunItem.model_validate(
                {
                    "run_id": root.id,
                    "name": name_of(root.display_name),
                    "model_ref": shown_ref(model_ref_of(root)),
                    "model_name": name_of(model_ref_of(root)),
                    "evaluation_ref": shown_ref(evaluation),
                    "evaluation_name": name_of(evaluation),
                    "dataset_ref": shown_ref(datasets.get(evaluation)),
                    "dataset_name": name_of(datasets.get(evaluation)),
                    "status": status_of(root),
                    "started_at": root.started_at,
                    "finished_at": root.ended_at,
                    "duration_seconds": (root.ended_at - root.started_at).total_seconds() if root.ended_at else None,
                    "trial_count": counts.get(root.id, 0),
                    "metrics": [_shown(one) for one in summary.metrics[:MOST_METRICS]],
                    "metrics_omitted": max(0, len(summary.metrics) - MOST_METRICS),
                    "summary_from": summary.source,
                    "latency": summary.latency,
                    "tokens": _tokens(usage) if usage else None,
                    "cost": sum(_total(cost) for cost in costs.values()) if costs else None,
                }
            )
        )
    return items


def _shown(one: Headline) -> HeadlineMetric:
    return HeadlineMetric.model_validate({"name": one.name, "kind": one.kind, "value": one.value, "n": one.count})


def _stored(root: Call) -> _Summary:
    output = object_of(output_of(root))
    noted = object_of(output.get("model_latency")).get("mean")
    found = headlines({key: value for key, value in output.items() if key not in ("model_latency", "output")})
    return _Summary("stored" if found else "none", found, as_number(noted))


def _from_trials(
    stores: Stores, project: Project, roots: Sequence[Call], counts: Mapping[str, int]
) -> dict[str, _Summary]:
    chosen: list[str] = []
    room = _SUMMED_TRIALS
    for root in roots:
        room -= counts.get(root.id, 0)
        if room >= 0 and root.id in counts:
            chosen.append(root.id)
    pairings: dict[str, list[Call]] = {}
    for trial in load_trials(stores, project.id, chosen) if chosen else ():
        pairings.setdefault(trial.root_id, []).append(trial.call)
    found = {}
    for run_id, calls in pairings.items():
        results = run_results([call for call in calls if call.ended_at is not None])
        results.pop("output", None)
        metrics = headlines(results)
        found[run_id] = _Summary("trials" if metrics else "none", metrics, None)
    return found


def _tokens(usage: Mapping[str, Any]) -> int:
    counted = [tokens_of(counts) for counts in usage.values() if isinstance(counts, Mapping)]
    return sum(one["total_tokens"] or one["prompt_tokens"] + one["completion_tokens"] for one in counted)


def _total(cost: Mapping[str, Any]) -> float:
    return float(sum(value for name, value in cost.items() if name.endswith("_total_cost")))


def _facets(stores: Stores, project: Project) -> EvaluationRunFacets:
    order = [("started_at", "desc"), ("id", "desc")]
    newest = CallSelection(project.id, roots_of(project), sort=order, limit=_FACET_RUNS, columns=_FACET_COLUMNS)
    roots = list(stores.call_queries.select(newest))
    evaluations = Counter(filter(None, map(evaluation_ref_of, roots)))
    by_evaluation = datasets_of(stores, project.id, evaluations)
    datasets = Counter(by_evaluation[ref] for root in roots if (ref := evaluation_ref_of(root)) in by_evaluation)
    return EvaluationRunFacets(
        datasets=_facet(datasets),
        models=_facet(Counter(filter(None, map(model_ref_of, roots)))),
        evaluations=_facet(evaluations),
        of_runs=len(roots),
    )


def _facet(counted: Counter[str]) -> list[Facet]:
    found = [
        Facet(ref=preview(ref, 1000), name=name_of(ref), runs=runs) for ref, runs in counted.most_common(_MOST_FACETS)
    ]
    return fitting(found, 10_000)
