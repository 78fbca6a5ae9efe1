"""The words of lists for people: the objects of a project, the versions of one, and rows of tables in previews."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from weft.schemas.base import Wire

ObjectFamily = Literal["dataset", "model", "prompt", "scorer", "evaluation", "op", "other"]


class ObjectListQuery(Wire):
    """Which objects, by family and by words in their names or classes, and in which order (`-` is descending)."""

    project_id: str
    family: ObjectFamily | None = None
    search: str = Field("", max_length=200)
    sort: Literal["-published", "published", "name", "-name"] = "-published"
    limit: int = Field(50, ge=1, le=100)
    offset: int = Field(0, ge=0, le=2**31)


class ListedVersion(Wire):
    """A version of an object without its value; `user` is the name of who published it first, when it is known."""

    object_id: str
    kind: str
    family: ObjectFamily
    base_object_class: str | None
    leaf_object_class: str | None
    digest: str
    version_index: int
    is_latest: bool
    created_at: datetime
    user: str | None
    size_bytes: int
    tags: list[str]
    aliases: list[str]


class ListedObject(ListedVersion):
    """The newest version of an object, and how many live versions it has."""

    versions: int


class ObjectListRes(Wire):
    """A page of objects; `families` counts all that match the search, by family."""

    objects: list[ListedObject]
    families: dict[str, int]
    total: int
    next_offset: int | None


class VersionListQuery(Wire):
    """The versions of one object, newest first; `kind` tells an op from an object of the same name."""

    project_id: str
    object_id: str
    kind: Literal["object", "op"] | None = None
    limit: int = Field(50, ge=1, le=100)
    offset: int = Field(0, ge=0, le=2**31)


class VersionListRes(Wire):
    """A page of versions."""

    versions: list[ListedVersion]
    total: int
    next_offset: int | None


class TableRowsQuery(Wire):
    """Rows of a table in its order, or by the value at a path (`-path` is descending)."""

    project_id: str
    digest: str
    sort: str | None = Field(None, max_length=400)
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=2**31)


class TableRowPreview(Wire):
    """A row with long values shortened; `cut` says that something was left out."""

    digest: str
    index: int
    val: Any
    cut: bool


class TableRowsRes(Wire):
    """A page of rows; `total` counts the rows of the whole table."""

    rows: list[TableRowPreview]
    total: int
    next_offset: int | None
