"""From the name of a model to the endpoint that serves it: known providers, providers a project stores, the gateway.

What each known provider needs is known_providers.py's; a secret's own rules are secrets.py's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from weft.core.errors import NotFound
from weft.core.hosts import is_public_host, parse_http_url
from weft.core.refs import INTERNAL, ObjectRef, try_parse_ref
from weft.domain.known_providers import UNUSABLE, Asked, Credentials, NoGateway, NoRoute, ProviderAccess, known_endpoint
from weft.domain.objects import read_object
from weft.domain.secrets import secret_for
from weft.llm import Endpoint
from weft.llm.catalogue import COREWEAVE, OPENAI, KnownModel, find_model
from weft.storage.stores import Stores

CUSTOM = "custom::"
_LONGEST_MODEL = 1024
_OPENAI_PREFIX = "openai/"
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")
# Headers that would change whom a request reaches or how it is framed, or unlock a cloud's metadata service.
_REFUSED_HEADERS = re.compile(
    r"host|connection|keep-alive|te|trailer|upgrade|expect|content-.*|transfer-encoding|proxy-.*"
    r"|metadata-flavor|x-aws-ec2-metadata-token.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a model is asked, and its names: `model` there, `shown_model` in what is recorded.

    `own_key`: the credentials are the project's or the request's, so that a refusal of them is nobody else's trouble.
    """

    endpoint: Endpoint
    model: str
    provider: str
    shown_model: str
    own_key: bool = False
    drops: frozenset[str] = frozenset()
    """Parameters the provider refuses."""


def find_route(
    stores: Stores,
    access: ProviderAccess,
    project_ids: Sequence[str],
    model: str,
    credentials: Credentials | None = None,
) -> Route:
    """The endpoint of a model, with the key it needs, for someone who may use these projects.

    Raises NoRoute when the model is unknown, its key is missing, or its host may not be asked.
    """
    if not model or len(model) > _LONGEST_MODEL:
        raise NoRoute("No model is named" if not model else f"The model's name is longer than {_LONGEST_MODEL}")
    given = credentials or Credentials()
    if model.startswith(CUSTOM):
        provider, _, name = model.removeprefix(CUSTOM).partition("::")
        found = _stored_model(stores, project_ids, f"{storage_id(provider)}-{storage_id(name)}", "latest")
        return _custom(stores, access, found, storage_id(provider), model)
    if model.startswith(INTERNAL):
        return _referred(stores, access, project_ids, model)
    known = find_model(model)
    if known is None:
        return _unknown(stores, access, project_ids, model, given)
    asked = Asked(stores, access, project_ids, model, known.name, given)
    endpoint = known_endpoint(asked, known.provider)
    if endpoint is not None:
        return _known(known, endpoint.endpoint, endpoint.model, endpoint.own_key)
    if access.gateway_url:
        return _gateway(access, model)
    if known.provider is COREWEAVE:
        raise NoRoute(f"No API key found for model {model}", api_key=COREWEAVE.key_name)
    raise _no_key(known.provider.key_name, model)


def with_headers(route: Route, headers: Mapping[str, Any]) -> Route:
    """The route with further headers; those that would change whom it reaches are left out."""
    extra = allowed_headers(headers)
    return replace(route, endpoint=replace(route.endpoint, headers={**route.endpoint.headers, **extra}))


def allowed_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """The headers a user may have sent along."""
    named = {str(name): text for name, text in headers.items() if text is not None}
    return {name: str(text) for name, text in named.items() if not is_refused_header(name)}


def is_refused_header(name: str) -> bool:
    """Whether a header would change whom a request reaches."""
    return _REFUSED_HEADERS.fullmatch(name.strip()) is not None


def storage_id(name: str) -> str:
    """The part of an object id that stands for a name."""
    return _NOT_IN_IDS.sub("_", name)


def _known(known: KnownModel, endpoint: Endpoint, name: str, own_key: bool) -> Route:
    # xAI answers requests that name a format with an error.
    drops = frozenset({"response_format"}) if known.provider.name == "xai" else frozenset()
    return Route(endpoint, name, known.provider.name, known.name, own_key, drops)


def _unknown(
    stores: Stores, access: ProviderAccess, project_ids: Sequence[str], model: str, given: Credentials
) -> Route:
    if access.gateway_url:
        return _gateway(access, model)
    asked = Asked(stores, access, project_ids, model, model, given)
    found = known_endpoint(asked, OPENAI)
    if found is not None:
        return Route(found.endpoint, model, OPENAI.name, model, found.own_key)
    if OPENAI.name in access.base_urls:
        return Route(Endpoint(access.base_urls[OPENAI.name]), model, OPENAI.name, model)
    raise NoGateway(
        f"No provider is known for model {model[:200]}: name it as provider/model, store a custom provider, "
        "or set WEFT_LLM_BASE_URL"
    )


def _gateway(access: ProviderAccess, model: str) -> Route:
    endpoint = Endpoint(access.gateway_url, access.gateway_key)
    # The prefix is the SDK's way to say whose protocol it is; a gateway needs every other one to route by.
    name = model.removeprefix(_OPENAI_PREFIX)
    return Route(endpoint, name, OPENAI.name, name)


@dataclass(frozen=True, slots=True)
class _StoredModel:
    project_id: str
    object_id: str
    value: Mapping[str, Any]


def _referred(stores: Stores, access: ProviderAccess, project_ids: Sequence[str], model: str) -> Route:
    ref = try_parse_ref(model)
    if not isinstance(ref, ObjectRef) or ref.project not in project_ids:
        raise NoRoute("The model refers to nothing that may be used")
    found = _stored_model(stores, [ref.project], ref.name, ref.version)
    name = str(found.value.get("name") or "")
    provider = ref.name.removesuffix(f"-{storage_id(name)}") if name else ref.name.rpartition("-")[0]
    return _custom(stores, access, found, provider, f"{CUSTOM}{provider}::{name}")


def _custom(stores: Stores, access: ProviderAccess, found: _StoredModel, provider_id: str, model: str) -> Route:
    version = str(found.value.get("provider") or "latest")
    ref = try_parse_ref(version)
    if isinstance(ref, ObjectRef):
        provider_id, version = ref.name, ref.version
    provider = _stored(stores, [found.project_id], "Provider", provider_id, version).value
    base_url = str(provider.get("base_url") or "")
    parts = parse_http_url(base_url)
    trusted = access.lists(base_url)
    # What a project stores is its own affair and fails its own requests; it must not stop those of everybody else.
    if parts is None or not (trusted or is_public_host(parts.hostname or "")):
        raise NoRoute(
            f"The base_url of provider {provider_id!r} leads to no public host, and its host is not among "
            "WEFT_LLM_ALLOWED_HOSTS"
        )
    if provider_id.lower().startswith("ollama") and parts.path.strip("/") == "":
        base_url = f"{base_url.rstrip('/')}/v1"
    key_name = str(provider.get("api_key_name") or "")
    key, own_key = _custom_key(stores, access, found.project_id, key_name, base_url) if key_name else ("", True)
    if key is None:
        raise _no_key(key_name, model)
    extra = provider.get("extra_headers")
    headers = allowed_headers(extra if isinstance(extra, dict) else {})
    endpoint = Endpoint(base_url, key, headers, public_only=not trusted)
    name = str(found.value.get("name") or "")
    return Route(endpoint, name, provider_id, f"{provider.get('name') or provider_id}/{name}", own_key)


def _custom_key(
    stores: Stores, access: ProviderAccess, project_id: str, key_name: str, url: str
) -> tuple[str | None, bool]:
    """The key of a stored provider, and whether it is the project's own."""
    try:
        secret = secret_for(stores, project_id, key_name, url, access.listed)
    except UNUSABLE as error:
        raise NoRoute(error.reason, api_key=key_name) from error
    if secret is not None:
        return secret, True
    # Whoever may store a provider may point it anywhere: the operator's keys stay with hosts the operator named.
    return (access.operator_keys.get(key_name) if access.lists(url) else None), False


def _stored_model(stores: Stores, project_ids: Sequence[str], object_id: str, version: str) -> _StoredModel:
    return _stored(stores, project_ids, "ProviderModel", object_id, version)


def _stored(stores: Stores, project_ids: Sequence[str], kind: str, object_id: str, version: str) -> _StoredModel:
    for project_id in project_ids:
        try:
            found = read_object(stores, project_id, object_id, version, kind="object")
        except NotFound:
            continue
        if found.base_object_class == kind and isinstance(found.val, dict):
            return _StoredModel(project_id, object_id, found.val)
    raise NoRoute(f"There is no {kind} {object_id[:200]!r}")


def _no_key(key_name: str, model: str) -> NoRoute:
    return NoRoute(f"No API key {key_name[:128]} found for model {model[:200]}", api_key=key_name[:128])
