"""Points in time and time zones as clients send them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from weft.core.clock import as_utc


def _in_utc(moment: datetime) -> datetime:
    try:
        return as_utc(moment)
    except OverflowError as error:
        raise ValueError("the time is outside the years 1 to 9999") from error


def _convertible(moment: datetime) -> datetime:
    _in_utc(moment)
    return moment


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        # Names of folders, files elsewhere and absurd lengths are no zones either.
        raise ValueError("no such time zone: use a name of the IANA database, as Europe/Berlin") from error
    return zone


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A time with any offset, as UTC; one without is taken as UTC."""

KeptMoment = Annotated[datetime, AfterValidator(_convertible)]
"""A time that is shown again as it was given; it can be converted to UTC."""

Zone = Annotated[str, AfterValidator(_known)]
"""The name of a time zone."""
