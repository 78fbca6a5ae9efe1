"""Serves the built web UI: its files, and its page at every address that a browser or an SDK link may ask for.

The page itself holds no data; what it shows it asks of the API, with the caller's rights.
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from weft.core.errors import NotFound

UI_FOLDER = Path(__file__).parent.parent / "ui_dist"

_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>Weft</title>
<h1>Weft is running</h1><p>Its web UI has not been built here: run <code>make setup</code>.
The API is served all the same; see <a href="/openapi.json">its description</a>.</p>"""

# Scripts and styles shrink to a third; what else there is, is small or packed already.
_PACKED = (".js", ".css")


@cache
def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


def _asset(path: Path, unpacks: bool) -> Response:
    headers = {**_HEADERS, "cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if path.suffix not in _PACKED or not unpacks:
        return FileResponse(path, headers=headers)
    headers["content-encoding"] = "gzip"
    return Response(_packed(path), headers=headers, media_type=mimetypes.guess_type(path.name)[0])


router = APIRouter(include_in_schema=False)


@router.get("/assets/{name}")
def asset(name: str, request: Request) -> Response:
    """A built file, packed for browsers that can unpack it; its name changes with its content, so it may be kept."""
    path = UI_FOLDER / "assets" / name
    if "/" in name or not path.is_file():
        raise NotFound("No such file")
    return _asset(path, "gzip" in request.headers.get("accept-encoding", ""))


@router.get("/favicon.ico")
@router.get("/favicon.svg")
def icon() -> Response:
    """The icon in the browser's tab."""
    path = UI_FOLDER / "favicon.svg"
    if not path.is_file():
        raise NotFound("No such file")
    return FileResponse(path, headers=_HEADERS, media_type="image/svg+xml")


@router.get("/")
@router.get("/authorize")
@router.get("/weft/docs")
@router.get("/{entity}/{project}/weave")
@router.get("/{entity}/{project}/weave/{place:path}")
@router.get("/{entity}/{project}/r/call/{call_id}")
def page() -> Response:
    """The one page; which place it shows is read from the address in the browser."""
    index = UI_FOLDER / "index.html"
    headers = {**_HEADERS, "cache-control": "no-cache"}
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, headers=headers)
    return FileResponse(index, headers=headers)
