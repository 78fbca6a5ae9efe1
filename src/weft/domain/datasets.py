"""Datasets as objects of the v2 API: a table of rows with a name."""

from __future__ import annotations

from collections.abc import Iterator

from weft.core.identity import Project, User
from weft.core.refs import TableRef
from weft.domain.call_lists import Page
from weft.domain.evaluation_calls import first_text
from weft.domain.object_resources import (
    header,
    list_versions,
    object_id_of,
    read_version,
    shown_description,
    shown_name,
)
from weft.domain.objects import publish_object
from weft.domain.tables import create_table
from weft.schemas.datasets import DatasetCreateBody, DatasetReadRes
from weft.storage.entities.objects import ObjectVersion
from weft.storage.stores import Stores


def create_dataset(stores: Stores, project: Project, user: User, body: DatasetCreateBody) -> ObjectVersion:
    """Store the rows as a table and publish a dataset over it."""
    name = "Dataset" if body.name is None else body.name
    object_id = "Dataset" if body.name is None else object_id_of(name)
    digest, _ = create_table(stores, project, body.rows)
    value = {**header("Dataset", name, body.description), "rows": TableRef(project.id, digest).uri()}
    return publish_object(stores, project, user, object_id, value)


def read_dataset(stores: Stores, project: Project, object_id: str, version: str) -> DatasetReadRes:
    """A version of a dataset."""
    return _item(read_version(stores, project, "Dataset", object_id, version))


def list_datasets(stores: Stores, project: Project, page: Page) -> Iterator[DatasetReadRes]:
    """All versions of all datasets."""
    return map(_item, list_versions(stores, project, "Dataset", page))


def _item(version: ObjectVersion) -> DatasetReadRes:
    return DatasetReadRes(
        object_id=version.object_id,
        digest=version.digest,
        version_index=version.version_index,
        created_at=version.created_at,
        name=shown_name(version),
        description=shown_description(version),
        rows=first_text(version.val.get("rows")),
    )
