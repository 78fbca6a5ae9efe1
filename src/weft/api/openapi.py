"""The served OpenAPI document: FastAPI's, plus the two ways to authenticate on every operation that needs one."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from weft.api.request import WeftRoute

_SCHEMES = {"HTTPBasic": {"type": "http", "scheme": "basic"}, "HTTPBearer": {"type": "http", "scheme": "bearer"}}


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
    for route in app.routes:
        if isinstance(route, WeftRoute) and route.include_in_schema:
            for method in route.methods or ():
                schema["paths"][route.path_format][method.lower()]["security"] = [{name: []} for name in _SCHEMES]
    return schema
