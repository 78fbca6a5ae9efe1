"""Rules of a project's secrets: their names, what they may hold, which hosts they may be sent to.

Nothing here shows a value; `secret_for` hands it to whoever is about to send it, for one URL.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound, WeftError
from weft.core.hosts import host_of, is_listed, parse_http_url
from weft.core.identity import Project, User
from weft.llm.catalogue import GOOGLE_TOKEN_URL, GOOGLE_TOKENS, PLAIN_NAMES, VERTEX, provider_of_key
from weft.storage.entities.secrets import Secret
from weft.storage.stores import Stores

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL}){{0,20}}|\[[0-9a-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?")
_LONGEST_VALUE = 32 * 1024
_MOST_HOSTS = 20


class SecretNotForHost(WeftError):
    """The secret exists and may not be sent where it was asked for."""

    status = 400


def put_secret(
    stores: Stores,
    project: Project,
    user: User,
    name: str,
    value: str,
    hosts: Sequence[str] = (),
    base_urls: Mapping[str, str] = MappingProxyType({}),
) -> Secret:
    """Store a secret in the place of one of that name; see `check_secret`."""
    secret = check_secret(project, user, name, value, hosts, base_urls)
    stores.secrets.put(secret, value.strip())
    return secret


def check_secret(
    project: Project, user: User, name: str, value: str, hosts: Sequence[str], base_urls: Mapping[str, str]
) -> Secret:
    """What is to be stored beside the value, which loses the blanks and line ends around it.

    It is to be sent to these hosts only; without any, the key of a known provider is for that provider, whom
    `base_urls` may have elsewhere. Raises InvalidRequest.
    """
    if not _NAME.fullmatch(name):
        raise InvalidRequest("Invalid name: a secret's has letters, digits, '_', '-' and '.', and at most 128 of them")
    if not value.strip() or len(value) > _LONGEST_VALUE:
        raise InvalidRequest(f"Invalid value: a secret has between 1 and {_LONGEST_VALUE} characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("Invalid value: it is no text that can be sent") from error
    return Secret(project.id, name, _bound_to(name, hosts, base_urls), now(), user.id)


def list_secrets(stores: Stores, project: Project) -> list[Secret]:
    """The project's secrets by name, without values."""
    return stores.secrets.list_secrets(project.id)


def remove_secret(stores: Stores, project: Project, name: str) -> None:
    """Forget a secret. Raises NotFound."""
    if not stores.secrets.remove(project.id, name):
        raise NotFound(f"There is no secret {name[:128]!r}")


def secret_for(stores: Stores, project_id: str, name: str, url: str, plain_hosts: Collection[str]) -> str | None:
    """The value of a secret that is about to be sent to a URL; None when there is none of that name.

    Raises SecretNotForHost for a host it is not bound to, and for a URL that would carry it unencrypted, unless the
    operator lists its host among `plain_hosts`; CannotOpen without the key it was sealed with.
    """
    found = stores.secrets.open_secret(project_id, name)
    if found is None:
        return None
    parts = parse_http_url(url)
    if parts is None or not is_listed(parts, found.secret.hosts):
        raise SecretNotForHost(f"The secret {name} may not be sent to {host_of(url) or 'that URL'}")
    if parts.scheme != "https" and not is_listed(parts, plain_hosts):
        raise SecretNotForHost(f"The secret {name} is sent over https only, or to hosts the operator allows it for")
    return found.value


def plain_setting(stores: Stores, project_id: str, name: str) -> str | None:
    """A setting that is kept among the secrets and is sent to nobody as one, such as a region."""
    found = stores.secrets.open_secret(project_id, name)
    return found.value if found is not None else None


def _bound_to(name: str, hosts: Sequence[str], base_urls: Mapping[str, str]) -> tuple[str, ...]:
    if name in PLAIN_NAMES:
        return ()
    if len(hosts) > _MOST_HOSTS:
        raise InvalidRequest(f"Invalid hosts: at most {_MOST_HOSTS} can be given")
    bound = tuple(dict.fromkeys(host.strip().lower() for host in hosts)) or _own_hosts(name, base_urls)
    if not bound:
        raise InvalidRequest("Invalid hosts: say which host the secret may be sent to, as 'host' or 'host:port'")
    for host in bound:
        if not _HOST.fullmatch(host):
            raise InvalidRequest(f"Invalid hosts: {host[:100]!r} is neither 'host' nor 'host:port'")
    return bound


def _own_hosts(name: str, base_urls: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts of the provider whose key has that name, when they are the same for everybody."""
    provider = provider_of_key(name)
    url = base_urls.get(provider.name, provider.base_url) if provider else ""
    if provider is None or not url or "{" in url:
        return ()
    token_url = base_urls.get(GOOGLE_TOKENS, GOOGLE_TOKEN_URL)
    return (host_of(url), host_of(token_url)) if provider is VERTEX else (host_of(url),)
