"""Who asks, and what they may do: credentials of a request, roles per project, and protection from foreign web pages.

Keys and grants are stored by storage/entities/keys.py.
"""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from weft.core.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from weft.core.identity import Project, Role, User
from weft.core.logging import note
from weft.services import Services
from weft.settings import Settings
from weft.storage.entities.keys import EVERYWHERE, Credential, user_named
from weft.storage.entities.projects import ProjectStore

COOKIE = "weft_key"
# The key, entity and project that a Weave client uses after it has switched itself off.
_DISABLED = "DISABLED"
_LOCAL = Credential("local", user_named("local"), ((EVERYWHERE, Role.admin),))
_LONGEST_NAME = 256
# Endings nobody can register, so a page of a stranger cannot be served under them.
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".test", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Access:
    """The caller of one request."""

    credential: Credential
    projects: ProjectStore

    @property
    def user(self) -> User:
        """Who the caller is."""
        return self.credential.user

    def project(self, external: str, role: Role) -> Project:
        """The project `entity/name`, if the caller has that role in it; made on the first write by a member.

        Raises InvalidRequest for another shape, Forbidden without the role, whether the project exists or not, and
        NotFound for one that does not exist and is not to be made.
        """
        entity, name = split_project(external)
        granted = self.credential.role(entity, name)
        if granted is None or granted < role:
            raise Forbidden
        note(project=external)
        found = self.projects.find(entity, name)
        if found is not None:
            return found
        if role == Role.viewer or granted < Role.member:
            raise NotFound(f"Project {external} not found")
        return self.projects.ensure(entity, name)

    def can_read(self, internal_id: str) -> Project | None:
        """The project of that internal id, if it exists and the caller may read it."""
        project = self.projects.by_id(internal_id)
        if project is None or self.credential.role(project.entity, project.name) is None:
            return None
        return project

    def external(self, internal_id: str) -> str | None:
        """The `entity/name` of a project the caller may read."""
        project = self.can_read(internal_id)
        return project.external if project else None

    def may_use(self, internal_id: str) -> bool:
        """Whether the caller may name that project in a ref."""
        return self.can_read(internal_id) is not None

    def default_entity(self) -> str:
        """The entity of a project named without one: the user's own, unless the key is for another one."""
        username = self.user.username
        if self.credential.role(username, "") is not None:
            return username
        return min((scope.partition("/")[0] for scope, _ in self.credential.grants), default=username)

    def require_administrator(self) -> None:
        """Raise Forbidden unless the caller may manage keys."""
        if not self.credential.administers_everything():
            raise Forbidden


def split_project(external: str) -> tuple[str, str]:
    """Entity and name of `entity/name`; raises InvalidRequest for anything else."""
    entity, _, name = external.partition("/")
    if external == f"{_DISABLED}/{_DISABLED}":
        raise Forbidden
    if not _is_name(entity) or not _is_name(name):
        raise InvalidRequest(f"Invalid project: {external[:200]!r} is not of the form 'entity/project'")
    return entity, name


async def resolve_access(request: Request) -> Access:
    """The caller of this request. Raises Unauthenticated, and Forbidden for a request that a foreign page made."""
    services: Services = request.app.state.services
    key, by_cookie = _presented_key(request)
    if services.settings.resolved_auth == "off":
        _refuse_foreign_pages(request, services.settings)
    elif by_cookie and request.method not in ("GET", "HEAD") and not _same_origin(request):
        raise Forbidden
    return Access(await identify(services, key), services.stores.projects)


async def identify(services: Services, key: str | None) -> Credential:
    """Whose key this is; without key checks it is the user `local`, with or without a key."""
    if key == _DISABLED:
        raise Unauthenticated("This client has switched itself off")
    if services.settings.resolved_auth == "off":
        return _LOCAL
    if not key:
        raise Unauthenticated("An API key is needed, as Basic 'api:<key>' or as Bearer")
    recalled, credential = services.stores.keys.recall(key)
    if not recalled:
        credential = await run_in_threadpool(services.stores.keys.authenticate, key)
    if credential is None:
        raise Unauthenticated("Unknown API key")
    return credential


def refuse_foreign_origin(request: Request) -> None:
    """Raise Forbidden when a web page of another origin made this request."""
    if "origin" in request.headers and not _same_origin(request):
        raise Forbidden


def _presented_key(request: Request) -> tuple[str | None, bool]:
    """The key, and whether a browser sent it by itself, as it does with cookies."""
    header = request.headers.get("authorization")
    if header is None:
        return request.cookies.get(COOKIE), COOKIE in request.cookies
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    if scheme.lower() != "basic":
        return None, False
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2], False
    except ValueError:
        # Not base64, not ASCII or not UTF-8.
        return None, False


def _refuse_foreign_pages(request: Request, settings: Settings) -> None:
    # Without keys the browser of the person at this machine is the only guard: a page from elsewhere may post here
    # (it then names its origin), or reach us under its own name by pointing that name at 127.0.0.1.
    if settings.insecure_allow_open_auth:
        return
    refuse_foreign_origin(request)
    if not _is_private_host(request.headers.get("host", "")):
        raise Forbidden(
            "Without API keys Weft answers only under the names of this machine; "
            "set WEFT_AUTH=keys, or WEFT_INSECURE_ALLOW_OPEN_AUTH=true"
        )


def _same_origin(request: Request) -> bool:
    _, _, origin = request.headers.get("origin", "").partition("://")
    return origin != "" and origin == request.headers.get("host")


def _is_private_host(host: str) -> bool:
    # An IPv6 address keeps its brackets; a name loses its port.
    name = (host if host.endswith("]") else host.rpartition(":")[0] or host).strip("[]").lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_PRIVATE_ENDINGS)
    return True


def _is_name(text: str) -> bool:
    # Unprintable texts include lone surrogates and NUL, which no store can keep.
    return (
        0 < len(text) <= _LONGEST_NAME
        and text.isprintable()
        and text == text.strip()
        and "/" not in text
        and text not in (".", "..", EVERYWHERE)
    )
