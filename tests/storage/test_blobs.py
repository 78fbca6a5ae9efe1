"""Files in a folder and, through obstore, elsewhere."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from weft.core.errors import InvalidRequest
from weft.core.ids import new_id
from weft.storage.blobs import FileStore


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FileStore(f"file://{tmp_path}/a folder/blobs")
    return FileStore(request.getfixturevalue("s3").url.replace("prefix", new_id()))


def test_content_is_kept_per_project(store: FileStore) -> None:
    content = bytes(range(256)) * 100
    store.put("p1==", "digest", content)
    store.put("p1==", "digest", content)
    store.put("p1==", "empty", b"")
    assert store.get("p1==", "digest") == content
    assert store.get("p1==", "empty") == b""
    assert store.get("p1==", "other") is None
    assert store.get("p2==", "digest") is None
    assert store.total_size("p1==") == len(content)
    assert store.total_size("p2==") == 0


def test_no_draft_is_left_and_old_ones_are_swept(tmp_path: Path) -> None:
    FileStore(f"file://{tmp_path}").put("p", "digest", b"x")
    incoming = tmp_path / ".incoming"
    assert list(incoming.iterdir()) == []
    (incoming / "old").write_bytes(b"half")
    (incoming / "new").write_bytes(b"half")
    os.utime(incoming / "old", (time.time() - 90_000,) * 2)
    FileStore(f"file://{tmp_path}")
    assert [entry.name for entry in incoming.iterdir()] == ["new"]


def test_content_is_removed_unless_it_was_stored_again(store: FileStore) -> None:
    store.put("p1==", "digest", b"content")
    stored_at = store.stored_at("p1==", "digest")
    assert stored_at is not None
    assert abs(datetime.now(UTC) - stored_at) < timedelta(minutes=1)
    assert store.remove("p1==", "digest", stored_before=stored_at) is None
    assert store.get("p1==", "digest") == b"content"
    assert store.remove("p1==", "digest", stored_before=datetime.now(UTC) + timedelta(seconds=1)) == len(b"content")
    assert store.get("p1==", "digest") is None
    assert store.stored_at("p1==", "digest") is None
    assert store.remove("p1==", "digest", stored_before=datetime.now(UTC)) == 0
    store.put("p1==", "digest", b"content")
    assert store.get("p1==", "digest") == b"content"


def test_storing_content_again_makes_it_young(tmp_path: Path) -> None:
    store = FileStore(f"file://{tmp_path}")
    store.put("p", "digest", b"content")
    (path,) = (path for path in tmp_path.rglob("digest") if path.is_file())
    os.utime(path, (1_000_000, 1_000_000))
    assert store.stored_at("p", "digest") == datetime.fromtimestamp(1_000_000, UTC)
    store.put("p", "digest", b"content")
    assert store.remove("p", "digest", stored_before=datetime.now(UTC) - timedelta(minutes=1)) is None


@pytest.mark.parametrize("nanoseconds", [812_795_600, 999_999_900, 499])
def test_content_is_not_older_than_the_time_it_was_stored_at(tmp_path: Path, nanoseconds: int) -> None:
    store = FileStore(f"file://{tmp_path}")
    store.put("p", "digest", b"content")
    (path,) = (path for path in tmp_path.rglob("digest") if path.is_file())
    os.utime(path, ns=(10**18 + nanoseconds,) * 2)
    stored_at = store.stored_at("p", "digest")
    assert stored_at is not None
    assert store.remove("p", "digest", stored_before=stored_at) is None
    assert store.get("p", "digest") == b"content"


def test_an_unknown_store_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        FileStore("nonsense://place")
