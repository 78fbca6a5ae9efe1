"""The calls below trials, read together for many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weft.core.identity import Project
from weft.domain.eval_trial_details import CHILD_COLUMNS, TrialCalls, sort_out
from weft.domain.eval_trials import Trial
from weft.domain.evaluation_calls import first_text, weave_attributes
from weft.domain.predict_and_score import children_of
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores


def trial_calls(
    stores: Stores, project: Project, trials: Mapping[str, Trial], columns: Sequence[str] = CHILD_COLUMNS
) -> dict[str, TrialCalls]:
    """The children of each trial, sorted out, by the id of the trial."""
    children = children_of(stores, project.id, list(trials), columns)
    known = _with_named(stores, project, trials, children)
    return {key: sort_out(trial, known.get(key, ())) for key, trial in trials.items()}


def _with_named(
    stores: Stores, project: Project, trials: Mapping[str, Trial], children: Mapping[str, Sequence[Call]]
) -> dict[str, Sequence[Call]]:
    """The children, and with them the predictions that trials only name: a rescoring's belong to another run."""
    named = {key: first_text(weave_attributes(trial.call).get("predict_call_id")) for key, trial in trials.items()}
    wanted = {key: named[key] for key, calls in children.items() if named[key] not in {call.id for call in calls}}
    elsewhere = stores.calls.get_many(project.id, set(wanted.values()) - {""})
    found = {key: elsewhere[call_id] for key, call_id in wanted.items() if call_id in elsewhere}
    return {key: [*calls, found[key]] if key in found else calls for key, calls in children.items()}
