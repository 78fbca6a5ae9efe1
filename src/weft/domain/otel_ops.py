"""The ops that names of spans stand for: what an SDK published under the name, else a placeholder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from weft.core.digest import object_digest
from weft.core.identity import Project, User
from weft.core.refs import OpRef
from weft.domain.objects import prepare_object
from weft.domain.ops import op_value, store_source
from weft.domain.placeholder_sources import placeholder_source
from weft.storage.entities.objects import ObjectSelection
from weft.storage.stores import Stores

MAX_NAME = 128
NAMELESS = "span"
"""The op of spans whose name has nothing that may name an op."""

_DROPPED = re.compile(r"[^\w.-]")
_TAIL = 4
_NAMES_PER_QUERY = 500


def op_refs(stores: Stores, project: Project, user: User, span_names: Iterable[str]) -> dict[str, str]:
    """The ref of the op of each span name. Asks and writes once for all of them."""
    named = {name: op_id_of(name) for name in span_names}
    wanted = sorted(set(named.values()))
    digests: dict[str, str] = {}
    for start in range(0, len(wanted), _NAMES_PER_QUERY):
        selection = ObjectSelection(
            project.id, wanted[start : start + _NAMES_PER_QUERY], kind="op", latest_only=True, metadata_only=True
        )
        digests |= {version.object_id: version.digest for version in stores.objects.select(selection)}
    missing = [op_id for op_id in wanted if op_id not in digests]
    if missing:
        value = op_value(store_source(stores, project, placeholder_source("op")))
        stores.objects.publish_all([(prepare_object(project, user, op_id, value), False) for op_id in missing])
        digests |= dict.fromkeys(missing, object_digest(value))
    return {name: OpRef(project.id, op_id, digests[op_id]).uri() for name, op_id in named.items()}


def op_id_of(span_name: str) -> str:
    """The id of the op of a span name: shortened names end in a hash, so that two of them stay two."""
    op_id = _DROPPED.sub("", span_name.replace(" ", "_").replace("/", "_")).lower()
    if len(op_id) > MAX_NAME:
        # Of the whole name, since names that differ only behind the cut are different ops.
        tail = hashlib.sha256(span_name.encode()).hexdigest()[:_TAIL]
        op_id = f"{op_id[: MAX_NAME - 1 - _TAIL]}{tail}"
    return op_id or NAMELESS
