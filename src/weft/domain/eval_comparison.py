"""Comparing evaluation runs: the answer of /weft/v1/evaluations/compare.

The statistics are estimates.py's and paired_comparison.py's, the rows eval_comparison_rows.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weft.core.identity import Project
from weft.domain.compared_trials import ComparedTrials, load_compared
from weft.domain.estimates import Interval, estimate
from weft.domain.eval_comparison_rows import compared_rows
from weft.domain.eval_comparison_warnings import warnings_about
from weft.domain.eval_metrics import Direction, Metric, check_name, default_direction
from weft.domain.eval_trials import row_ref_of
from weft.domain.evaluation_calls import evaluation_ref_of, model_ref_of, status_of
from weft.domain.evaluation_datasets import datasets_of, name_of, shown_ref
from weft.domain.metric_directions import stored_directions
from weft.domain.paired_comparison import Comparison, compare, holm
from weft.domain.previews import MOST_BYTES, fitting, preview, size_of
from weft.schemas.eval_comparison import (
    MOST_METRICS,
    ComparedMetric,
    ComparedRun,
    Discordant,
    EvaluationsCompareReq,
    EvaluationsCompareRes,
    RunDifference,
    RunFigures,
    StatisticInterval,
)
from weft.storage.stores import Stores


def compare_runs(stores: Stores, project: Project, body: EvaluationsCompareReq) -> EvaluationsCompareRes:
    """The runs metric by metric and example by example.

    Raises NotFound for what is no run, InvalidRequest for unknown names of metrics, TooLarge for too many trials.
    """
    baseline = body.baseline or body.run_ids[0]
    names = None if body.metrics is None else [*body.metrics, *filter(None, [body.rows.metric])]
    for name in (*body.directions, *(names or ())):
        check_name(name)
    table = load_compared(stores, project, body.run_ids, names, with_scorers=body.include_metrics)
    metrics = table.found.chosen(body.metrics, MOST_METRICS)
    runs = runs_of(stores, project, table)
    answer = EvaluationsCompareRes(
        project_id=project.external,
        baseline=baseline,
        confidence=body.confidence,
        runs=runs,
        metrics=[],
        metric_names=[metric.name for metric in metrics],
        metrics_total=len(table.found.metrics),
        comparisons=0,
        warnings=[],
        rows=[],
        row_metric=body.rows.metric or next((metric.name for metric in metrics), None),
        total_rows=0,
        next_offset=None,
    )
    directions = Directions(stored_directions(stores, project), body.directions)
    if body.include_metrics:
        answer.metrics = _metrics(table, metrics, directions, baseline, body.confidence)
        answer.comparisons = sum(one.p_value is not None for metric in answer.metrics for one in metric.differences)
        answer.warnings = warnings_about(table, runs, answer.metrics, body.metrics is None)
    _add_rows(stores, project, table, body, answer, directions)
    return answer


def _add_rows(
    stores: Stores,
    project: Project,
    table: ComparedTrials,
    body: EvaluationsCompareReq,
    answer: EvaluationsCompareRes,
    directions: Directions,
) -> None:
    name = answer.row_metric
    lower = name is not None and directions.of(name)[0] == "lower"
    rows = compared_rows(table, answer.baseline, name, lower, body.rows)
    start = body.rows.offset
    page = rows.page(stores, project, answer.metric_names, start, start + body.rows.limit)
    answer.rows = fitting(page, MOST_BYTES - size_of(answer))
    answer.total_rows = len(rows)
    reached = start + len(answer.rows)
    answer.next_offset = reached if answer.rows and reached < len(rows) else None


class Directions:
    """Which way each metric is better, and who says so."""

    def __init__(self, stored: Mapping[str, Direction], asked: Mapping[str, Direction]) -> None:
        self._sources: Sequence[tuple[str, Mapping[str, Direction]]] = (("request", asked), ("stored", stored))

    def of(self, name: str) -> tuple[Direction, str]:
        """The direction of a metric and where it comes from."""
        for source, known in self._sources:
            if name in known:
                return known[name], source
        return default_direction(name), "default"


def runs_of(stores: Stores, project: Project, table: ComparedTrials) -> list[ComparedRun]:
    """The runs with what they are about."""
    evaluations = {run_id: evaluation_ref_of(root) for run_id, root in table.roots.items()}
    datasets = datasets_of(stores, project.id, evaluations.values())
    return [
        ComparedRun(
            run_id=run_id,
            name=name_of(root.display_name),
            model_ref=shown_ref(model_ref_of(root)),
            model_name=name_of(model_ref_of(root)),
            evaluation_ref=shown_ref(evaluations[run_id]),
            evaluation_name=name_of(evaluations[run_id]),
            dataset_ref=shown_ref(datasets.get(evaluations[run_id]) or _dataset_of_examples(table, run_id)),
            status=status_of(root),
            started_at=root.started_at,
            finished_at=root.ended_at,
            trial_count=table.trial_count(run_id),
            example_count=len(table.trials[run_id]),
            scorers=_scorers(table, run_id),
        )
        for run_id, root in table.roots.items()
    ]


def _scorers(table: ComparedTrials, run_id: str) -> dict[str, str]:
    known = list(table.scorers.get(run_id, {}).items())[:MOST_METRICS]
    return {preview(key): preview(min(refs)) for key, refs in known}


def _dataset_of_examples(table: ComparedTrials, run_id: str) -> str | None:
    """The dataset whose rows the examples are, where the evaluation itself is not stored."""
    for trials in table.trials[run_id].values():
        ref = row_ref_of(trials[0].example)
        return type(ref)(ref.project, ref.name, ref.version).uri() if ref else None
    return None


def _metrics(
    table: ComparedTrials, metrics: Sequence[Metric], directions: Directions, baseline: str, confidence: float
) -> list[ComparedMetric]:
    others = [run_id for run_id in table.run_ids if run_id != baseline]
    compared = [
        (metric, run_id, compare(table.pairs(metric.name, baseline, run_id), metric.kind == "boolean", confidence))
        for metric in metrics
        for run_id in others
    ]
    adjusted = iter(holm([one.p_value for *_, one in compared if one.p_value is not None]))
    differences: dict[str, list[RunDifference]] = {metric.name: [] for metric in metrics}
    for metric, run_id, one in compared:
        p_adjusted = None if one.p_value is None else next(adjusted)
        lower = directions.of(metric.name)[0] == "lower"
        differences[metric.name].append(_difference(run_id, one, p_adjusted, lower, 1 - confidence))
    return [_metric(table, metric, directions, differences[metric.name], confidence) for metric in metrics]


def _metric(
    table: ComparedTrials,
    metric: Metric,
    directions: Directions,
    differences: list[RunDifference],
    confidence: float,
) -> ComparedMetric:
    direction, source = directions.of(metric.name)
    return ComparedMetric.model_validate(
        {
            "name": metric.name,
            "scorer": metric.scorer or None,
            "path": metric.path or None,
            "kind": metric.kind,
            "unit": metric.unit,
            "direction": direction,
            "direction_from": source,
            "runs": [figures(table, metric, run_id, confidence) for run_id in table.run_ids],
            "differences": differences,
        }
    )


def figures(table: ComparedTrials, metric: Metric, run_id: str, confidence: float) -> RunFigures:
    """What a metric amounts to in a run."""
    boolean = metric.kind == "boolean"
    groups = table.groups(metric.name, run_id)
    found = estimate(groups, boolean, confidence)
    return RunFigures(
        run_id=run_id,
        n=found.count,
        missing=table.trial_count(run_id) - found.count,
        examples=found.examples,
        mean=found.mean,
        median=found.median,
        true_count=sum(value == 1 for group in groups for value in group) if boolean else None,
        rate=found.mean if boolean else None,
        interval=_shown(found.interval),
    )


def _difference(run_id: str, one: Comparison, p_adjusted: float | None, lower: bool, level: float) -> RunDifference:
    verdict = "no evidence"
    if p_adjusted is not None and p_adjusted < level and one.difference:
        verdict = "worse" if (one.difference < 0) != lower else "better"
    changed = None
    if one.gained is not None and one.lost is not None:
        better, worse = (one.lost, one.gained) if lower else (one.gained, one.lost)
        changed = Discordant(better=better, worse=worse)
    return RunDifference(
        run_id=run_id,
        paired_examples=one.pairs,
        baseline_value=one.baseline,
        run_value=one.run,
        difference=one.difference,
        relative=one.difference / abs(one.baseline) if one.baseline and one.difference is not None else None,
        interval=_shown(one.interval),
        p_value=one.p_value,
        p_adjusted=p_adjusted,
        method=one.method,
        discordant=changed,
        verdict=verdict,
        reason=one.reason,
    )


def _shown(interval: Interval | None) -> StatisticInterval | None:
    return StatisticInterval(low=interval.low, high=interval.high, method=interval.method) if interval else None
