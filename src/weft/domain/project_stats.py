"""How much a project stores, kind by kind."""

from __future__ import annotations

from weft.core.errors import InvalidRequest
from weft.core.identity import Project
from weft.schemas.project_stats import ProjectStatsReq, ProjectStatsRes
from weft.storage.events.project_stats import bytes_of_calls, bytes_of_spans, bytes_of_table_rows
from weft.storage.stores import Stores


def project_stats(stores: Stores, project: Project, body: ProjectStatsReq) -> ProjectStatsRes:
    """The bytes of what was asked for. Raises InvalidRequest when nothing was."""
    calls, objects = body.include_trace_storage_size, body.include_object_storage_size
    tables, files = body.include_table_storage_size, body.include_file_storage_size
    if not (calls or objects or tables or files):
        raise InvalidRequest("At least one of the include_*_storage_size flags must be true")
    engine = stores.calls.engine
    return ProjectStatsRes(
        trace_storage_size_bytes=bytes_of_calls(engine, project.id) if calls else 0,
        spans_storage_size_bytes=bytes_of_spans(engine, project.id) if calls else 0,
        objects_storage_size_bytes=stores.objects.total_size(project.id) if objects else 0,
        tables_storage_size_bytes=bytes_of_table_rows(engine, project.id) if tables else 0,
        files_storage_size_bytes=stores.files.total_size(project.id) if files else 0,
    )
