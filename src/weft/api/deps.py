"""What a route's signature may ask for: the services, the caller, the project of the path with the right it needs."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Path, Request

from weft.api.auth import Access as AccessValue
from weft.core.errors import Forbidden
from weft.core.identity import Project, Role, User
from weft.services import Services

EntityName = Annotated[str, Path(title="Entity")]
ProjectName = Annotated[str, Path(title="Project")]


# These are coroutines because a plain function would cost each request a hop to a thread.
async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


async def _access(request: Request) -> AccessValue:
    return cast(AccessValue, request.state.access)


Svc = Annotated[Services, Depends(_services)]
Access = Annotated[AccessValue, Depends(_access)]


async def _user(access: Access) -> User:
    return access.user


async def _readable(entity: EntityName, project: ProjectName, access: Access) -> Project:
    return access.project(f"{entity}/{project}", Role.viewer)


async def _annotatable(entity: EntityName, project: ProjectName, access: Access) -> Project:
    return access.project(f"{entity}/{project}", Role.annotator)


async def _writable(entity: EntityName, project: ProjectName, access: Access) -> Project:
    return access.project(f"{entity}/{project}", Role.member)


async def _administered(request: Request, entity: EntityName, project: ProjectName, access: Access) -> Project:
    if (access.credential.role(entity, project) or 0) < Role.admin:
        raise Forbidden
    # A look at a project must not make it.
    return access.project(f"{entity}/{project}", Role.viewer if request.method == "GET" else Role.admin)


CurrentUser = Annotated[User, Depends(_user)]
ProjectRead = Annotated[Project, Depends(_readable)]
ProjectAnnotate = Annotated[Project, Depends(_annotatable)]
ProjectWrite = Annotated[Project, Depends(_writable)]
ProjectAdmin = Annotated[Project, Depends(_administered)]
