"""What speaks against comparing runs: other data, other scorers, other examples, too few of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from weft.domain.compared_trials import ComparedTrials
from weft.domain.evaluation_datasets import name_of
from weft.schemas.eval_comparison import ComparedMetric, ComparedRun, StatisticsWarning

FEW = 20
"""Below so many paired examples the t interval leans on how the differences are distributed."""

_NAMED = 5


def warnings_about(
    table: ComparedTrials,
    runs: Sequence[ComparedRun],
    metrics: Sequence[ComparedMetric],
    may_omit: bool,
) -> list[StatisticsWarning]:
    """What a reader should know before he trusts the differences, the gravest first."""
    found = [*_unlike_versions(runs), *_unlike_scorers(table), *_unlike_examples(table), *_unlike_trials(table)]
    found += _incomplete(runs)
    few = {one.run_id: one.paired_examples for metric in metrics for one in metric.differences}
    short = [run_id for run_id, paired in few.items() if 0 < paired < FEW]
    if short:
        text = f"Fewer than {FEW} examples are paired with the baseline: intervals are wide and rough"
        found.append(StatisticsWarning(code="few_examples", message=text, run_ids=short))
    omitted = len(table.found.metrics) - len(metrics)
    if may_omit and omitted > 0:
        text = f"{omitted} more metrics were left out: name those that matter in `metrics`"
        found.append(StatisticsWarning(code="metrics_omitted", message=text))
    return found


def _unlike_versions(runs: Sequence[ComparedRun]) -> Iterator[StatisticsWarning]:
    yield from _unlike(runs, "dataset", lambda run: run.dataset_ref, lambda run: name_of(run.dataset_ref))
    yield from _unlike(runs, "evaluation", lambda run: run.evaluation_ref, lambda run: run.evaluation_name)


def _unlike(
    runs: Sequence[ComparedRun],
    what: str,
    ref_of: Callable[[ComparedRun], str | None],
    title_of: Callable[[ComparedRun], str | None],
) -> Iterator[StatisticsWarning]:
    refs = {ref_of(run) for run in runs}
    if len(refs) < 2:
        return
    names = {title_of(run) for run in runs}
    text = f"The runs use different {what}s or {what} versions"
    if len(names) == 1 and None not in names:
        text = f"The runs use different versions of the {what} {names.pop()}"
    if None in refs:
        text = f"The {what} is not known of every run"
    first = ref_of(runs[0])
    unlike = [run.run_id for run in runs if ref_of(run) != first]
    yield StatisticsWarning(code=f"{what}_versions_differ", message=text[:500], run_ids=unlike)


def _unlike_scorers(table: ComparedTrials) -> Iterator[StatisticsWarning]:
    keys = dict.fromkeys(key for scorers in table.scorers.values() for key in scorers)
    differing = []
    for key in keys:
        used = [frozenset(scorers[key]) for scorers in table.scorers.values() if key in scorers]
        if len(set(used)) > 1 or any(len(refs) > 1 for refs in used):
            differing.append(key)
    if differing:
        shown = ", ".join(key[:100] for key in differing[:_NAMED]) + (", …" if len(differing) > _NAMED else "")
        text = f"Scored by different versions of: {shown}"
        yield StatisticsWarning(code="scorer_versions_differ", message=text, run_ids=table.run_ids)


def _unlike_examples(table: ComparedTrials) -> Iterator[StatisticsWarning]:
    sets = {run_id: set(examples) for run_id, examples in table.trials.items() if examples}
    every = set().union(*sets.values()) if sets else set()
    shared = set.intersection(*sets.values()) if sets else set()
    if len(shared) < len(every):
        text = f"{len(shared)} of {len(every)} examples are in every run; differences are over those in both runs"
        unlike = [run_id for run_id, examples in sets.items() if len(examples) < len(every)]
        yield StatisticsWarning(code="example_sets_differ", message=text, run_ids=unlike)


def _unlike_trials(table: ComparedTrials) -> Iterator[StatisticsWarning]:
    per_example = {
        run_id: table.trial_count(run_id) / len(examples) for run_id, examples in table.trials.items() if examples
    }
    if len({round(count, 3) for count in per_example.values()}) > 1:
        text = "The runs have different numbers of trials for an example; every example counts once in differences"
        yield StatisticsWarning(code="trials_differ", message=text, run_ids=list(per_example))


def _incomplete(runs: Sequence[ComparedRun]) -> Iterator[StatisticsWarning]:
    running = [run.run_id for run in runs if run.status == "running"]
    if running:
        text = "Not finished: the figures will change"
        yield StatisticsWarning(code="run_unfinished", message=text, run_ids=running)
    empty = [run.run_id for run in runs if not run.trial_count]
    if empty:
        yield StatisticsWarning(code="run_empty", message="Without any trial", run_ids=empty)
