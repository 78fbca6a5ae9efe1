"""A scorer behind an HTTP endpoint, which only a monitor may ask. Who may be asked is remote_loading.py's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.scoring.arguments import OUTPUT_AND_ANY, Signature
from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.retry import CannotWork
from weft.scoring.scorers.base import Answer
from weft.scoring.scorers.remote_client import OAuthClient, RemoteClient
from weft.scoring.scorers.remote_wire import read_answer

NEEDS_MONITOR = "RemoteScorer requires a monitor"


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent about one call, and what it is sent with."""

    client: RemoteClient
    url: str
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    bearer: str = field(repr=False)
    oauth: OAuthClient | None
    structured: bool


@dataclass(frozen=True, slots=True)
class RemoteScorer:
    """A stored remote scorer; with a `request` it can be asked about the call that is in it."""

    op_name: str
    value: Mapping[str, Any]
    request: Request | None = None
    endpoint_key: EndpointKey | None = None
    column_map: Mapping[str, str] | None = None
    kind: str = "scorer"
    signature: Signature = OUTPUT_AND_ANY

    @property
    def waits(self) -> bool:
        """Whether it waits for something outside: only when it can be asked."""
        return self.request is not None

    def score(self, _arguments: Mapping[str, Any]) -> Answer:
        """Ask about the call. Raises ScoringFailure."""
        request = self.request
        if request is None:
            raise CannotWork(NEEDS_MONITOR, "ValueError")
        content = request.client.score(request.url, request.headers, request.content, request.bearer, request.oauth)
        result, typed = read_answer(content, request.structured)
        return Answer(result, typed=typed)
