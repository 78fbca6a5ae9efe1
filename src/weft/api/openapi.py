"""The served OpenAPI document: FastAPI's, plus the ways to authenticate and the errors that every operation shares."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from weft.api.request import WeftRoute

_SCHEMES = {"HTTPBasic": {"type": "http", "scheme": "basic"}, "HTTPBearer": {"type": "http", "scheme": "bearer"}}
_ERROR = {
    "title": "Error",
    "type": "object",
    "properties": {"reason": {"type": "string", "title": "Reason"}},
    "required": ["reason"],
}
# What any operation may answer, because it is decided at the door or in a store. A route names what else it may.
_ANYWHERE = {
    "400": "The request contradicts a rule of the API",
    "401": "No credentials, or credentials nobody knows",
    "403": "The caller may not do this",
    "404": "What was named does not exist",
    "413": "A body, batch or nesting over its limit",
    "502": "The event store failed",
    "503": "A store cannot be reached; the same request may succeed later",
    "504": "The query took longer than its time limit",
}
# Other servers publish these four word for word, so ours say no more than they do.
_AS_PUBLISHED = {"prediction_create", "score_create", "feedback_create", "calls_score"}
_REFERENCE = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}

DIGEST_MISMATCH: dict[int | str, dict[str, Any]] = {
    409: {"description": "The content does not have the expected digest", "content": _REFERENCE}
}
"""The further answer of routes that take an `expected_digest`."""


def install_openapi(app: FastAPI) -> None:
    """Serve the document with security; built once, on first use."""
    build = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _secured(app, build())
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _secured(app: FastAPI, schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    # What errors.py leaves out of a 422 is not promised either.
    problem = components.get("schemas", {}).get("ValidationError", {}).get("properties", {})
    for name in ("input", "ctx"):
        problem.pop(name, None)
    components.setdefault("schemas", {})["Error"] = _ERROR
    for route in app.routes:
        if isinstance(route, WeftRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = schema["paths"][route.path_format][method.lower()]
                operation["security"] = [{name: []} for name in _SCHEMES]
                shared = {} if route.name in _AS_PUBLISHED and method == "POST" else _ANYWHERE
                for status, description in shared.items():
                    operation["responses"].setdefault(status, {"description": description, "content": _REFERENCE})
    return schema
