"""Sort keys as SQL: JSON and feedback values by presence, then as numbers, then as texts; missing values last."""

from __future__ import annotations

from collections.abc import Sequence

from weft.core.errors import InvalidField
from weft.storage.events.query.fields import COLUMNS, Column, QueueMembership, parse_field
from weft.storage.events.query.values import Operands

SortKey = tuple[str, str]
"""(field path, "asc" or "desc")"""


def order_by(sort: Sequence[SortKey] | None, operands: Operands) -> str:
    """The ORDER BY list, always ending in `id` so that pages do not overlap. Raises InvalidField."""
    if not sort:
        return "started_at ASC, id ASC"
    terms: list[str] = []
    for path, direction in sort:
        if direction not in ("asc", "desc"):
            raise InvalidField(f"sort direction must be asc or desc, not {direction[:20]!r}")
        terms += _terms(path, direction.upper(), operands)
    if all(path != "id" for path, _ in sort):
        last_path, last_direction = sort[-1]
        terms.append(f"id {last_direction.upper() if last_path == 'started_at' else 'DESC'}")
    return ", ".join(terms)


def _terms(path: str, direction: str, operands: Operands) -> list[str]:
    field = parse_field(path)
    if isinstance(field, QueueMembership):
        raise InvalidField(f"Field {path!r} cannot be sorted by")
    value = operands.field(path)
    if value.kind == "json":
        number = f"toFloat64OrNull({value.sql})"
        return [f"({value.sql} != '') DESC", f"{number} {direction} NULLS LAST", f"{value.sql} {direction}"]
    if isinstance(field, Column):
        if COLUMNS[field.name] == "never":
            return []
        if COLUMNS[field.name] == "text":
            return [f"nullIf({field.name}, '') {direction} NULLS LAST"]
    return [f"{value.sql} {direction}" + (" NULLS LAST" if value.is_null != "0" else "")]
