"""One attempt at a score: the call it is about, the scorer, the arguments, the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from weft.core import jsontext
from weft.core.clock import now
from weft.core.refs import ObjectRef, OpRef, try_parse_ref
from weft.domain.monitors import triggering_monitor
from weft.domain.score_writing import Score, ScoreError, feedback_id, score_call_id, score_changes, score_feedback
from weft.scoring.arguments import recorded, resolve_arguments
from weft.scoring.endpoint_keys import EndpointKey, endpoint_of
from weft.scoring.observing import ScoringWatch
from weft.scoring.outcomes import NOTHING, Decided, Writing, blamed
from weft.scoring.retry import CannotWork, NotThereYet, ScoringFailure
from weft.scoring.scorers.base import Answer, Scorer
from weft.scoring.scorers.code import CodeScorer
from weft.scoring.scorers.loading import ScorerLoader
from weft.scoring.scorers.remote import RemoteScorer
from weft.scoring.scorers.remote_client import RemoteClient
from weft.scoring.scorers.remote_loading import RemoteRequests
from weft.scoring.stored_values import stored_value
from weft.storage.entities.ledger_tables import Task
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

# What one feedback payload may hold (contract, part 1.4).
_LARGEST_OUTPUT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScoreOutcome:
    """A score, or why there is none; `score` then is what to record of it if that is the end, absent without a call."""

    task: Task
    score: Score | None
    failure: ScoringFailure | None = None
    endpoints: Sequence[EndpointKey] = ()

    def writing(self, stores: Stores, state: str) -> Writing:
        """The score call and its feedback, or the errored score call that tells why there is no score."""
        project = stores.projects.by_id(self.task.project_id)
        if self.score is None or project is None or state not in ("scored", "failed"):
            return NOTHING
        if not self.score.traced:
            # What failed then stands in the ledger only.
            said = [] if self.failure is not None else [score_feedback(self.score)]
            return Writing(feedback=said, feedback_id=feedback_id(self.task)) if said else NOTHING
        if self.failure is None:
            changes = score_changes(stores, project, self.score)
            ids = (score_call_id(self.task, failed=False), feedback_id(self.task))
            return Writing(changes, [score_feedback(self.score)], *ids)
        error = ScoreError(self.failure.error_type, self.failure.reason)
        record = replace(self.score, error=error, model_call=self.failure.model_call, ended_at=now())
        return Writing(score_changes(stores, project, record), score_call_id=score_call_id(self.task, failed=True))


@dataclass(frozen=True, slots=True)
class ScoreAttempt:
    """A task with everything it needs to run. `unscored` is what is recorded when there is no answer."""

    task: Task
    scorer: Scorer
    arguments: Mapping[str, Any]
    unscored: Score
    endpoints: Sequence[EndpointKey]
    watch: ScoringWatch

    @property
    def waits(self) -> bool:
        """Whether the scorer waits for something outside."""
        return self.scorer.waits

    def run(self) -> ScoreOutcome:
        """Score the call. Raises ScoringFailure."""
        started_at = now()
        answer = ask(self.scorer, self.arguments, self.watch)
        score = replace(
            self.unscored,
            started_at=started_at,
            ended_at=now(),
            output=answer.output,
            model_call=answer.model_call,
            typed=answer.typed,
        )
        return ScoreOutcome(self.task, score, endpoints=self.endpoints)

    def failed(self, failure: ScoringFailure) -> ScoreOutcome:
        """The outcome when there is no answer."""
        return ScoreOutcome(self.task, self.unscored, failure, self.endpoints)


@dataclass(frozen=True, slots=True)
class LateAttempt:
    """An attempt with a scorer that says what it takes only when it is run, which takes its time."""

    task: Task
    unscored: Score
    endpoints: Sequence[EndpointKey]
    bound: Callable[[], ScoreAttempt]
    waits: bool = True

    def run(self) -> ScoreOutcome:
        """Score the call. Raises ScoringFailure when the scorer cannot be loaded or refuses the call."""
        attempt = self.bound()
        try:
            return attempt.run()
        except ScoringFailure as failure:
            return attempt.failed(failure)

    def failed(self, failure: ScoringFailure) -> ScoreOutcome:
        """The outcome when there is no answer."""
        return ScoreOutcome(self.task, self.unscored, failure, self.endpoints)


def ask(scorer: Scorer, arguments: Mapping[str, Any], watch: ScoringWatch) -> Answer:
    """The scorer's answer. Raises ScoringFailure, naming the endpoint to blame."""
    try:
        with watch.asking(scorer) as answered:
            answer = scorer.score(arguments)
            answered(answer.model_call)
    except ScoringFailure as failure:
        failure.endpoint = endpoint_of(scorer)
        raise
    if len(jsontext.dumps_finite(answer.output)) > _LARGEST_OUTPUT:
        raise CannotWork(f"The score is larger than {_LARGEST_OUTPUT} bytes", model_call=answer.model_call)
    return answer


class ScorePreparation:
    """Reads what the scores of a batch need, each call and each scorer once."""

    def __init__(
        self, stores: Stores, loader: ScorerLoader, remote: RemoteClient, tasks: Sequence[Task], watch: ScoringWatch
    ) -> None:
        self._stores = stores
        self._settings = loader.settings
        self._watch = watch
        self._loader = loader
        self._remote = RemoteRequests(stores, loader.settings, remote)
        self._calls = stores.calls.states(list({(task.project_id, task.call_id) for task in tasks}))
        self._scorers: dict[tuple[str, str], tuple[Scorer, Sequence[EndpointKey]] | ScoringFailure] = {}
        self._monitors = {uri: triggering_monitor(stores, uri) for uri in {task.trigger_ref for task in tasks}}

    @property
    def payload(self) -> int:
        """Characters of all the calls that were read."""
        return sum(call.size for call in self._calls.values())

    def prepare(self, task: Task) -> ScoreAttempt | LateAttempt | Decided:
        """The attempt; it is decided already when it cannot be made now."""
        score: Score | None = None
        try:
            call = self._ended_call(task)
            scorer, endpoints = self._scorer(task)
            inputs = jsontext.loads(call.inputs)
            output = jsontext.loads(call.output)
            moment = now()
            plain = {**_own(task), "output": output}
            traced = self._is_traced(task)
            score = Score(task, scorer.op_name, scorer.kind, plain, moment, moment, traced=traced)
            if isinstance(scorer, RemoteScorer):
                scorer = self._remote.about(scorer, task, call)
                endpoints = () if scorer.endpoint_key is None else (scorer.endpoint_key,)
            bound = partial(self._bound, scorer, endpoints, score, inputs)
            return LateAttempt(task, score, endpoints, bound) if isinstance(scorer, CodeScorer) else bound()
        except ScoringFailure as failure:
            return Decided(ScoreOutcome(task, score, failure, blamed(failure)))

    def _bound(
        self, scorer: Scorer, endpoints: Sequence[EndpointKey], plain: Score, inputs: Mapping[str, Any]
    ) -> ScoreAttempt:
        """The attempt with the scorer's arguments. Raises ScoringFailure when the call does not offer them."""
        task, signature = plain.task, scorer.signature
        arguments = resolve_arguments(inputs, plain.inputs["output"], signature, scorer.column_map)
        shown = {**_own(task), **recorded(arguments, signature)}
        function = scorer.function if isinstance(scorer, CodeScorer) else plain.function
        score = replace(plain, kind=scorer.kind, function=function, inputs=shown)
        return ScoreAttempt(task, scorer, self._with_value(task, arguments), score, endpoints, self._watch)

    def _ended_call(self, task: Task) -> Call:
        call = self._calls.get((task.project_id, task.call_id))
        if call is None or call.orphan:
            raise NotThereYet("call not found", self._settings.scoring_missing_seconds)
        if call.deleted:
            raise CannotWork("The call was deleted")
        if call.ended_at is None:
            raise NotThereYet("The call has not ended", self._settings.scoring_open_call_seconds)
        return call

    def _is_traced(self, task: Task) -> bool:
        monitor = self._monitors[task.trigger_ref]
        # Feedback of a function has to name its call.
        return monitor is None or monitor.is_traced or isinstance(try_parse_ref(task.scorer_ref), OpRef)

    def _scorer(self, task: Task) -> tuple[Scorer, Sequence[EndpointKey]]:
        key = (task.scorer_ref, task.project_id)
        if key not in self._scorers:
            try:
                scorer = self._loader.load(*key)
                endpoint = endpoint_of(scorer)
                self._scorers[key] = (scorer, () if endpoint is None else (endpoint,))
            except ScoringFailure as failure:
                self._scorers[key] = failure
        found = self._scorers[key]
        if isinstance(found, ScoringFailure):
            raise found
        return found

    def _with_value(self, task: Task, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """An output that is an object is scored by its value; the trace keeps the ref, as the SDK's does."""
        name = "output" if "output" in arguments else "model_output"
        ref = try_parse_ref(arguments.get(name))
        if not isinstance(ref, ObjectRef):
            return arguments
        value = stored_value(self._stores, ref, {task.project_id}, "The call's output")
        return {**arguments, name: value}


def _own(task: Task) -> dict[str, Any]:
    """The scorer as an argument of its score op; a function has none."""
    return {} if isinstance(try_parse_ref(task.scorer_ref), OpRef) else {"self": task.scorer_ref}
