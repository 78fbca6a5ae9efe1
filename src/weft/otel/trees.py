"""All attributes of a span as trees: its own, its events', its links' and its resource's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weft.otel.attributes import Tree, nest, nest_or_keep
from weft.otel.spans import OtelResource, OtelSpan


@dataclass(frozen=True, slots=True)
class SpanTrees:
    """The trees of one span; events and links in the order of the span's. The resource's is shared by many spans."""

    own: Tree
    events: list[Tree]
    links: list[Tree]
    resource: Tree

    def through(self, change: Callable[[Any], Any]) -> SpanTrees:
        """The trees after a change of each but the resource's."""
        return SpanTrees(
            change(self.own),
            [change(tree) for tree in self.events],
            [change(tree) for tree in self.links],
            self.resource,
        )

    def exception(self, span: OtelSpan) -> dict[str, Any]:
        """What the last `exception` event of the span says, under `type`, `message` and so on."""
        told = self.of_events(span, "exception")
        last = told[-1].get("exception") if told else None
        return last if isinstance(last, dict) else {}

    def of_events(self, span: OtelSpan, name: str) -> list[Tree]:
        """The trees of the span's events of that name."""
        return [tree for event, tree in zip(span.events, self.events, strict=True) if event.name == name]


def trees_of(span: OtelSpan, resource: Tree) -> SpanTrees:
    """The trees of a span. Raises AttributeConflict when its own attributes make none."""
    return SpanTrees(
        nest(span.attributes),
        [nest_or_keep(event.attributes) for event in span.events],
        [nest_or_keep(link.attributes) for link in span.links],
        resource,
    )


def resource_tree(resource: OtelResource) -> Tree:
    """The tree of a resource."""
    return nest_or_keep(resource.attributes)
