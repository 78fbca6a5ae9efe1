"""Which annotation queues a query asks about; who is in them is a fact of the entity store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weft.storage.events.query.expressions import Compare, Constant, FieldPath, Logic, parse_query

QUEUE_FIELD = "annotation_queue_items.queue_id"
"""The field that stands for being in a queue; honoured as `$eq` with a literal, where only `$and` stands above it."""


def queues_in_query(query: Mapping[str, Any]) -> list[str]:
    """The queue ids of all such conditions. Raises the errors of a malformed query."""
    found: dict[str, None] = {}
    waiting = [parse_query(query)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Logic) and node.operator == "$and":
            waiting += node.parts
        if not isinstance(node, Compare) or node.operator != "$eq" or node.left != FieldPath(QUEUE_FIELD):
            continue
        if isinstance(node.right, Constant) and isinstance(node.right.value, str):
            found[node.right.value] = None
    return list(found)
