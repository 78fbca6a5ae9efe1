"""Files: bytes under their digest. Where they are kept is storage/blobs.py's."""

from __future__ import annotations

import re

from weft.core.digest import bytes_digest
from weft.core.errors import DigestMismatch, NotFound
from weft.core.identity import Project
from weft.storage.stores import Stores

_DIGEST = re.compile(r"[0-9A-Za-z]{43}")


def store_file(stores: Stores, project: Project, name: str, content: bytes, expected_digest: str | None = None) -> str:
    """Store the content durably and answer its digest. Raises DigestMismatch when another one was announced."""
    digest = bytes_digest(content)
    if expected_digest is not None and expected_digest != digest:
        raise DigestMismatch(f"The file {name[:200]!r} has the digest {digest}, not {expected_digest[:100]}")
    stores.files.put(project.id, digest, content)
    return digest


def read_file(stores: Stores, project: Project, digest: str) -> bytes:
    """The content of a file. Raises NotFound."""
    # Only what looks like a digest may become part of a path.
    content = stores.files.get(project.id, digest) if _DIGEST.fullmatch(digest) else None
    if content is None:
        raise NotFound(f"File {digest[:100]} not found")
    return content


def total_file_size(stores: Stores, project: Project) -> int:
    """The bytes of all files of the project."""
    return stores.files.total_size(project.id)
