"""Which texts the entity store can keep. Payloads are not its business: they are JSON text."""

from __future__ import annotations

import re

from weft.core.errors import InvalidRequest

# It keeps UTF-8 and, in one of its databases, no NUL.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str, field: str) -> str:
    """The text. Raises InvalidRequest, naming the field, when it cannot be kept."""
    if _UNSTORABLE.search(text):
        raise InvalidRequest(f"{field} holds characters that cannot be stored")
    return text
