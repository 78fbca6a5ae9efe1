"""Compares two tellings of a story, and holds what differs against the reviewed list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.contract.differential.telling import Answer

ABSENT = "<absent>"
ANYTHING = "<anything>"


@dataclass(frozen=True)
class Reviewed:
    """A difference that we want: where it is, what ours answers there, and why.

    `story`, `step` and `path` are patterns with `*`; items of lists are written `list.0`.
    """

    story: str
    step: str
    path: str
    ours: Any
    reason: str
    theirs: tuple[Any, ...] = ()
    """The only answers of the reference for which this holds; empty for any."""

    def covers(self, found: Found) -> bool:
        """Whether this is the difference found."""
        pairs = ((found.step, self.step), (found.path, self.path))
        where = all(fnmatchcase(text, pattern.replace("[", "[[]")) for text, pattern in pairs)
        ours = self.ours == ANYTHING or _same(self.ours, found.ours)
        theirs = not self.theirs or any(_same(value, found.theirs) for value in self.theirs)
        return where and ours and theirs


@dataclass(frozen=True)
class Found:
    """One place where the answers to a step differ."""

    step: str
    path: str
    ours: Any
    theirs: Any

    def __str__(self) -> str:
        return f"{self.step} | {self.path}\n      ours:   {_short(self.ours)}\n      theirs: {_short(self.theirs)}"


def differences(ours: Sequence[Answer], theirs: Sequence[Answer]) -> list[Found]:
    """Every place where two tellings differ."""
    assert [answer.step for answer in ours] == [answer.step for answer in theirs]
    return [
        Found(our.step, path, left, right)
        for our, their in zip(ours, theirs, strict=True)
        for path, left, right in _of_answers(our, their)
    ]


def _of_answers(our: Answer, their: Answer) -> Iterator[tuple[str, Any, Any]]:
    if our.status != their.status:
        # Of answers of two kinds the bodies say nothing more.
        yield "status", our.status, their.status
    else:
        yield from _of_values("body", our.body, their.body)


def _of_values(path: str, ours: Any, theirs: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({*ours, *theirs}):
            yield from _of_values(f"{path}.{key}", ours.get(key, ABSENT), theirs.get(key, ABSENT))
    elif _holds_items(ours) and _holds_items(theirs) and len(ours) == len(theirs):
        for index, (left, right) in enumerate(zip(ours, theirs, strict=True)):
            yield from _of_values(f"{path}.{index}", left, right)
    elif not _same(ours, theirs):
        yield path, ours, theirs


def _holds_items(value: Any) -> bool:
    """Whether this is a list of objects; a list of numbers or ids is one value."""
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON: 1 is neither 1.0 nor true."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 600 else f"{text[:600]}… ({len(text)} characters)"
