"""How errors leave: `{"reason": …}` with top-level extras, or 422 `{"detail": […]}` for a body that fits no schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from weft.api.observing import route_of
from weft.core.errors import Unauthenticated, WeftError
from weft.core.logging import log_failure
from weft.core.ref_translation import outward_prose


def install_error_handlers(app: FastAPI) -> None:
    """Make every error answer in the contract's envelope."""
    app.add_exception_handler(WeftError, _weft_error)
    app.add_exception_handler(RequestValidationError, _invalid_body)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def error_response(error: WeftError) -> JSONResponse:
    """The answer to a known error."""
    headers = {"www-authenticate": 'Basic realm="weft"'} if isinstance(error, Unauthenticated) else None
    return JSONResponse(_clean({"reason": error.reason, **error.extra}), status_code=error.status, headers=headers)


async def _weft_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, WeftError):
        raise error
    if error.status >= 500:
        log_failure("request_failed", error, route=route_of(request.scope), method=request.method)
    access = getattr(request.state, "access", None)
    if access is not None:
        # Below the door refs have their stored form; a reason may quote one.
        error.reason = outward_prose(error.reason, access.external)
    return error_response(error)


async def _invalid_body(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    # The offending input is left out: it may be large, or secret.
    detail = [{"loc": list(item["loc"]), "msg": item["msg"], "type": item["type"]} for item in error.errors()]
    return JSONResponse(_clean({"detail": detail}), status_code=422)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"reason": error.detail}, status_code=error.status_code, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # It answers outside of all middleware, so the request id is not bound and not added by itself.
    known = getattr(request.state, "request_id", "")
    log_failure("unexpected_error", error, route=route_of(request.scope), method=request.method, request_id=known)
    headers = {"x-request-id": known} if known else None
    return JSONResponse({"reason": "Internal server error"}, status_code=500, headers=headers)


def _clean(value: Any) -> Any:
    """Texts without lone surrogates, which no UTF-8 answer can carry."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_clean(item) for item in value]
    return value
