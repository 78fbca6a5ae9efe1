"""The words of files; contents themselves travel as form parts and raw bytes."""

from __future__ import annotations

from weft.schemas.base import Wire


class FileCreateRes(Wire):
    """The digest the content is stored under."""

    digest: str


class FileContentReadReq(Wire):
    """Body of /file/content."""

    project_id: str
    digest: str


class FilesStatsReq(Wire):
    """Body of /files/query_stats."""

    project_id: str


class FilesStatsRes(Wire):
    """The bytes of all files of a project."""

    total_size_bytes: int
