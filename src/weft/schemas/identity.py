"""The words of the routes about who asks and where: server, projects, sessions, keys and the wandb host."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from weft.schemas.base import StrictWire, Wire
from weft.schemas.moments import Moment

RoleName = Literal["viewer", "annotator", "member", "admin"]


class ServerInfoRes(Wire):
    """What a client asks before anything else."""

    min_required_weave_python_version: str
    trace_server_version: str


class HealthRes(Wire):
    """The process answers, and whether its scoring worker, if it has one, still turns."""

    status: Literal["ok", "stalled"] = "ok"
    reason: str | None = None


class ReadyRes(Wire):
    """Whether to send it requests, which stores do not answer, and what its worker does: `working`, `paused` or `off`.

    `draining` is a server that was told to end.
    """

    status: Literal["ready", "not ready", "draining"]
    unavailable: list[str]
    scoring: str


class ProjectsInfoReq(Wire):
    """Projects by their outside names."""

    project_ids: list[str] = Field(max_length=1000)


class ProjectsInfoRes(Wire):
    """One project under both its names."""

    external_project_id: str
    internal_project_id: str


class ProjectSummary(Wire):
    """A project the caller may see, and as what."""

    entity: str
    name: str
    role: RoleName


class ProjectListRes(Wire):
    """The projects the caller may see."""

    projects: list[ProjectSummary]


class ProjectActivityEntry(Wire):
    """How much a project holds, and when the latest of it started; null when it holds nothing."""

    entity: str
    name: str
    calls: int
    spans: int
    last_activity: datetime | None


class ProjectActivityRes(Wire):
    """The activity of the projects the caller may see."""

    projects: list[ProjectActivityEntry]


class SessionCreateReq(StrictWire):
    """The key a person typed into the browser; it is kept in a cookie, which holds printable ASCII only."""

    key: str = Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")


class SessionRes(Wire):
    """Who the caller is; `username` is null for a stranger."""

    auth: Literal["keys", "off"]
    username: str | None
    default_entity: str | None
    administrator: bool


class KeyGrant(Wire):
    """One right of a key; the scope is `*`, `entity/*` or `entity/project`."""

    scope: str
    role: RoleName


class KeyCreateReq(StrictWire):
    """A key to make."""

    username: str = Field(min_length=1, max_length=128)
    role: RoleName
    scope: str = Field("*", max_length=600)
    name: str = Field("", max_length=200)
    expires_at: Moment | None = Field(None, description="From when on it is refused; null is never.")


class KeyCreateRes(Wire):
    """The new key; it cannot be shown again."""

    key: str


class KeySummary(Wire):
    """A key without its secret."""

    id: str
    username: str
    name: str
    hint: str
    created_at: datetime
    expires_at: datetime | None = None
    grants: list[KeyGrant]


class KeyListRes(Wire):
    """All keys that are not revoked."""

    keys: list[KeySummary]


class GraphQLReq(Wire):
    """A GraphQL request as the wandb and weave clients send it."""

    query: str = Field(max_length=100_000)
    variables: dict[str, Any] | None = None
    operation_name: str | None = Field(None, alias="operationName")


class GraphQLRes(Wire):
    """A GraphQL answer."""

    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] | None = None
