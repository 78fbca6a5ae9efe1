"""Which endpoint a scorer asks: what two scorers have in common when one's trouble is the other's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from weft.llm import Endpoint


@dataclass(frozen=True, slots=True)
class EndpointKey:
    """An endpoint under one set of credentials: a refused key of one project is no trouble of another's."""

    url: str
    credentials: str

    @property
    def host(self) -> str:
        """What people are told; empty for an endpoint that is not configured."""
        return urlsplit(self.url).netloc


UNKNOWN = EndpointKey("", "")
"""Stands for the endpoint of scorers for which none is configured."""


def key_of(endpoint: Endpoint) -> EndpointKey:
    """The key of an endpoint."""
    secrets = (endpoint.api_key, str(endpoint.aws and endpoint.aws.access_key), str(endpoint.google), endpoint.query)
    shown = repr((*secrets, sorted(endpoint.headers.items())))
    return EndpointKey(endpoint.base_url, hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest())


def endpoint_of(scorer: Any) -> EndpointKey | None:
    """The endpoint a scorer asks; None for one that asks nobody."""
    known = getattr(scorer, "endpoint_key", None)
    if isinstance(known, EndpointKey):
        return known
    endpoint = getattr(getattr(scorer, "model", None), "endpoint", None)
    return key_of(endpoint) if isinstance(endpoint, Endpoint) else None
