"""Models as objects of the v2 API: a source file with a name and attributes. Nothing here runs one."""

from __future__ import annotations

from collections.abc import Iterator

from weft.core.identity import Project, User
from weft.domain.call_lists import Page
from weft.domain.object_resources import (
    header,
    list_versions,
    object_id_of,
    read_version,
    shown_description,
    shown_name,
)
from weft.domain.objects import publish_object
from weft.domain.ops import SOURCE_FILE, source_of, store_source
from weft.schemas.models import RESERVED_KEYS, ModelCreateBody, ModelReadRes
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores


def create_model(stores: Stores, project: Project, user: User, body: ModelCreateBody) -> ObjectVersion:
    """Publish a model; its attributes become keys of the object."""
    object_id = object_id_of(body.name)
    value = {
        **header("Model", body.name, body.description),
        "files": {SOURCE_FILE: store_source(stores, project, body.source_code)},
        **(body.attributes or {}),
    }
    return publish_object(stores, project, user, object_id, value)


def read_model(stores: Stores, project: Project, object_id: str, version: str) -> ModelReadRes:
    """A version of a model; one published by an SDK has no source file."""
    found = read_version(stores, project, "Model", object_id, version)
    return _item(stores, project, found)


def list_models(stores: Stores, project: Project, page: Page) -> Iterator[ModelReadRes]:
    """All versions of all models, subclasses included."""
    for version in list_versions(stores, project, "Model", page):
        yield _item(stores, project, version)


def _item(stores: Stores, project: Project, version: ObjectVersion) -> ModelReadRes:
    return ModelReadRes(
        object_id=version.object_id,
        digest=version.digest,
        version_index=version.version_index,
        created_at=version.created_at,
        name=shown_name(version),
        description=shown_description(version),
        source_code=source_of(stores, project, version),
        attributes={key: value for key, value in version.val.items() if key not in RESERVED_KEYS} or None,
    )
