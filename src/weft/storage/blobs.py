"""File contents by project and digest, in a folder or (through obstore) in a bucket. Their meaning is the domain's."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore as RemoteStore
from obstore.store import from_url

from weft.core.errors import InvalidRequest, Unavailable
from weft.core.ids import new_id
from weft.core.metrics import Metrics
from weft.storage.reasons import of_blobs

_STALE_SECONDS = 24 * 3600
# No project's folder has such a name.
_PROBES = ".probes"
# A request waits for it: what takes longer is an answer that says so.
_RETRIES: Any = {"max_retries": 5, "retry_timeout": timedelta(seconds=20)}


class FileStore:
    """Content-addressed bytes at `file:///folder`, `s3://bucket/prefix?region=…` or whatever else obstore opens."""

    def __init__(self, url: str, metrics: Metrics | None = None) -> None:
        parts = urlsplit(url)
        self._metrics = metrics
        self._blobs: _Blobs = _Folder(Path(unquote(parts.path))) if parts.scheme == "file" else _Remote(url)

    def put(self, project_id: str, digest: str, content: bytes) -> None:
        """Store the content durably; storing it again changes nothing."""
        with self._counted("put") as moved:
            self._blobs.put(_path(project_id, digest), content)
            moved.append(len(content))

    def get(self, project_id: str, digest: str) -> bytes | None:
        """The content, or None when the project has no such file."""
        with self._counted("get") as moved:
            content = self._blobs.get(_path(project_id, digest))
            moved.append(len(content or b""))
            return content

    def total_size(self, project_id: str) -> int:
        """The bytes of all files of the project."""
        return self._blobs.total_size(_project_folder(project_id))

    def digests(self, project_id: str) -> Iterator[str]:
        """The digests of all files of the project, in no order."""
        return self._blobs.names(_project_folder(project_id))

    def stored_at(self, project_id: str, digest: str) -> datetime | None:
        """When the content was stored last, whether it had been there already or not; None when it is not there."""
        return self._blobs.stored_at(_path(project_id, digest))

    def remove(self, project_id: str, digest: str, stored_before: datetime) -> int | None:
        """Remove the content; the bytes freed, or None for content that stays: it was stored at that time or later."""
        with self._counted("remove"):
            return self._blobs.remove(_path(project_id, digest), stored_before)

    def probe(self) -> None:
        """Write, read and remove a few bytes. Raises Unavailable when one of that cannot be done."""
        path = f"{_PROBES}/{new_id()}"
        self._blobs.put(path, b"weft")
        if self._blobs.get(path) != b"weft":
            raise Unavailable("The blob store cannot be used: what was written just now reads differently")
        self._blobs.remove(path, datetime.now(UTC) + timedelta(days=1))
        if self._blobs.get(path) is not None:
            raise Unavailable("The blob store cannot be used: what was removed just now is still there")

    @contextlib.contextmanager
    def _counted(self, operation: str) -> Iterator[list[int]]:
        """Count an operation and the bytes it adds to the list."""
        moved: list[int] = []
        result = "failed"
        try:
            yield moved
            result = "ok"
        finally:
            if self._metrics is not None:
                self._metrics.blobs.operations.labels(operation, result).inc()
                self._metrics.blobs.bytes.labels(operation).inc(sum(moved))


class _Blobs(Protocol):
    def put(self, path: str, content: bytes) -> None: ...

    def get(self, path: str) -> bytes | None: ...

    def total_size(self, folder: str) -> int: ...

    def names(self, folder: str) -> Iterator[str]: ...

    def stored_at(self, path: str) -> datetime | None: ...

    def remove(self, path: str, stored_before: datetime) -> int | None: ...


class _Folder:
    """A local folder. Not obstore's: that one answers before the bytes are on the disk (it never calls fsync)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        self._lock = threading.Lock()
        _make_folder(self._incoming)
        # What a killed process left half-written; recent ones may be another process's.
        for entry in self._incoming.iterdir():
            if time.time() - entry.stat().st_mtime > _STALE_SECONDS:
                entry.unlink(missing_ok=True)

    def put(self, path: str, content: bytes) -> None:
        target = self._root / path
        _make_folder(target.parent)
        if not self._stored_again(target):
            draft = self._incoming / new_id()
            try:
                with _translated(), draft.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
        # Also for a file that is there already: whoever made it may not have come this far yet.
        _sync_folder(target.parent)

    def _stored_again(self, target: Path) -> bool:
        """Whether the file is there; if so it now counts as stored just now, which keeps it from being removed."""
        with self._lock, _translated():
            try:
                os.utime(target)
            except FileNotFoundError:
                return False
        return True

    def get(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError:
            return None

    def total_size(self, folder: str) -> int:
        return sum(entry.stat().st_size for entry in (self._root / folder).rglob("*") if entry.is_file())

    def names(self, folder: str) -> Iterator[str]:
        return (entry.name for entry in (self._root / folder).rglob("*") if entry.is_file())

    def stored_at(self, path: str) -> datetime | None:
        with _translated():
            try:
                return _modified((self._root / path).stat())
            except FileNotFoundError:
                return None

    def remove(self, path: str, stored_before: datetime) -> int | None:
        target = self._root / path
        # Within the lock, so that nobody is told meanwhile that the file is there.
        with self._lock, _translated():
            try:
                found = target.stat()
            except FileNotFoundError:
                return 0
            if _modified(found) >= stored_before:
                return None
            target.unlink()
            _sync_folder(target.parent)
        return found.st_size


class _Remote:
    """A bucket; its service makes each write durable before it answers."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        # What the URL does not say (keys, above all) the library finds where every client of that cloud looks for it.
        options: Any = dict(parse_qsl(parts.query))
        plain = options.get("endpoint", "").startswith("http:")
        try:
            self._store: RemoteStore = from_url(
                parts._replace(query="").geturl(),
                config=options or None,
                # Not even empty ones beside an endpoint from the environment: they would replace what stands there.
                client_options={"allow_http": True} if plain else None,
                retry_config=_RETRIES,
            )
        except (BaseError, ValueError) as error:
            raise InvalidRequest(f"The blob store URL cannot be used: {of_blobs(error)}") from error

    def put(self, path: str, content: bytes) -> None:
        with _translated():
            self._store.put(path, content)

    def get(self, path: str) -> bytes | None:
        with _translated():
            try:
                return bytes(self._store.get(path).bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    def stored_at(self, path: str) -> datetime | None:
        with _translated():
            try:
                return self._store.head(path)["last_modified"]
            except (NotFoundError, FileNotFoundError):
                return None

    def remove(self, path: str, stored_before: datetime) -> int | None:
        # A bucket cannot look and remove in one step, so a file stored again between the two is lost. What is removed
        # here was not stored for a long time, so that is a matter of milliseconds once in the life of a file.
        with _translated():
            try:
                found = self._store.head(path)
            except (NotFoundError, FileNotFoundError):
                return 0
            if found["last_modified"] >= stored_before:
                return None
            self._store.delete(path)
        return found["size"]

    def total_size(self, folder: str) -> int:
        with _translated():
            return sum(entry["size"] for page in self._store.list(f"{folder}/") for entry in page)

    def names(self, folder: str) -> Iterator[str]:
        with _translated():
            for page in self._store.list(f"{folder}/"):
                yield from (entry["path"].rpartition("/")[2] for entry in page)


def _modified(found: os.stat_result) -> datetime:
    """The time of the last change, cut to microseconds: rounded, a file could seem older than its own `stored_at`."""
    seconds, nanoseconds = divmod(found.st_mtime_ns, 10**9)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanoseconds // 1000)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Unavailable(f"The blob store cannot be used: {of_blobs(error)}") from error


def _project_folder(project_id: str) -> str:
    return project_id.rstrip("=")


def _path(project_id: str, digest: str) -> str:
    return f"{_project_folder(project_id)}/{digest[:2]}/{digest}"


def _make_folder(folder: Path) -> None:
    """Create a folder so that it outlives a power cut: each new one is also on disk in its parent."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
