"""Media: bytes kept as a file, and the object that says what they are, as the SDKs' `Content` reads it.

Long base64 texts inside payloads are replaced by refs to such objects. Keeping the bytes is files.py's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
import re
from collections.abc import Callable
from typing import Any

import filetype

from weft.core import jsontext
from weft.core.identity import Project, User
from weft.core.refs import ObjectRef
from weft.domain.files import store_file
from weft.domain.objects import publish_object
from weft.storage.stores import Stores

SHORTEST = 8192
"""Characters of base64 text from which on it is kept as a file."""

_TYPE = "weave.type_wrappers.Content.content.Content"
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+=-]+)*;base64,")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_UNKNOWN = "application/octet-stream"
_MAJOR = re.compile(r"[^a-z0-9-]")


def store_content(stores: Stores, project: Project, user: User, data: bytes, mimetype: str) -> str:
    """Keep the bytes as a content object; its ref. The same bytes of the same type are one object."""
    digest = hashlib.sha256(data).hexdigest()
    extension = mimetypes.guess_extension(mimetype) or _sniffed_extension(data)
    major = mimetype.partition("/")[0].lower()
    kind = "file" if major == "application" else _MAJOR.sub("", major) or "file"
    name = f"{kind}-{digest[:4]}{extension}"
    about = {
        "size": len(data),
        "mimetype": mimetype,
        "digest": digest,
        "filename": name,
        "content_type": "base64",
        "input_type": "str",
        "encoding": "base64",
        "metadata": None,
        "extension": extension,
    }
    files = {
        "content": store_file(stores, project, "content", data),
        "metadata.json": store_file(stores, project, "metadata.json", jsontext.dumps(about).encode()),
    }
    value = {"_type": "CustomWeaveType", "weave_type": {"type": _TYPE}, "files": files}
    version = publish_object(stores, project, user, name, value)
    return ObjectRef(project.id, name, version.digest).uri()


def without_media(value: Any, keep: Callable[[bytes, str], str]) -> Any:
    """The JSON value with each long base64 text replaced by what `keep(bytes, mimetype)` answers.

    Data URIs say what they hold; of bare base64 only what shows by its first bytes what it is counts as media. A value
    without any is answered as it is; nesting must be bounded by the caller.
    """
    if isinstance(value, str):
        media = _media(value) if len(value) >= SHORTEST else None
        return value if media is None else keep(*media)
    if isinstance(value, dict):
        items = {key: without_media(item, keep) for key, item in value.items()}
        return items if any(items[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        new = [without_media(item, keep) for item in value]
        return new if any(one is not other for one, other in zip(new, value, strict=True)) else value
    return value


def _media(text: str) -> tuple[bytes, str] | None:
    declared = _DATA_URI.match(text)
    encoded = text[declared.end() :] if declared else text
    if not _BASE64.fullmatch(encoded):
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return None
    mimetype = declared[1].lower() if declared else _sniffed(data)
    return (data, mimetype) if mimetype else None


def _sniffed_extension(data: bytes) -> str:
    found = filetype.guess_extension(data)
    return f".{found}" if isinstance(found, str) else ""


def _sniffed(data: bytes) -> str | None:
    found = filetype.guess_mime(data)
    return found if isinstance(found, str) and found != _UNKNOWN else None
