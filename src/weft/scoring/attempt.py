"""One attempt at a task: the call it is about, the scorer, the arguments, the answer. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from weft.core import jsontext
from weft.core.clock import now
from weft.core.refs import ObjectRef, try_parse_ref
from weft.domain.score_writing import Score, ScoreError
from weft.llm import ChatClient
from weft.scoring.arguments import recorded, resolve_arguments
from weft.scoring.retry import CannotWork, NotThereYet, ScoringFailure
from weft.scoring.scorers.base import Scorer
from weft.scoring.scorers.loading import ScorerLoader
from weft.scoring.stored_values import stored_value
from weft.settings import Settings
from weft.storage.entities.ledger import Task
from weft.storage.events.call_changes import Call
from weft.storage.stores import Stores

# What one feedback payload may hold (contract, part 1.4).
_LARGEST_OUTPUT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attempt:
    """A task with everything it needs to run. `unscored` is what is recorded when there is no answer."""

    task: Task
    scorer: Scorer
    arguments: Mapping[str, Any]
    unscored: Score

    def run(self) -> Score:
        """Score the call. Raises ScoringFailure."""
        started_at = now()
        answer = self.scorer.score(self.arguments)
        if len(jsontext.dumps_finite(answer.output)) > _LARGEST_OUTPUT:
            raise CannotWork(f"The score is larger than {_LARGEST_OUTPUT} bytes", model_call=answer.model_call)
        return replace(
            self.unscored,
            started_at=started_at,
            ended_at=now(),
            output=answer.output,
            model_call=answer.model_call,
        )


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt that gave no score; `score` is what to record of it if that is the end, absent without a call."""

    task: Task
    failure: ScoringFailure
    score: Score | None = None

    def to_record(self) -> Score | None:
        """The errored score call that tells why, when there is a call and a scorer to tell it of."""
        if self.score is None:
            return None
        error = ScoreError(self.failure.error_type, self.failure.reason)
        return replace(self.score, error=error, model_call=self.failure.model_call, ended_at=now())


class Preparation:
    """Reads what the tasks of a batch need, each call and each scorer once."""

    def __init__(self, stores: Stores, settings: Settings, client: ChatClient, tasks: Sequence[Task]) -> None:
        self._stores = stores
        self._settings = settings
        self._loader = ScorerLoader(stores, settings, client)
        self._calls = stores.calls.states(list({(task.project_id, task.call_id) for task in tasks}))
        self._scorers: dict[tuple[str, str], Scorer | ScoringFailure] = {}

    @property
    def payload(self) -> int:
        """Characters of all the calls that were read."""
        return sum(call.size for call in self._calls.values())

    def prepare(self, task: Task) -> Attempt | Failed:
        """The attempt, or why there can be none now."""
        score: Score | None = None
        try:
            call = self._ended_call(task)
            scorer = self._scorer(task)
            inputs = jsontext.loads(call.inputs)
            output = jsontext.loads(call.output)
            moment = now()
            plain = {"self": task.scorer_ref, "output": output}
            score = Score(task, scorer.op_name, scorer.kind, plain, moment, moment)
            arguments = resolve_arguments(inputs, output, scorer.signature, scorer.column_map)
            shown = {"self": task.scorer_ref, **recorded(arguments, scorer.signature)}
            score = replace(score, inputs=shown)
            return Attempt(task, scorer, self._with_value(task, arguments), score)
        except ScoringFailure as failure:
            return Failed(task, failure, score)

    def _ended_call(self, task: Task) -> Call:
        call = self._calls.get((task.project_id, task.call_id))
        if call is None or call.orphan:
            raise NotThereYet("call not found", self._settings.scoring_missing_seconds)
        if call.deleted:
            raise CannotWork("The call was deleted")
        if call.ended_at is None:
            raise NotThereYet("The call has not ended", self._settings.scoring_open_call_seconds)
        return call

    def _scorer(self, task: Task) -> Scorer:
        key = (task.scorer_ref, task.project_id)
        if key not in self._scorers:
            try:
                self._scorers[key] = self._loader.load(*key)
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
