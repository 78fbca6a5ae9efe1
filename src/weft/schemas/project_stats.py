"""The words of how much a project stores."""

from __future__ import annotations

from weft.schemas.base import NullIsAbsent, Wire


class ProjectStatsReq(NullIsAbsent):
    """Which sizes are wanted; all of them by default."""

    project_id: str
    include_trace_storage_size: bool = True
    include_object_storage_size: bool = True
    include_table_storage_size: bool = True
    include_file_storage_size: bool = True


class ProjectStatsRes(Wire):
    """Bytes; 0 for what was not asked for."""

    trace_storage_size_bytes: int = 0
    spans_storage_size_bytes: int = 0
    objects_storage_size_bytes: int = 0
    tables_storage_size_bytes: int = 0
    files_storage_size_bytes: int = 0
