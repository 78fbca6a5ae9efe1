"""How a list is to be ordered; shared by every query that takes `sort_by`."""

from __future__ import annotations

from typing import Literal

from weft.schemas.base import Wire


class SortBy(Wire):
    """One field to order by."""

    field: str
    direction: Literal["asc", "desc"]
