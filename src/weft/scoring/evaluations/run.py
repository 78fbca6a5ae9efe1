"""What every part of a run needs: the evaluation, the model and the scorers, read from their exact versions.

Whatever an evaluation refers to lies in the project of the run or in the evaluation's own, else a run would read for
its author what the author may not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weft.core.errors import NotFound, ObjectDeleted
from weft.core.identity import Project
from weft.core.refs import ObjectRef, OpRef, try_parse_ref
from weft.domain.evaluation_calls import first_text, object_of, scorer_key, scorer_op_name
from weft.domain.evaluation_writing import RunFrame, frame_of
from weft.domain.objects import read_object
from weft.llm import ChatClient
from weft.scoring.endpoint_keys import EndpointKey, endpoint_of
from weft.scoring.evaluations.model import StructuredModel, load_model
from weft.scoring.observing import ScoringWatch
from weft.scoring.retry import CannotWork, NotThereYet
from weft.scoring.runner.code_runner import CodeRunner
from weft.scoring.runner.failures import OFF
from weft.scoring.scorers.base import Scorer
from weft.scoring.scorers.code import UnrunScorer
from weft.scoring.scorers.judge_loading import JudgeLoader
from weft.scoring.scorers.loading import ScorerLoader
from weft.scoring.scorers.remote import RemoteScorer
from weft.settings import Settings
from weft.storage.entities.evaluation_jobs import EvaluationJob
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores

_NO_NAME = re.compile(r"[^\w.-]")
_PUNCTUATION = re.compile(r"[._-]{2,}")
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class RunScorer:
    """The `number`-th scorer of a run; `key` names its scores in the results, `op_name` the op of its calls."""

    number: int
    uri: str
    key: str
    op_name: str
    scorer: Scorer

    @property
    def own(self) -> dict[str, Any]:
        """Itself as an argument of its score op; a function has none."""
        return {} if isinstance(try_parse_ref(self.uri), OpRef) else {"self": self.uri}

    @property
    def endpoint(self) -> EndpointKey | None:
        """The LLM endpoint it asks, if it asks one."""
        return endpoint_of(self.scorer)


@dataclass(frozen=True, slots=True)
class Run:
    """A run and what it uses. A rescoring has no model: the answers are there already."""

    frame: RunFrame
    evaluation: Mapping[str, Any]
    model: StructuredModel | None
    scorers: Sequence[RunScorer]
    watch: ScoringWatch


@dataclass(frozen=True, slots=True)
class RunLoader:
    """Loads runs."""

    stores: Stores
    settings: Settings
    client: ChatClient
    runner: CodeRunner
    watch: ScoringWatch

    def load(self, job: EvaluationJob, scorer_refs: Sequence[str] | None = None) -> Run:
        """The run of a job, with these scorers, or (before it is planned) those of its evaluation.

        Raises ScoringFailure.
        """
        if job.source_run_id:
            frame = self.frame(job)
            return Run(frame, {}, None, self._scorers(frame, job.scorer_refs), self.watch)
        ref, found = self._stored(job.evaluation_ref, "evaluation")
        if found.base_object_class != "Evaluation" or not isinstance(found.val, dict):
            raise CannotWork(f"{ref.name} is not an evaluation")
        if found.val.get("preprocess_model_input") is not None:
            raise CannotWork("The evaluation preprocesses its rows with code, which is not run here")
        if scorer_refs is None:
            scorer_refs = self._scorers_of(found.val, {job.project_id, ref.project})
        frame = frame_of(self.stores, self.project(job), job, found.val)
        return Run(frame, found.val, self._model(job), self._scorers(frame, scorer_refs), self.watch)

    def frame(self, job: EvaluationJob) -> RunFrame:
        """The frame of a run, also when its evaluation is gone or none."""
        evaluation = {} if job.source_run_id else self._value(job.evaluation_ref)
        return frame_of(self.stores, self.project(job), job, evaluation)

    def scorer_keys(self, job: EvaluationJob) -> list[tuple[str, str]]:
        """(scorer, key of its scores) in order, also of scorers that are gone."""
        parsed = [(uri, try_parse_ref(uri)) for uri in job.scorer_refs]
        return [(uri, result_key(ref, self._value(uri))) for uri, ref in parsed if isinstance(ref, ObjectRef)]

    def project(self, job: EvaluationJob) -> Project:
        """The project of a job."""
        project = self.stores.projects.by_id(job.project_id)
        if project is None:
            raise CannotWork("The project does not exist any more")
        return project

    def _model(self, job: EvaluationJob) -> StructuredModel:
        ref, found = self._stored(job.model_ref, "model")
        loader = JudgeLoader(self.stores, self.settings, self.client, frozenset((job.project_id, ref.project)))
        return load_model(loader, ref, found.val)

    def _scorers_of(self, evaluation: Mapping[str, Any], project_ids: set[str]) -> list[str]:
        """The scorers of a stored evaluation, their versions pinned."""
        refs = [try_parse_ref(item) for item in evaluation.get("scorers") or []]
        pinned = []
        for ref in refs:
            if not isinstance(ref, ObjectRef) or ref.project not in project_ids:
                raise CannotWork("A scorer of the evaluation is no ref that may be followed")
            digest = self._version(ref, "scorer").digest
            pinned.append(type(ref)(ref.project, ref.name, digest).uri())
        return pinned

    def _scorers(self, frame: RunFrame, uris: Sequence[str]) -> list[RunScorer]:
        return [self._scorer(frame, number, uri) for number, uri in enumerate(uris)]

    def _scorer(self, frame: RunFrame, number: int, uri: str) -> RunScorer:
        ref = try_parse_ref(uri)
        if not isinstance(ref, ObjectRef):
            raise CannotWork("The scorer is no ref of an object or op")
        found = self._version(ref, "scorer")
        scorer = ScorerLoader(self.stores, self.settings, self.client, self.runner).load(uri, frame.job.project_id)
        if isinstance(scorer, RemoteScorer):
            raise CannotWork(f"The scorer {ref.name} is remote, and those are only asked by monitors")
        if isinstance(scorer, UnrunScorer):
            raise CannotWork(f"The scorer {ref.name} {OFF}")
        # Each layout has names of its own: the SDK's those of the classes, the v2 API's those of the objects.
        if frame.rescores:
            return RunScorer(number, uri, scorer_key(uri), scorer_op_name(ref), scorer)
        return RunScorer(number, uri, result_key(ref, found.val), scorer.op_name, scorer)

    def _stored(self, uri: str, what: str) -> tuple[ObjectRef, ObjectVersion]:
        ref = try_parse_ref(uri)
        if not isinstance(ref, ObjectRef) or isinstance(ref, OpRef):
            raise CannotWork(f"The {what} is code, which is not run here")
        return ref, self._version(ref, what)

    def _value(self, uri: str) -> dict[str, Any]:
        """The stored object, empty when there is none."""
        ref = try_parse_ref(uri)
        try:
            found = read_object(self.stores, ref.project, ref.name, ref.version) if isinstance(ref, ObjectRef) else None
        except NotFound:
            found = None
        return object_of(found.val) if found is not None else {}

    def _version(self, ref: ObjectRef, what: str) -> ObjectVersion:
        try:
            return read_object(self.stores, ref.project, ref.name, ref.version, kind=ref.kind)
        except ObjectDeleted as error:
            raise CannotWork(f"The {what} {ref.name} was deleted") from error
        except NotFound as error:
            raise NotThereYet(f"The {what} was not found", self.settings.scoring_missing_seconds) from error


def result_key(ref: ObjectRef, value: Any) -> str:
    """The key of a scorer's scores: its name, or else its class, made fit for a key as the SDK does it."""
    known = value if isinstance(value, dict) else {}
    name = first_text(known.get("name"), known.get("_class_name"), ref.name)
    return _PUNCTUATION.sub("-", _NO_NAME.sub("-", name)).strip("._-")[:_LONGEST_NAME] or ref.name
