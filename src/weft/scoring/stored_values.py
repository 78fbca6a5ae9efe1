"""Reads what a ref inside a scorer or a call stands for, within the projects that may be read for it."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from weft.core.errors import Forbidden, InvalidRequest, NotFound
from weft.core.refs import ObjectRef
from weft.domain.objects import read_object
from weft.domain.refs import resolve_ref
from weft.scoring.retry import CannotWork
from weft.storage.stores import Stores


def stored_value(stores: Stores, ref: ObjectRef, project_ids: Set[str], what: str) -> Any:
    """The value; versions may be aliases, steps below the object are followed. Raises CannotWork, naming `what`."""
    if ref.project not in project_ids:
        raise CannotWork(f"{what} refers to another project")
    try:
        version = read_object(stores, ref.project, ref.name, ref.version, kind=ref.kind)
        if not ref.edges:
            return version.val
        pinned = type(ref)(ref.project, ref.name, version.digest, ref.edges)
        value = resolve_ref(stores, pinned.uri(), project_ids.__contains__)
    except (NotFound, InvalidRequest, Forbidden) as error:
        raise CannotWork(f"{what} refers to something that cannot be read: {error.reason}") from error
    if value is None:
        raise CannotWork(f"{what} refers to something that does not exist")
    return value
