"""What of a project's traces may be stored, for how long, and with what taken out of it first.

Where the settings come from is project_settings.py's; who must ask is whoever writes calls or spans. Credentials are
redaction.py's and are replaced whatever the policy.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from weft.core.clock import as_utc
from weft.domain import pii
from weft.storage.entities.project_settings import ProjectSettings
from weft.storage.stores import Stores

SAMPLE_RATE_KEY = "weave.ingest_sample_rate"
"""Under this name a kept span, and below `attributes` a kept call, says what share of the traces was kept."""

PII_V1 = "pii-v1"
"""The policy under which personal data is replaced before anything is stored."""

_STEPS = 1_000_000
# No column holds a later moment, and nobody will be there to see it.
_LATEST = datetime(2262, 1, 1, tzinfo=UTC)
_FOR_EVER_DAYS = 365 * 400
# A trace id that can stand for a trace: 32 hexadecimal digits, or these as a UUID. Anything else is not sampled.
_TRACE_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """The policy of one project at one moment. As made, it lets everything through as it is, for ever."""

    sample_rate: float = 1.0
    dry_run: bool = False
    retention_days: int | None = None
    redacts: bool = False
    """Whether personal data is replaced (`pii-v1`)."""

    @property
    def samples(self) -> bool:
        """Whether any trace may be dropped."""
        return self.sample_rate < 1 and not self.dry_run

    @property
    def changes_nothing(self) -> bool:
        """Whether everything may be stored as it came, without a look at it."""
        return not self.samples and self.retention_days is None and not self.redacts

    def keeps(self, trace_id: str) -> bool:
        """Whether the trace is stored, by its id alone. Traces of evaluations are stored whatever this says."""
        return not self.samples or not _is_sampled(trace_id) or _place_of(trace_id) < self.sample_rate * _STEPS

    def marks(self, trace_id: str) -> bool:
        """Whether a stored trace has to carry the sample rate: it was kept because of its hash."""
        return self.samples and _is_sampled(trace_id) and self.keeps(trace_id)

    def expire_at(self, started_at: datetime) -> datetime | None:
        """When what started then is removed; None is never."""
        if self.retention_days is None or self.retention_days > _FOR_EVER_DAYS:
            return None
        moment = as_utc(started_at) + timedelta(days=self.retention_days)
        return moment if moment < _LATEST else None

    def redact(self, value: Any) -> Any:
        """The JSON value without personal data, or as it is when the project does not ask for that.

        Raises TooLarge for a value that is nested too deeply to be looked through.
        """
        return pii.redact(value) if self.redacts else value


EVERYTHING = IngestPolicy()
"""Stores everything as it comes, for ever."""


def policy_of(stores: Stores, project_id: str) -> IngestPolicy:
    """The policy of the project as it is now. Cheap: asked for every request that writes."""
    return _policy(stores.project_settings.of(project_id))


@lru_cache(maxsize=4096)
def _policy(settings: ProjectSettings) -> IngestPolicy:
    return IngestPolicy(
        sample_rate=settings.sample_rate,
        dry_run=settings.sample_dry_run,
        retention_days=settings.retention_days,
        redacts=settings.pii_policy == PII_V1,
    )


def _is_sampled(trace_id: str) -> bool:
    return _TRACE_ID.fullmatch(trace_id) is not None and trace_id.strip("0-") != ""


@lru_cache(maxsize=65_536)
def _place_of(trace_id: str) -> int:
    return int.from_bytes(hashlib.sha256(trace_id.encode()).digest()) % _STEPS
