"""The endpoints of the known providers, each with the credentials it takes and the place they come from.

Looked for in this order: the request, the project's secrets, the operator's settings. An operator's key goes only to a
URL that is the provider's or the operator's, never to one that a project names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from weft.core.errors import WeftError
from weft.core.hosts import host_of, is_listed, is_public_host, parse_http_url
from weft.domain.secrets import SecretNotForHost, plain_setting, secret_for
from weft.llm import Endpoint, LLMError
from weft.llm.catalogue import (
    AWS_KEYS,
    AZURE,
    BEDROCK,
    COREWEAVE,
    GOOGLE_TOKEN_URL,
    GOOGLE_TOKENS,
    OLLAMA,
    VERTEX,
    Provider,
)
from weft.llm.endpoints import AwsCredentials, GoogleCredentials
from weft.storage.entities.sealing import CannotOpen
from weft.storage.stores import Stores

UNUSABLE = (SecretNotForHost, CannotOpen)
"""Errors of a secret that is there and cannot be used."""

_FIRST_REGION = "us-east-1"
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
_GOOGLE_PROJECT = re.compile(r"[a-z0-9.:-]{1,100}")
_API_VERSION = re.compile(r"[A-Za-z0-9._-]{1,40}")


class NoRoute(WeftError):
    """The model cannot be asked: it is unknown, its key is missing, or its host may not be reached."""

    status = 400


class NoGateway(NoRoute):
    """Nobody is known to serve the model, and the operator has set up nothing for such models."""


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """What the operator has set up: the gateway for everything else, other places for known providers, hosts, keys."""

    gateway_url: str = ""
    gateway_key: str = field(default="", repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: tuple[str, ...] = ()
    operator_keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def listed(self) -> tuple[str, ...]:
        """The hosts the operator vouches for."""
        own = host_of(self.gateway_url)
        return (*self.allowed_hosts, own) if own else self.allowed_hosts

    def lists(self, url: str) -> bool:
        """Whether the operator vouches for the host of a URL."""
        parts = parse_http_url(url)
        return parts is not None and is_listed(parts, self.listed)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings along."""

    api_key: str = field(default="", repr=False)
    vertex_credentials: str = field(default="", repr=False)
    api_version: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which model is asked for, in whose name, and what the answer may be looked up in."""

    stores: Stores
    access: ProviderAccess
    project_ids: Sequence[str]
    model: str
    name: str
    given: Credentials

    def secret(self, name: str, url: str) -> str | None:
        """A project's secret, if it may be sent to the URL. Raises NoRoute when there is one that may not."""
        # Plain HTTP is for the operator to choose, who did so by naming the place.
        plain = [*self.access.listed, *map(host_of, self.access.base_urls.values())]
        for project_id in self.project_ids:
            try:
                found = secret_for(self.stores, project_id, name, url, plain)
            except UNUSABLE as error:
                raise NoRoute(error.reason, api_key=name) from error
            if found is not None:
                return found
        return None

    def setting(self, name: str) -> str | None:
        """A project's setting, such as a region."""
        found = (plain_setting(self.stores, project_id, name) for project_id in self.project_ids)
        try:
            return next((value for value in found if value), None)
        except UNUSABLE as error:
            raise NoRoute(error.reason) from error

    def url_of(self, provider: Provider) -> str:
        """Where the provider is, as the operator has it."""
        return self.access.base_urls.get(provider.name, provider.base_url)

    def key(self, name: str, url: str) -> tuple[str, bool] | None:
        """A key that may be sent to the URL, and whether it is the project's own."""
        secret = self.secret(name, url)
        if secret is not None:
            return secret, True
        operators = self.access.operator_keys.get(name)
        return None if operators is None else (operators, False)


@dataclass(frozen=True, slots=True)
class KnownEndpoint:
    """An endpoint, the model's name there, and whether the credentials are the project's or the request's own."""

    endpoint: Endpoint
    model: str
    own_key: bool


def known_endpoint(asked: Asked, provider: Provider) -> KnownEndpoint | None:
    """The endpoint of a provider; None when there is no key for it. Raises NoRoute for a key that may not be used."""
    if provider is AZURE:
        return _azure(asked)
    if provider is BEDROCK:
        return _bedrock(asked)
    if provider is VERTEX:
        return _vertex(asked)
    if provider is OLLAMA:
        url = asked.url_of(OLLAMA)
        return KnownEndpoint(Endpoint(url), asked.name, own_key=False) if url else None
    url = asked.url_of(provider)
    own = asked.given.api_key if provider is COREWEAVE else ""
    found = (own, True) if own else asked.key(provider.key_name, url)
    return None if found is None else _plain(provider, url, asked.name, *found)


def _plain(provider: Provider, url: str, model: str, key: str, own_key: bool) -> KnownEndpoint:
    endpoint = Endpoint(
        url, key, protocol=provider.protocol, key_header=provider.key_header, stream_usage=provider.stream_usage
    )
    return KnownEndpoint(endpoint, model, own_key)


def _azure(asked: Asked) -> KnownEndpoint | None:
    base, public_only = asked.access.base_urls.get(AZURE.name, ""), False
    found = asked.key(AZURE.key_name, base) if base else None
    if not base and (base := asked.setting("AZURE_API_BASE") or ""):
        public_only = not asked.access.lists(base)
        _check_public(base, public_only)
        secret = asked.secret(AZURE.key_name, base)
        found = None if secret is None else (secret, True)
    if found is None:
        return None
    base = base.rstrip("/").removesuffix("/openai/v1")
    version = asked.given.api_version or asked.setting("AZURE_API_VERSION") or ""
    if version and not _API_VERSION.fullmatch(version):
        raise NoRoute("Azure's API version is not one")
    # Azure's older interface names the deployment in the path and wants a version, the newer one does neither.
    url = f"{base}/openai/deployments/{quote(asked.name, safe='')}" if version else f"{base}/openai/v1"
    endpoint = Endpoint(
        url,
        found[0],
        key_header=AZURE.key_header,
        query=urlencode({"api-version": version}) if version else "",
        public_only=public_only,
    )
    return KnownEndpoint(endpoint, asked.name, found[1])


def _check_public(url: str, public_only: bool) -> None:
    parts = parse_http_url(url)
    if parts is None or parts.query or (public_only and not is_public_host(parts.hostname or "")):
        raise NoRoute("AZURE_API_BASE leads to no public host, and its host is not among WEFT_LLM_ALLOWED_HOSTS")


def _bedrock(asked: Asked) -> KnownEndpoint | None:
    region = asked.setting("AWS_REGION_NAME") or asked.access.operator_keys.get("AWS_REGION_NAME") or _FIRST_REGION
    if not _REGION.fullmatch(region):
        raise NoRoute(f"AWS_REGION_NAME is no region: {region[:40]!r}")
    url = asked.url_of(BEDROCK).replace("{region}", region)
    secret = asked.secret(BEDROCK.key_name, url)
    if secret is not None:
        return _plain(BEDROCK, url, asked.name, secret, True)
    signing = [asked.secret(name, url) for name in AWS_KEYS]
    own_key = bool(signing[0] and signing[1])
    if not own_key:
        operators = asked.access.operator_keys
        if BEDROCK.key_name in operators:
            return _plain(BEDROCK, url, asked.name, operators[BEDROCK.key_name], False)
        signing = [operators.get(name) for name in AWS_KEYS]
    access_key, secret_key, session_token = signing
    if not access_key or not secret_key:
        return None
    aws = AwsCredentials(access_key, secret_key, session_token or "", region)
    return KnownEndpoint(Endpoint(url, protocol="bedrock", aws=aws), asked.name, own_key)


def _vertex(asked: Asked) -> KnownEndpoint | None:
    base = asked.url_of(VERTEX)
    token_url = asked.access.base_urls.get(GOOGLE_TOKENS, GOOGLE_TOKEN_URL)
    given = asked.given.vertex_credentials
    found = (given, True) if given else asked.key(VERTEX.key_name, base)
    if found is None:
        return None
    if found[1] and not given:
        # The proof of identity goes to one host and the token it earns to another.
        asked.secret(VERTEX.key_name, token_url)
    google = GoogleCredentials(found[0], token_url)
    try:
        project = str(google.account()["project_id"])
    except LLMError as error:
        raise NoRoute(error.reason, api_key=VERTEX.key_name) from error
    if not _GOOGLE_PROJECT.fullmatch(project):
        raise NoRoute("The Vertex AI credentials name no project", api_key=VERTEX.key_name)
    url = f"{base}/projects/{project}/locations/global/endpoints/openapi"
    model = asked.name if "/" in asked.name else f"google/{asked.name}"
    return KnownEndpoint(Endpoint(url, google=google), model, found[1])
