"""Why a store cannot be used, in words that say what to do, from what its driver says. Knows no store itself."""

from __future__ import annotations

import re

_ENTITIES = (
    (r'password authentication failed for user "([^"]*)"', "the user {0!r} or its password is wrong"),
    (r"no password supplied", "the server asks for a password, and the URL has none"),
    (r'database "([^"]*)" does not exist', "there is no database {0!r} on the server"),
    (r'role "([^"]*)" does not exist', "there is no user {0!r} on the server"),
    (r"permission denied for (\w+ \w+)", "the user may not use {0}"),
    (r"failed to resolve host '([^']*)'", "the host {0!r} is unknown"),
    (r'server at "([^"]*)", port (\d+) failed: Connection refused', "nothing listens at {0}:{1}"),
    (r"(?:timeout expired|connection timeout)", "the server does not answer"),
    (r"SSL|certificate", "TLS does not come about: {text}"),
    (r"no pg_hba.conf entry", "the server does not let this user in from here: {text}"),
    (r"too many clients|remaining connection slots", "the server has no connection left: raise its max_connections"),
)
_EVENTS = (
    (r"Code: 516\.|AUTHENTICATION_FAILED", "the user or the password is wrong"),
    (r"Code: 81\.|UNKNOWN_DATABASE", "the database of the URL does not exist: make it with CREATE DATABASE"),
    (r"Code: 497\.[^:]*:: ?Exception: ([^(]*)", "the user may not do what is needed: {0}"),
    (r"Failed to resolve '([^']*)'", "the host {0!r} is unknown"),
    (r"host='([^']*)', port=(\d+).*Connection refused", "nothing listens at {0}:{1}"),
    (r"host='([^']*)', port=(\d+).*timed out", "{0}:{1} does not answer"),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "TLS does not come about: is its certificate known here, and the port right?",
    ),
)
_BLOBS = (
    (r"169\.254\.169\.254", "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    (r"NoSuchBucket|404 Not Found", "there is no such bucket"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|401 Unauthorized", "the access key or its secret is wrong"),
    (r"AccessDenied|403 Forbidden", "the key may not read, write, list and delete in this bucket"),
    (r"dns error|failed to lookup", "the host of the endpoint is unknown"),
    (r"Connection refused|tcp connect error|error sending request", "the endpoint does not answer"),
    (r"No space left", "the disk is full"),
    (r"[Pp]ermission denied", "this user may not write there"),
)


def of_entities(error: object) -> str:
    """Why the entity store cannot be used."""
    return _reason(_ENTITIES, error)


def of_events(error: object) -> str:
    """Why the event store cannot be used."""
    return _reason(_EVENTS, error)


def of_blobs(error: object) -> str:
    """Why the blob store cannot be used."""
    return _reason(_BLOBS, error)


def _reason(known: tuple[tuple[str, str], ...], error: object) -> str:
    whole = str(error)
    first = whole.strip().split("\n", 1)[0][:300]
    for pattern, words in known:
        found = re.search(pattern, whole, re.DOTALL)
        if found:
            return words.format(*found.groups(), text=first)
    return first
