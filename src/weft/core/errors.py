"""Every error the product can answer with, each with its HTTP status. Rendering them is api/errors.py's job.

WeftError
├── InvalidRequest 400        the request contradicts a rule
├── Unauthenticated 401       no or unknown credentials
├── Forbidden 403             known caller, not allowed
├── NotFound 404
│   ├── ObjectDeleted 404     adds `deleted_at`: final, clients do not retry it
│   └── RefsMissing 404       adds `missing_object_digests`
├── DigestMismatch 409        `expected_digest` was wrong
├── TooLarge 413
├── InvalidField 422          a field path or value shape the query language does not know
├── EngineFailure 502         the store answered with an error of its own
├── Unavailable 503           the store or the ledger cannot be reached now
└── QueryTimeout 504
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar


class WeftError(Exception):
    """Base of all errors; `extra` becomes top-level keys beside `reason` in the answer."""

    status: ClassVar[int] = 500

    def __init__(self, reason: str, **extra: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.extra = extra


class InvalidRequest(WeftError):
    """The request contradicts a rule of the API."""

    status = 400


class Unauthenticated(WeftError):
    """No credentials, or credentials nobody knows."""

    status = 401


class Forbidden(WeftError):
    """The caller is known and may not do this; the reason never tells whether the thing exists."""

    status = 403

    def __init__(self, reason: str = "Forbidden") -> None:
        super().__init__(reason)


class NotFound(WeftError):
    """What was named does not exist."""

    status = 404


class ObjectDeleted(NotFound):
    """The object existed and was deleted; clients take `deleted_at` as final."""

    def __init__(self, reason: str, deleted_at: datetime) -> None:
        super().__init__(reason, deleted_at=deleted_at.isoformat())


class RefsMissing(NotFound):
    """Some refs of a batch name objects that do not exist."""

    def __init__(self, digests: Iterable[str]) -> None:
        missing = sorted(set(digests))
        super().__init__(f"Ref not found: {', '.join(missing)}", missing_object_digests=missing)


class DigestMismatch(WeftError):
    """The content does not have the digest the client announced; nothing was written."""

    status = 409


class TooLarge(WeftError):
    """A body, batch or nesting over its limit."""

    status = 413


class InvalidField(WeftError):
    """A field path or a value shape the query language does not know."""

    status = 422


class EngineFailure(WeftError):
    """The event store answered with an error that is not the caller's fault."""

    status = 502


class Unavailable(WeftError):
    """A store cannot be reached or is closing; the same request may succeed later."""

    status = 503


class QueryTimeout(WeftError):
    """The query ran into its time limit."""

    status = 504
