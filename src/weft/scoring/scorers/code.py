"""Scorers made of a user's own code, which the code runner runs; without it each answers so, clearly, and fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.core.refs import OpRef, try_parse_ref
from weft.domain.score_writing import score_op_of
from weft.scoring.arguments import OUTPUT_AND_ANY, Signature
from weft.scoring.retry import CannotWork
from weft.scoring.runner.code_runner import CodeRunner
from weft.scoring.runner.failures import OFF
from weft.scoring.runner.programs import Program, ProgramReader
from weft.scoring.scorers.base import Answer
from weft.scoring.scorers.judge_loading import column_map_of
from weft.scoring.stored_values import stored_value


@dataclass(frozen=True, slots=True)
class UnrunScorer:
    """A class or function of which only the source is stored, where nothing of it is ever executed."""

    op_name: str
    kind: str
    column_map: Mapping[str, str] | None = None
    # Its true parameters stand in its source; every call is accepted so that the one reason is shown for each.
    signature: Signature = OUTPUT_AND_ANY
    waits: bool = False

    def score(self, _arguments: Mapping[str, Any]) -> Answer:
        """Refuse."""
        raise CannotWork(OFF)


@dataclass(frozen=True, slots=True)
class CodeScorer:
    """A class or function whose source the code runner has. What it takes is known once that has loaded it."""

    op_name: str
    column_map: Mapping[str, str] | None
    program: Program
    runner: CodeRunner
    reader: ProgramReader = field(repr=False)
    own_kind: str = "scorer"
    waits: bool = True

    @property
    def kind(self) -> str:
        """What its op says it is, or else what its class makes it; a plain function is nothing."""
        known = self.runner.told_by(self.program)
        return known.kind or self.own_kind if known is not None else self.own_kind

    @property
    def function(self) -> str:
        """What the SDK calls a Python function like this one."""
        known = self.runner.told_by(self.program)
        return "async_function" if known is not None and known.is_async else "function"

    @property
    def signature(self) -> Signature:
        """What its score function takes. Loads it, which takes its time. Raises ScoringFailure."""
        return self.runner.known(self.program).signature

    def score(self, arguments: Mapping[str, Any]) -> Answer:
        """Run it."""
        return Answer(self.runner.score(self.program, self.reader.arguments(arguments)))


def class_scorer(
    runner: CodeRunner, reader: ProgramReader, value: Mapping[str, Any], op_name: str
) -> CodeScorer | UnrunScorer:
    """The scorer of a stored object. Raises CannotWork when its code cannot be had."""
    if not runner.on:
        return UnrunScorer(op_name, "scorer", column_map_of(value))
    ref = try_parse_ref(score_op_of(value))
    if not isinstance(ref, OpRef):
        raise CannotWork("The scorer was published without its score op")
    op = stored_value(reader.stores, ref, reader.project_ids, "The scorer's score op")
    return CodeScorer(op_name, column_map_of(value), reader.program(op, value), runner, reader)


def function_scorer(runner: CodeRunner, reader: ProgramReader, op: Any, uri: str) -> CodeScorer | UnrunScorer:
    """The scorer of an op. Raises CannotWork when its code cannot be had."""
    if not runner.on:
        return UnrunScorer(uri, "")
    return CodeScorer(uri, None, reader.program(op, None), runner, reader, own_kind="")
