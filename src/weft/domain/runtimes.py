"""Custom runtimes: the Provider and ProviderModel objects that a declared endpoint comes down to.

Applying the same declaration twice changes nothing. What is asked at such an endpoint is providers.py's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from weft.core.errors import InvalidField, InvalidRequest
from weft.core.identity import Project, User
from weft.domain.objects import delete_objects, prepare_object
from weft.domain.providers import CUSTOM, is_refused_header, storage_id
from weft.schemas.runtimes import CustomRuntimeApplyBody, CustomRuntimeApplyRes, CustomRuntimeIDRes
from weft.storage.entities.objects import NewObject, ObjectSelection, ObjectVersion
from weft.storage.stores import Stores

_LONGEST_NAME = 128
_MOST_MODELS = 1000


def apply_runtime(
    stores: Stores,
    project: Project,
    user: User,
    name: str,
    body: CustomRuntimeApplyBody,
    private_hosts: Collection[str] = (),
) -> CustomRuntimeApplyRes:
    """Make the runtime what the body says: its provider, its models and no others.

    Raises InvalidField and InvalidRequest for what cannot be, and InvalidRequest for names that are taken by something
    else; nothing is written then.
    """
    name = _checked_name(name)
    _check_body(name, body)
    provider_id = storage_id(name)
    models = {f"{provider_id}-{storage_id(model.id)}": model for model in body.runtime_ids}
    if len(models) < len(body.runtime_ids):
        raise InvalidRequest("runtime_ids conflicts with itself: two of the ids differ in punctuation only")
    own = _own_models(stores, project, provider_id)
    _check_free(stores, project, provider_id, "Provider", name)
    for object_id, model in models.items():
        _check_free(stores, project, object_id, "ProviderModel", model.id, own)

    provider = prepare_object(project, user, provider_id, _provider(name, body), "Provider", None, private_hosts)
    # One transaction: nobody sees models whose provider is not there yet.
    news: list[tuple[NewObject, bool]] = [(provider, True)]
    for object_id, model in models.items():
        value = {"name": model.id, "provider": provider.digest, "max_tokens": model.max_tokens}
        news.append((prepare_object(project, user, object_id, value, "ProviderModel"), True))
    stores.objects.publish_all(news)
    for object_id in sorted(own.keys() - models.keys()):
        delete_objects(stores, project.id, object_id, None)
    return CustomRuntimeApplyRes(
        name=name,
        base_url=body.base_url,
        api_key_secret=body.api_key_secret,
        headers=body.headers,
        runtime_ids=[
            CustomRuntimeIDRes(id=model.id, max_tokens=model.max_tokens, playground_id=f"{CUSTOM}{name}::{model.id}")
            for model in body.runtime_ids
        ],
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise InvalidField(f"Invalid name: a runtime's has between 1 and {_LONGEST_NAME} characters")
    if any(map(str.isspace, name)) or not name.isprintable() or "::" in name:
        raise InvalidField("Invalid name: a runtime's has no blanks and no '::'")
    return name


def _check_body(name: str, body: CustomRuntimeApplyBody) -> None:
    if len(body.runtime_ids) > _MOST_MODELS:
        raise InvalidRequest(f"Invalid runtime_ids: at most {_MOST_MODELS} can be given")
    ids = [model.id for model in body.runtime_ids]
    if len(set(ids)) < len(ids):
        raise InvalidField("Invalid runtime_ids: an id is given twice")
    for model_id in ids:
        if len(f"{name}/{model_id}") > _LONGEST_NAME:
            raise InvalidRequest(f"Invalid runtime_ids: name and id together have more than {_LONGEST_NAME} characters")
        if not model_id.isprintable():
            raise InvalidField("Invalid runtime_ids: an id holds characters that cannot be shown")
    for header, text in body.headers.items():
        if is_refused_header(header):
            raise InvalidRequest(f"Invalid headers: {header[:100]!r} may not be sent along")
        if not header or not header.isascii() or not header.isprintable() or not text.isprintable():
            raise InvalidRequest(f"Invalid headers: {header[:100]!r} holds what HTTP cannot carry")


def _provider(name: str, body: CustomRuntimeApplyBody) -> dict[str, Any]:
    return {
        "name": name,
        "base_url": body.base_url,
        "api_key_name": body.api_key_secret or "",
        "extra_headers": body.headers,
    }


def _own_models(stores: Stores, project: Project, provider_id: str) -> Mapping[str, ObjectVersion]:
    """The models, by object id, that belong to any version of the provider there ever was."""
    selection = ObjectSelection(
        project_id=project.id, base_object_classes=("ProviderModel",), kind="object", latest_only=True
    )
    models = [version for version in stores.objects.select(selection) if isinstance(version.val, dict)]
    digests = {str(model.val.get("provider")) for model in models}
    own = {
        version.digest for version in stores.objects.by_digests(project.id, digests) if version.object_id == provider_id
    }
    return {model.object_id: model for model in models if str(model.val.get("provider")) in own}


def _check_free(
    stores: Stores,
    project: Project,
    object_id: str,
    kind: str,
    name: str,
    own: Mapping[str, ObjectVersion] | None = None,
) -> None:
    """Raise InvalidRequest when the object is something else than this runtime's own."""
    found = stores.objects.latest(project.id, object_id, None)
    if found is None:
        return
    same = found.base_object_class == kind and isinstance(found.val, dict) and found.val.get("name") == name
    if not same or (own is not None and object_id not in own):
        raise InvalidRequest(f"{name[:100]!r} conflicts with the object {object_id!r}, which is something else")
