"""Scorers as objects of the v2 API: a score op with a name. Running them is scoring's job."""

from __future__ import annotations

from collections.abc import Iterator

from weft.core.identity import Project, User
from weft.domain.call_lists import Page
from weft.domain.object_resources import (
    NewVersion,
    header,
    list_versions,
    object_id_of,
    publish_together,
    read_version,
    shown_description,
    shown_name,
    shown_op,
)
from weft.domain.ops import op_ref, op_value, placeholder_version, store_source
from weft.schemas.scorers import ScorerCreateBody, ScorerReadRes
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores


def create_scorer(stores: Stores, project: Project, user: User, body: ScorerCreateBody) -> ObjectVersion:
    """Publish a scorer with its score op and a placeholder for its summarize op, all of them or nothing."""
    object_id = object_id_of(body.name)
    score = NewVersion(f"{object_id}_score", op_value(store_source(stores, project, body.op_source_code)))
    summarize = placeholder_version(stores, project, f"{object_id}_summarize", "summarize")
    value = {
        **header("Scorer", body.name, body.description),
        "score": op_ref(project, score),
        "summarize": op_ref(project, summarize),
        "column_map": None,
    }
    return publish_together(stores, project, user, [score, summarize, NewVersion(object_id, value)])[-1]


def read_scorer(stores: Stores, project: Project, object_id: str, version: str) -> ScorerReadRes:
    """A version of a scorer."""
    return _item(read_version(stores, project, "Scorer", object_id, version))


def list_scorers(stores: Stores, project: Project, page: Page) -> Iterator[ScorerReadRes]:
    """All versions of all scorers, those of SDKs and of subclasses too."""
    return map(_item, list_versions(stores, project, "Scorer", page))


def _item(version: ObjectVersion) -> ScorerReadRes:
    return ScorerReadRes(
        object_id=version.object_id,
        digest=version.digest,
        version_index=version.version_index,
        created_at=version.created_at,
        name=shown_name(version),
        description=shown_description(version),
        score_op=shown_op(version, "score", f"{version.object_id}_score"),
    )
