"""The spans of a trace as a tree in the order of a chat, whatever their parent ids say.

Nothing here recurses, so a tree may be as deep as it likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from weft.storage.events.chat_spans import ChatSpan

_NEVER = datetime.max.replace(tzinfo=UTC)
_CHAT = "chat"
_ASSISTANT_TEXT = "assistant_text"


@dataclass(slots=True)
class ChatTree:
    """Every span once. Relations are positions in `spans`, which follow the tree: a parent, then its children.

    The descendants of span number n are those from n + 1 up to, without, `ends[n]`.
    """

    spans: Sequence[ChatSpan]
    parents: Sequence[int | None]
    children: Sequence[Sequence[int]]
    ends: Sequence[int]

    def roots(self) -> list[int]:
        """The spans without a parent, in order."""
        return [number for number, parent in enumerate(self.parents) if parent is None]

    def is_above(self, upper: int, lower: int) -> bool:
        """Whether the one span is the other or an ancestor of it."""
        return upper <= lower < self.ends[upper]


def build_tree(spans: Iterable[ChatSpan]) -> ChatTree:
    """The tree of a trace, the same for every order of its rows.

    A span whose parent is not there is a root. Where spans are each other's ancestors, the first of them becomes one.
    Of two spans with the same id the later version stays.
    """
    unique: dict[str, ChatSpan] = {}
    for span in spans:
        known = unique.get(span.span_id)
        if known is None or _version(span) > _version(known):
            unique[span.span_id] = span
    below: dict[str, list[ChatSpan]] = {}
    for span in unique.values():
        if _has_parent(span, unique):
            below.setdefault(span.parent_span_id, []).append(span)
    order = {span_id: _place(span, below.get(span_id, ())) for span_id, span in unique.items()}
    for siblings in below.values():
        siblings.sort(key=lambda span: order[span.span_id])
    ranked = sorted(unique.values(), key=lambda span: order[span.span_id])
    roots = [span for span in ranked if not _has_parent(span, unique)]
    tree = _numbered(roots, below)
    if len(tree.spans) == len(unique):
        return tree
    roots += _circles_opened(ranked, unique, below, {span.span_id for span in tree.spans})
    return _numbered(sorted(roots, key=lambda span: order[span.span_id]), below)


def leading_span(spans: Iterable[ChatSpan]) -> ChatSpan | None:
    """The span that speaks for its trace: the only one without a parent, else the one that ended last."""
    every = list(spans)
    parentless = [span for span in every if not span.parent_span_id]
    if len(parentless) == 1:
        return parentless[0]
    earliest = datetime.min.replace(tzinfo=UTC)
    by_start = sorted(every, key=lambda span: (span.started_at or _NEVER, span.span_id))
    return max(by_start, key=lambda span: span.ended_at or earliest, default=None)


def _has_parent(span: ChatSpan, unique: dict[str, ChatSpan]) -> bool:
    return bool(span.parent_span_id) and span.parent_span_id in unique and span.parent_span_id != span.span_id


def _version(span: ChatSpan) -> Any:
    return (span.ended_at is not None, span.ended_at or _NEVER, span.started_at or _NEVER, repr(span))


def _place(span: ChatSpan, children: Sequence[ChatSpan]) -> tuple[datetime, datetime, str]:
    """What siblings are ordered by. The texts a model streamed may begin before the span that gathers them says so."""
    started = span.started_at or _NEVER
    if span.operation_name == _CHAT:
        texts = (child for child in children if child.operation_name == _ASSISTANT_TEXT)
        started = min((child.started_at or _NEVER for child in texts), default=started)
    return started, span.ended_at or _NEVER, span.span_id


def _circles_opened(
    ranked: Sequence[ChatSpan], unique: dict[str, ChatSpan], below: dict[str, list[ChatSpan]], reached: set[str]
) -> list[ChatSpan]:
    """The first span of each circle, taken from its parent; `reached` are the spans below real roots."""
    rank = {span.span_id: place for place, span in enumerate(ranked)}
    roots: list[ChatSpan] = []
    for span in ranked:
        if span.span_id not in reached:
            first = min(_circle(span, unique), key=lambda member: rank[member.span_id])
            siblings = below[first.parent_span_id]
            siblings[:] = [sibling for sibling in siblings if sibling is not first]
            reached.update(_ids_under(first, below))
            roots.append(first)
    return roots


def _circle(span: ChatSpan, unique: dict[str, ChatSpan]) -> list[ChatSpan]:
    """The spans that are each other's ancestors, found upwards from a span that no root reaches."""
    path: dict[str, int] = {}
    walked: list[ChatSpan] = []
    while span.span_id not in path:
        path[span.span_id] = len(walked)
        walked.append(span)
        span = unique[span.parent_span_id]
    return walked[path[span.span_id] :]


def _ids_under(root: ChatSpan, below: dict[str, list[ChatSpan]]) -> Iterator[str]:
    waiting = [root]
    while waiting:
        span = waiting.pop()
        yield span.span_id
        waiting.extend(below.get(span.span_id, ()))


def _numbered(roots: Sequence[ChatSpan], below: dict[str, list[ChatSpan]]) -> ChatTree:
    spans: list[ChatSpan] = []
    parents: list[int | None] = []
    children: list[list[int]] = []
    waiting: list[tuple[ChatSpan, int | None]] = [(root, None) for root in reversed(roots)]
    while waiting:
        span, parent = waiting.pop()
        number = len(spans)
        spans.append(span)
        parents.append(parent)
        children.append([])
        if parent is not None:
            children[parent].append(number)
        waiting.extend((child, number) for child in reversed(below.get(span.span_id, ())))
    ends = list(range(1, len(spans) + 1))
    for number in range(len(spans) - 1, -1, -1):
        parent = parents[number]
        if parent is not None:
            ends[parent] = max(ends[parent], ends[number])
    return ChatTree(spans, parents, children, ends)
