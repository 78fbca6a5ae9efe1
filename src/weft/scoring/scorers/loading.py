"""Turns a scorer ref into a scorer that can run, or into the reason why it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.core.errors import NotFound, ObjectDeleted
from weft.core.refs import ObjectRef, OpRef, parse_ref
from weft.domain.objects import read_object
from weft.domain.score_writing import score_op_of
from weft.llm import ChatClient
from weft.scoring.retry import CannotWork, NotThereYet
from weft.scoring.runner.code_runner import CodeRunner
from weft.scoring.runner.programs import ProgramReader
from weft.scoring.scorers.base import Scorer
from weft.scoring.scorers.builtin import BUILTIN, BuiltinScorer
from weft.scoring.scorers.code import class_scorer, function_scorer
from weft.scoring.scorers.judge_loading import JudgeLoader, column_map_of
from weft.scoring.scorers.remote import RemoteScorer
from weft.settings import Settings
from weft.storage.stores import Stores

_JUDGE = "LLMAsAJudgeScorer"
_REMOTE = "RemoteScorer"


@dataclass(frozen=True, slots=True)
class ScorerLoader:
    """Loads scorer versions. They never change, but what a judge refers to by `latest` may."""

    stores: Stores
    settings: Settings
    client: ChatClient
    runner: CodeRunner

    def load(self, uri: str, project_id: str) -> Scorer:
        """The scorer, for calls of that project. Raises ScoringFailure."""
        ref = parse_ref(uri)
        if not isinstance(ref, ObjectRef):
            raise CannotWork("The scorer ref names neither an object nor an op")
        try:
            value = read_object(self.stores, ref.project, ref.name, ref.version, kind=ref.kind).val
        except ObjectDeleted as error:
            raise CannotWork("The scorer was deleted") from error
        except NotFound as error:
            raise NotThereYet("The scorer was not found", self.settings.scoring_missing_seconds) from error
        project_ids = frozenset((project_id, ref.project))
        if isinstance(ref, OpRef):
            return function_scorer(self.runner, ProgramReader(self.stores, project_ids), value, uri)
        return self._of_object(value, project_ids)

    def _of_object(self, value: Any, project_ids: frozenset[str]) -> Scorer:
        name = value.get("_class_name") if isinstance(value, dict) else None
        if not isinstance(name, str) or not name:
            raise CannotWork("The object is not a scorer")
        op_name = score_op_of(value) or f"{name}.score"
        if name == _JUDGE:
            return JudgeLoader(self.stores, self.settings, self.client, project_ids).load(value)
        if name in BUILTIN:
            return BuiltinScorer(BUILTIN[name], op_name, column_map_of(value))
        if name == _REMOTE:
            return RemoteScorer(op_name, value)
        if not _is_scorer(value):
            raise CannotWork(f"The object is a {name[:80]}, not a scorer")
        return class_scorer(self.runner, ProgramReader(self.stores, project_ids), value, op_name)


def _is_scorer(value: Mapping[str, Any]) -> bool:
    bases = value.get("_bases")
    return bool(score_op_of(value)) or (isinstance(bases, list) and "Scorer" in bases)
