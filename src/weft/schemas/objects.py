"""The words of objects: create, read, query, delete, tags and aliases. What they mean is domain/objects.py's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from weft.schemas.base import Wire
from weft.schemas.sorting import SortBy


class ObjSchema(Wire):
    """A version of an object."""

    project_id: str
    object_id: str
    created_at: datetime
    deleted_at: datetime | None = None
    digest: str
    version_index: int
    is_latest: int
    kind: str
    base_object_class: str | None
    leaf_object_class: str | None = None
    val: Any
    wb_user_id: str | None = None
    size_bytes: int | None = None
    tags: list[str] | None = None
    aliases: list[str] | None = None


class ObjSchemaForInsert(Wire):
    """A value to publish under a name."""

    project_id: str
    object_id: str
    val: Any
    builtin_object_class: str | None = None
    set_base_object_class: str | None = Field(None, deprecated=True)
    expected_digest: str | None = None
    wb_user_id: str | None = None


class ObjCreateReq(Wire):
    """Body of /obj/create."""

    obj: ObjSchemaForInsert


class ObjCreateRes(Wire):
    """The digest the value is stored under."""

    digest: str
    object_id: str | None = None


class ObjReadReq(Wire):
    """Body of /obj/read; `digest` may also be `latest`, `vN` or an alias."""

    project_id: str
    object_id: str
    digest: str
    metadata_only: bool | None = False
    include_tags_and_aliases: bool | None = False


class ObjReadRes(Wire):
    """The version that was asked for."""

    obj: ObjSchema


class ObjectVersionFilter(Wire):
    """Conditions that all hold; an empty list is no condition."""

    base_object_classes: list[str] | None = None
    exclude_base_object_classes: list[str] | None = None
    leaf_object_classes: list[str] | None = None
    object_ids: list[str] | None = None
    is_op: bool | None = None
    latest_only: bool | None = None
    tags: list[str] | None = None
    aliases: list[str] | None = None


class ObjQueryReq(Wire):
    """Body of /objs/query."""

    project_id: str
    filter: ObjectVersionFilter | None = None
    limit: int | None = None
    offset: int | None = None
    sort_by: list[SortBy] | None = None
    metadata_only: bool | None = False
    include_storage_size: bool | None = False
    include_tags_and_aliases: bool | None = False


class ObjQueryRes(Wire):
    """The versions found."""

    objs: list[ObjSchema]


class ObjDeleteReq(Wire):
    """Body of /obj/delete; no digests means all versions."""

    project_id: str
    object_id: str
    digests: list[str] | None = None


class DeletedObjVersion(Wire):
    """A version that was deleted."""

    digest: str
    base_object_class: str | None = None
    leaf_object_class: str | None = None


class ObjDeleteRes(Wire):
    """What was deleted."""

    num_deleted: int
    deleted_versions: list[DeletedObjVersion] | None = None


class ObjTagsBody(Wire):
    """Tags to give to a version or to take from it."""

    project_id: str
    tags: list[str]
    wb_user_id: str | None = None


class ObjSetAliasesBody(Wire):
    """Aliases that are to name a version."""

    project_id: str
    digest: str
    aliases: list[str]
    wb_user_id: str | None = None


class ObjRemoveAliasesBody(Wire):
    """Aliases to remove."""

    project_id: str
    aliases: list[str]
    wb_user_id: str | None = None


class ObjLabelsRes(Wire):
    """Nothing to say."""


class TagsListRes(Wire):
    """The tags of a project."""

    tags: list[str]


class AliasesListRes(Wire):
    """The aliases of a project."""

    aliases: list[str]
