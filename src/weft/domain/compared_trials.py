"""The trials of some runs with the values of every metric, loaded once for comparing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from weft.core.errors import NotFound, TooLarge
from weft.core.identity import Project
from weft.domain.estimates import Groups
from weft.domain.eval_metrics import COST, ERROR, LATENCY, MEASURES, TOKENS, Metric, MetricValues
from weft.domain.eval_trial_calls import trial_calls
from weft.domain.eval_trial_details import TrialCalls, latency_seconds, scorer_refs, total_cost, total_tokens
from weft.domain.eval_trials import Trial, load_trials
from weft.domain.evaluation_calls import is_run
from weft.domain.paired_comparison import Pair
from weft.domain.prices import price_source
from weft.storage.events.call_changes import Call
from weft.storage.events.call_queries import CallFilter, CallSelection
from weft.storage.stores import Stores

MOST_TRIALS = 50_000


@dataclass(slots=True)
class ComparedTrials:
    """Runs with their trials by example; scorers (key to refs) are known only where their calls were read."""

    roots: dict[str, Call]
    trials: dict[str, dict[str, list[Trial]]]
    found: MetricValues
    scorers: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    @property
    def run_ids(self) -> list[str]:
        """The runs in the order they were asked for."""
        return list(self.trials)

    def digests(self) -> list[str]:
        """Every example that any run has, in order."""
        return sorted({digest for examples in self.trials.values() for digest in examples})

    def values_of(self, name: str, run_id: str, digest: str) -> list[float]:
        """The values of a metric in the trials of an example."""
        known = self.found.values.get(name, {})
        trials = self.trials[run_id].get(digest, ())
        return [known[trial.call.id] for trial in trials if trial.call.id in known]

    def groups(self, name: str, run_id: str) -> Groups:
        """The values of a metric in a run, by example."""
        found = (self.values_of(name, run_id, digest) for digest in self.trials[run_id])
        return [values for values in found if values]

    def pairs(self, name: str, baseline: str, run_id: str) -> list[Pair]:
        """The examples with values on both sides."""
        both = self.trials[baseline].keys() & self.trials[run_id].keys()
        found = ((self.values_of(name, baseline, one), self.values_of(name, run_id, one)) for one in sorted(both))
        return [(old, new) for old, new in found if old and new]

    def trial_count(self, run_id: str) -> int:
        """How many trials a run has."""
        return sum(map(len, self.trials[run_id].values()))


def load_compared(
    stores: Stores, project: Project, run_ids: Sequence[str], names: Iterable[str] | None, with_scorers: bool
) -> ComparedTrials:
    """The runs with the metrics named, all of them for None.

    Raises NotFound for what is no run and TooLarge for more trials than can be held.
    """
    roots = require_runs(stores, project.id, run_ids)
    _check_size(stores, project.id, run_ids)
    table = ComparedTrials(roots, {run_id: {} for run_id in run_ids}, MetricValues())
    trials = load_trials(stores, project.id, run_ids)
    for trial in trials:
        table.trials[trial.root_id].setdefault(trial.row_digest, []).append(trial)
        table.found.add_scores(trial.call.id, trial.scores)
    if with_scorers or names is None or any(name in MEASURES for name in names):
        _add_measures(stores, project, table, {trial.call.id: trial for trial in trials})
    return table


def require_runs(stores: Stores, project_id: str, run_ids: Sequence[str]) -> dict[str, Call]:
    """The roots of the runs. Raises NotFound for anything else."""
    found = stores.calls.get_many(project_id, run_ids)
    for run_id in run_ids:
        if run_id not in found or not is_run(found[run_id]):
            raise NotFound(f"Evaluation run {run_id[:80]} not found")
    return {run_id: found[run_id] for run_id in run_ids}


def failed(calls: TrialCalls) -> bool:
    """Whether a trial, or the prediction in it, ended with an exception."""
    return bool(calls.trial.call.exception or (calls.predict and calls.predict.exception))


def _check_size(stores: Stores, project_id: str, run_ids: Sequence[str]) -> None:
    children = CallSelection(project_id, CallFilter(parent_ids=list(run_ids)), limit=MOST_TRIALS + 1)
    if stores.call_queries.count(children) > MOST_TRIALS:
        raise TooLarge(f"Request too large: the runs have more than {MOST_TRIALS} trials; compare fewer of them")


def _add_measures(stores: Stores, project: Project, table: ComparedTrials, trials: Mapping[str, Trial]) -> None:
    prices = price_source(stores, project.id)
    calls = trial_calls(stores, project, trials)
    any_failed = any(map(failed, calls.values()))
    for trial_id, one in calls.items():
        refs = table.scorers.setdefault(one.trial.root_id, {})
        for key, ref in scorer_refs(one).items():
            refs.setdefault(key, set()).add(ref)
        measured = {LATENCY: latency_seconds(one), COST: total_cost(one, prices), TOKENS: total_tokens(one)}
        for name, value in measured.items():
            if value is not None:
                table.found.add(Metric(name, "number"), trial_id, value)
        if any_failed and one.trial.call.ended_at is not None:
            table.found.add(Metric(ERROR, "boolean"), trial_id, failed(one))
