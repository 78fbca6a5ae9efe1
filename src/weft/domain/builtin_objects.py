"""What a published value is an instance of, and the builtin classes that the server validates and completes.

The fields of each class are in schemas/builtin_objects.py and its neighbours.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.validators import validator_for
from pydantic import BaseModel, ValidationError

from weft.core.errors import InvalidField, InvalidRequest
from weft.core.hosts import is_listed, is_public_host, parse_http_url
from weft.domain.monitors import check_query, watches_turns
from weft.domain.published_classes import without_class_keys
from weft.schemas.agent_dashboards import AgentDashboard
from weft.schemas.builtin_objects import (
    AlertSpec,
    AnnotationSpec,
    ComparisonView,
    Leaderboard,
    LLMStructuredCompletionModel,
    Provider,
    ProviderModel,
)
from weft.schemas.saved_views import SavedView
from weft.schemas.span_fields import SpanList, parse_span_field
from weft.storage.events.query.expressions import field_paths, parse_query

_BUILTIN: dict[str, type[BaseModel]] = {
    model.__name__: model
    for model in (
        AgentDashboard,
        AlertSpec,
        AnnotationSpec,
        ComparisonView,
        Leaderboard,
        LLMStructuredCompletionModel,
        Provider,
        ProviderModel,
        SavedView,
    )
}
_ROOTS = ("Object", "BaseObject")
_MONITORS = ("Monitor", "ClassifierMonitor")


@dataclass(frozen=True, slots=True)
class ObjectClasses:
    """What an object is an instance of; both null for a plain value."""

    base: str | None = None
    leaf: str | None = None


def classes_of(val: Any) -> ObjectClasses:
    """The classes a value says it has, by the names of its base classes. Raises InvalidRequest for half a statement."""
    bases = val.get("_bases") if isinstance(val, dict) else None
    if not isinstance(bases, list) or len(bases) < 2 or bases[-1] != "BaseModel" or bases[-2] not in _ROOTS:
        return ObjectClasses()
    leaf = val.get("_class_name")
    base = bases[-3] if len(bases) > 2 else leaf
    if not isinstance(leaf, str) or not isinstance(base, str):
        raise InvalidRequest("Invalid object: a value with _bases needs a _class_name, and both hold names")
    return ObjectClasses(base, leaf)


def complete(val: Any, requested: str | None, private_hosts: Collection[str] = ()) -> Any:
    """The value as it is to be stored.

    A value that states its class stays as it is; otherwise one of a requested builtin class is validated and gets its
    defaults and class names. Raises InvalidRequest, and InvalidField for a value that does not fit the class.
    """
    if not isinstance(val, dict):
        if requested is not None:
            raise InvalidRequest("A builtin object class can only be given for a value that is an object")
        return val
    stated = classes_of(val)
    if stated.leaf is not None:
        if requested not in (None, stated.leaf, stated.base):
            raise InvalidRequest(f"The value states the class {stated.leaf}, not {requested}")
        if stated.leaf == AnnotationSpec.__name__:
            # Published by an SDK; a broken schema would make every annotation with it fail later.
            _check_schema(val.get("field_schema", {}))
        if stated.base in _MONITORS or stated.leaf in _MONITORS:
            _check_monitored_query(val.get("query"), val.get("op_names"))
        return val
    return val if requested is None else _stored(_validated(val, requested, private_hosts))


def _validated(val: dict[str, Any], requested: str, private_hosts: Collection[str]) -> BaseModel:
    model = _BUILTIN.get(requested)
    if model is None:
        raise InvalidRequest(f"Unknown object class: {requested[:100]}")
    try:
        built = model.model_validate(val)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:5]]
        raise InvalidField(f"Invalid {requested}: {'; '.join(problems)}") from error
    if isinstance(built, AnnotationSpec):
        _check_schema(built.field_schema)
    if isinstance(built, Provider):
        _check_base_url(built.base_url, private_hosts)
    return built


def _stored(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_stored(item) for item in value]
    if not isinstance(value, BaseModel):
        return value
    model = type(value)
    fields = {field.alias or name: _stored(getattr(value, name)) for name, field in model.model_fields.items()}
    bases = [base.__name__ for base in model.__mro__[1:-1]]
    return {"_type": model.__name__, **fields, "_class_name": model.__name__, "_bases": bases}


def _check_schema(schema: Any) -> None:
    if not isinstance(schema, dict):
        raise InvalidRequest("Invalid AnnotationSpec: field_schema is not a JSON Schema")
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        raise InvalidRequest(f"Invalid AnnotationSpec: field_schema is not a JSON Schema: {error.message}") from error


def _check_monitored_query(query: Any, op_names: Any) -> None:
    """Raise InvalidField or InvalidRequest for a query that can never be evaluated; the monitor would watch in vain."""
    if not isinstance(query, dict):
        return
    bare = without_class_keys(query)
    try:
        node = parse_query(bare)
    except InvalidField:
        # Not in the query language; what else it may be is for the monitor to say.
        return
    if not watches_turns(op_names):
        check_query("", bare)
        return
    lists = [path for path in field_paths(node) if isinstance(parse_span_field(path), SpanList)]
    if lists:
        raise InvalidRequest(f"The query of a monitor of turns cannot read {lists[0][:200]!r}")


def _check_base_url(url: str, private_hosts: Collection[str]) -> None:
    parts = parse_http_url(url)
    if parts is None or "?" in url or "#" in url:
        raise InvalidRequest("Invalid Provider: base_url must be an http(s) URL without query and fragment")
    if not is_public_host(parts.hostname or "") and not is_listed(parts, private_hosts):
        raise InvalidRequest("Invalid Provider: base_url must lead to a public host")
