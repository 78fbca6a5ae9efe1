"""What a place that projects come from offers, and how those who wait are told of progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of event tables, by table, and the cursor (a JSON value) from which the stream goes on behind them."""

    rows: Mapping[str, Sequence[Row]]
    cursor: Any


@dataclass(frozen=True, slots=True)
class Lines:
    """One file of entities: what it is called and where its rows come from."""

    name: str
    read: Callable[[], Iterator[list[Row]]]


class Source(Protocol):
    """A project that can be read. Every ref in its rows is in the outside form."""

    kind: str
    project: str
    url: str
    left_out: list[str]

    def lines(self) -> Iterable[Lines]:
        """The entities, first of all."""
        ...

    def streams(self) -> Sequence[str]:
        """The names of the streams of event rows, read in this order."""
        ...

    def total(self, stream: str) -> int | None:
        """How many rows the stream has, None when nobody knows."""
        ...

    def read(self, stream: str, cursor: Any) -> Iterator[Chunk]:
        """The rows of a stream behind the cursor; None is the beginning."""
        ...

    def digests(self) -> Iterable[str]:
        """The digests of all files of the project, asked for when all rows are in the folder."""
        ...

    def content(self, digest: str) -> bytes | None:
        """The bytes of a file; None when it is not there."""
        ...

    def usernames(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names of those users that are known."""
        ...


class Watch(Protocol):
    """Shows how far the work is."""

    def begin(self, part: str, total: int | None, done: int = 0) -> None:
        """A part of the work begins, of which some may be done already."""
        ...

    def advance(self, count: int) -> None:
        """So much more of the part is done."""
        ...
