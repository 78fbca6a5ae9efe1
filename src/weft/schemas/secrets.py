"""Secrets of a project: what is told about them. Values go in and never come out."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, SecretStr

from weft.schemas.base import NullIsAbsent, StrictWire, Wire


class SecretPutReq(NullIsAbsent, StrictWire):
    """A value, and the hosts it may be sent to; the key of a known provider needs none."""

    value: SecretStr
    hosts: list[str] = Field(default_factory=list)


class SecretSummary(Wire):
    """A secret without its value."""

    name: str
    hosts: list[str]
    updated_at: datetime
    updated_by: str


class SecretListRes(Wire):
    """The secrets of a project."""

    secrets: list[SecretSummary]
