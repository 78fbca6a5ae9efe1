"""The words of reading what refs stand for."""

from __future__ import annotations

from typing import Any

from weft.schemas.base import Wire


class RefsReadBatchReq(Wire):
    """Body of /refs/read_batch."""

    refs: list[str]


class RefsReadBatchRes(Wire):
    """The values, in the order of the refs."""

    vals: list[Any]
