"""Where two JSON values differ, and what became of the rows of a list. Pure."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from weft.core import jsontext

Change = Literal["added", "removed", "changed"]
Path = tuple[str | int, ...]

_LONGEST_TEXT = 100_000
_MOST_LINES = 2000
_LONGEST_DIFF = 4000


@dataclass(frozen=True, slots=True)
class Difference:
    """A place that differs; the side on which it does not exist is None."""

    path: Path
    change: Change
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class RowMove:
    """What became of a row, by its places in both lists."""

    change: Change
    before: int | None
    after: int | None


def differences(before: Any, after: Any) -> Iterator[Difference]:
    """The outermost places that differ, in the order of the values. Numbers are equal by value; true is not 1."""
    waiting: list[tuple[Path, Any, Any]] = [((), before, after)]
    while waiting:
        path, old, new = waiting.pop()
        if isinstance(old, dict) and isinstance(new, dict):
            below: list[tuple[Path, Any, Any]] = []
            for key in dict.fromkeys((*old, *new)):
                below.append(((*path, key), old.get(key, _Nothing), new.get(key, _Nothing)))
            waiting.extend(reversed(below))
        elif isinstance(old, list) and isinstance(new, list):
            waiting.extend(reversed(_items(path, old, new)))
        elif old is _Nothing:
            yield Difference(path, "added", after=new)
        elif new is _Nothing:
            yield Difference(path, "removed", before=old)
        elif not _is_same(old, new):
            yield Difference(path, "changed", old, new)


def row_moves(before: Sequence[str], after: Sequence[str]) -> tuple[list[RowMove], int, bool]:
    """What became of rows told apart by their digests: the changes, how many stayed, and whether those changed order.

    Rows gone and rows new between the same two that stayed are one changed row each.
    """
    stayed = Counter(before) & Counter(after)
    gone, kept_before = _split(before, stayed)
    new, kept_after = _split(after, stayed)
    moves: list[RowMove] = []
    for gap in sorted(gone.keys() | new.keys()):
        old_places, new_places = gone.get(gap, []), new.get(gap, [])
        shared = min(len(old_places), len(new_places))
        moves += [RowMove("changed", old_places[n], new_places[n]) for n in range(shared)]
        moves += [RowMove("removed", place, None) for place in old_places[shared:]]
        moves += [RowMove("added", None, place) for place in new_places[shared:]]
    return moves, stayed.total(), kept_before != kept_after


def path_text(path: Path) -> str:
    """A path as people write it: `a.b[2]`, a dot inside a key as `\\.`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            escaped = part.replace(".", "\\.")
            text += f".{escaped}" if text else escaped
    return text


def line_diff(before: Any, after: Any) -> str | None:
    """The lines that differ between texts of several lines, as a unified diff; None for anything else."""
    if not isinstance(before, str) or not isinstance(after, str) or "\n" not in before + after:
        return None
    if max(len(before), len(after)) > _LONGEST_TEXT:
        return None
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _MOST_LINES:
        return None
    lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST_DIFF else text[: _LONGEST_DIFF - 1] + "…"


class _Nothing:
    """Stands for the side that has no such key or item."""


def _items(path: Path, old: list[Any], new: list[Any]) -> list[tuple[Path, Any, Any]]:
    """The items that may differ: equal ones at both ends are left out, so that an insertion moves nothing."""
    texts = [[jsontext.dumps_finite(item) for item in items] for items in (old, new)]
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if texts[0][n] != texts[1][n]), shorter)
    same = (n for n in range(shorter - start) if texts[0][-1 - n] != texts[1][-1 - n])
    end = next(same, shorter - start)
    old_end, new_end = len(old) - end, len(new) - end
    return [
        (
            (*path, place),
            old[place] if place < old_end else _Nothing,
            new[place] if place < new_end else _Nothing,
        )
        for place in range(start, max(old_end, new_end))
    ]


def _is_same(old: Any, new: Any) -> bool:
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _split(rows: Sequence[str], stayed: Counter[str]) -> tuple[dict[int, list[int]], list[str]]:
    """The places of rows that did not stay, by how many that did stand before them; and those, in order."""
    left = stayed.copy()
    others: dict[int, list[int]] = {}
    kept: list[str] = []
    for place, digest in enumerate(rows):
        if left[digest] > 0:
            left[digest] -= 1
            kept.append(digest)
        else:
            others.setdefault(len(kept), []).append(place)
    return others, kept
