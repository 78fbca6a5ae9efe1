"""Points in time as clients send them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from weft.core.clock import as_utc


def _in_utc(moment: datetime) -> datetime:
    try:
        return as_utc(moment)
    except OverflowError as error:
        raise ValueError("the time is outside the years 1 to 9999") from error


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A time with any offset, as UTC; one without is taken as UTC."""
