"""Annotation specs: finding the one an annotation names, and checking the annotated value against its JSON Schema."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing.exceptions import Unresolvable
from referencing.jsonschema import EMPTY_REGISTRY

from weft.core import jsontext
from weft.core.errors import InvalidRequest, RefsMissing
from weft.core.identity import Project
from weft.core.refs import ObjectRef, parse_ref
from weft.storage.stores import Stores

SPEC_CLASS = "AnnotationSpec"


def check_annotation(stores: Stores, project: Project, annotation_ref: str, value: Any) -> None:
    """Raise unless the ref names an annotation spec of the project whose schema allows the value.

    RefsMissing for a version that never existed, InvalidRequest for everything else.
    """
    ref = parse_ref(annotation_ref)
    if not isinstance(ref, ObjectRef) or ref.edges:
        raise InvalidRequest("Invalid ref: annotation_ref must be an object")
    if ref.project != project.id:
        raise InvalidRequest("annotation_ref must be of the project that the feedback is in")
    # By digest only: an annotation keeps its meaning, so `latest` names no spec here.
    spec = stores.objects.by_digest(project.id, ref.name, ref.version)
    if spec is None:
        raise RefsMissing([ref.version])
    if spec.deleted_at is not None:
        raise InvalidRequest(f"Annotation spec {ref.name}:{ref.version} not found: it was deleted")
    if SPEC_CLASS not in (spec.base_object_class, spec.leaf_object_class):
        raise InvalidRequest(f"{ref.name}:{ref.version} is not an annotation spec")
    check_value(spec.val.get("field_schema", {}), value)


def check_value(schema: Any, value: Any) -> None:
    """Raise InvalidRequest unless the value fits the schema; also for a schema that is none."""
    if not isinstance(schema, dict):
        raise InvalidRequest("The annotation spec is broken: its field_schema is not an object")
    try:
        fault = next(_validator(jsontext.dumps(schema)).iter_errors(value), None)
    except (SchemaError, Unresolvable, RecursionError, re.error, ValueError, ArithmeticError) as error:
        raise InvalidRequest(f"The annotation spec is broken: {_first_line(error)}") from error
    if fault is not None:
        raise InvalidRequest(f"The value does not fit the annotation spec: {_first_line(fault)}")


@lru_cache(maxsize=256)
def _validator(schema_text: str) -> Validator:
    schema = jsontext.loads(schema_text)
    dialect = schema.get("$schema")
    if dialect is not None and not isinstance(dialect, str):
        raise ValueError("$schema is not a string")
    kind = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    # With a registry of its own the validator never fetches a schema from an address in `$ref`.
    return kind(schema, registry=EMPTY_REGISTRY)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
