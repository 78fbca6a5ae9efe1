"""One row of a run: the model's answer, unless it is there already, and what each scorer says about it.

What an earlier attempt got is kept: an answer that was paid for is not asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core.clock import now
from weft.domain.evaluation_calls import output_of
from weft.domain.evaluation_writing import Prediction, RowScore, RunRow, row_changes, row_feedback
from weft.domain.score_writing import ModelCall, ScoreError
from weft.scoring.arguments import recorded, resolve_arguments
from weft.scoring.attempt import ask
from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.evaluations.materials import Material
from weft.scoring.evaluations.run import Run, RunScorer
from weft.scoring.outcomes import NOTHING, Writing
from weft.scoring.retry import ScoringFailure, WorldIsSlow
from weft.storage.entities.ledger_tables import Task
from weft.storage.stores import Stores


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """A row after an attempt, and why it is not done if it is not."""

    task: Task
    run: Run
    row: RunRow
    failure: ScoringFailure | None
    endpoints: Sequence[EndpointKey] = ()

    def writing(self, stores: Stores, state: str) -> Writing:
        """Its calls, ended or still open, and the feedback on its prediction."""
        job = self.run.frame.job
        # The run may have been deleted while an LLM was being asked; what came late must not outlive it.
        if state not in ("scored", "failed", "retrying") or stores.calls.get(job.project_id, job.id) is None:
            return NOTHING
        changes = row_changes(stores, self.run.frame, self.row, ended=state != "retrying")
        return Writing(changes, row_feedback(self.run.frame, self.row) if changes else ())


class RowAttempt:
    """A row with everything it needs. What it has got so far outlives whatever happens next."""

    waits = True

    def __init__(self, task: Task, run: Run, material: Material) -> None:
        self.task = task
        self._run = run
        self._material = material
        self._prediction = material.prediction
        self._output = material.output
        self._scores: list[RowScore] = []
        asked = [scorer.endpoint for scorer in run.scorers if scorer.number not in material.scores]
        if self._prediction is None and run.model is not None:
            asked.append(run.model.endpoint)
        self.endpoints: Sequence[EndpointKey] = tuple(dict.fromkeys(key for key in asked if key is not None))

    def run(self) -> RowOutcome:
        """Predict and score. Raises ScoringFailure when there is nothing to be scored."""
        if self._material.trouble is not None:
            raise self._material.trouble
        if self._prediction is None:
            self._predict()
        failures = [failure for scorer in self._run.scorers if (failure := self._score(scorer)) is not None]
        # What may pass decides: the others have been tried all they can.
        passing = [failure for failure in failures if isinstance(failure, WorldIsSlow)]
        return self._outcome(next(iter(passing or failures), None), told=True)

    def failed(self, failure: ScoringFailure) -> RowOutcome:
        """The outcome with what there is so far."""
        return self._outcome(failure, told=self._prediction is not None and self._prediction.error is not None)

    def _outcome(self, failure: ScoringFailure | None, told: bool) -> RowOutcome:
        """`told`: a call below says what failed."""
        pairing = self._material.pairing
        began = self.task.started_at or now()
        row = RunRow(
            self.task,
            self._material.example,
            began if pairing is None else pairing.started_at,
            self._prediction,
            sorted(self._scores, key=lambda score: score.number),
            None if failure is None or told else _error_of(failure),
            self._material.spans,
        )
        return RowOutcome(self.task, self._run, row, failure, self.endpoints)

    def _predict(self) -> None:
        model = self._run.model
        assert model is not None
        started_at = now()
        try:
            call = model.predict(self._material.values.get("user_input"))
        except ScoringFailure as failure:
            ended_at = now()
            self._prediction = self._predicted(failure.model_call, _error_of(failure), started_at, ended_at)
            raise
        self._prediction = self._predicted(call, None, call.started_at, call.ended_at)
        self._output = call.output

    def _predicted(
        self, call: ModelCall | None, error: ScoreError | None, started_at: Any, ended_at: Any
    ) -> Prediction:
        shown = self._material.shown
        inputs: dict[str, Any] = {"self": self._run.frame.job.model_ref}
        inputs |= {name: shown[name] for name in ("user_input",) if name in shown}
        return Prediction(
            self.task.call_id,
            started_at,
            ended_at,
            "LLMStructuredCompletionModel.predict" if call is None else call.op_name,
            {**inputs, "template_vars": {}},
            None if call is None else call.output,
            error,
            None if call is None else call.usage,
        )

    def _score(self, scorer: RunScorer) -> ScoringFailure | None:
        """Add what the scorer says; the failure, if it says nothing."""
        earlier = self._material.scores.get(scorer.number)
        if earlier is not None:
            self._scores.append(_scored(scorer, {}, earlier.started_at, output=output_of(earlier), stored=True))
            return None
        started_at = now()
        shown: dict[str, Any] = {**scorer.own, "output": self._shown_output()}
        try:
            shown = self._shown_inputs(scorer)
            arguments = self._arguments(scorer, self._material.values, self._output)
            answer = ask(scorer.scorer, arguments, self._run.watch)
        except ScoringFailure as failure:
            error = _error_of(failure)
            self._scores.append(_scored(scorer, shown, started_at, error=error, model_call=failure.model_call))
            return failure
        score = _scored(scorer, shown, started_at, output=answer.output, model_call=answer.model_call)
        self._scores.append(score)
        return None

    def _arguments(self, scorer: RunScorer, inputs: Mapping[str, Any], output: Any) -> Mapping[str, Any]:
        return resolve_arguments(inputs, output, scorer.scorer.signature, scorer.scorer.column_map)

    def _shown_inputs(self, scorer: RunScorer) -> dict[str, Any]:
        if self._run.frame.rescores:
            return {"self": scorer.uri, "inputs": dict(self._material.shown), "output": self._shown_output()}
        arguments = self._arguments(scorer, self._material.shown, self._shown_output())
        return {**scorer.own, **recorded(arguments, scorer.scorer.signature)}

    def _shown_output(self) -> Any:
        return None if self._prediction is None else self._prediction.output


def _error_of(failure: ScoringFailure) -> ScoreError:
    return ScoreError(failure.error_type, failure.reason)


def _scored(scorer: RunScorer, inputs: Mapping[str, Any], started_at: Any, **result: Any) -> RowScore:
    return RowScore(
        number=scorer.number,
        key=scorer.key,
        scorer_ref=scorer.uri,
        op_name=scorer.op_name,
        kind=scorer.scorer.kind,
        inputs=inputs,
        started_at=started_at,
        ended_at=now(),
        **result,
    )
