"""Writes a project into a folder, so that a killed export goes on where its last whole file ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from weft import __version__
from weft.core.clock import iso, now
from weft.core.digest import bytes_digest
from weft.core.errors import InvalidRequest
from weft.transfer.folder import Folder, Manifest
from weft.transfer.format import EVENT_COLUMNS, FORMAT, USER_COLUMNS
from weft.transfer.source import Chunk, Lines, Row, Source, Watch

_ROWS_IN_PART = 50_000
_BYTES_IN_PART = 64 * 1024 * 1024
_NOTE = "progress"


def export(source: Source, folder: Folder, watch: Watch) -> Manifest:
    """Write all of the project, or what is missing of it; the manifest says what is there.

    Raises InvalidRequest for a folder that holds something else, and what the source raises; then the same call goes
    on later.
    """
    manifest = folder.manifest()
    if manifest is None:
        if folder.root.exists() and any(folder.root.iterdir()):
            raise InvalidRequest(f"{folder.root} is not empty and holds no export: choose another folder")
        manifest = Manifest(FORMAT, __version__, source.kind, source.project, iso(now()), source.url)
        folder.save_manifest(manifest)
    if (manifest.kind, manifest.project, manifest.source) != (source.kind, source.project, source.url):
        origin = f" at {manifest.source}" if manifest.source else ""
        raise InvalidRequest(f"{folder.root} holds an export of {manifest.project}{origin}: choose another folder")
    if manifest.finished_at is None:
        work = _Export(source, folder, watch)
        work.run()
        manifest.counts = dict(sorted(work.counts.items()))
        manifest.left_out = work.left_out()
        manifest.finished_at = iso(now())
        folder.save_manifest(manifest)
    folder.drop_progress(_NOTE)
    return manifest


class _Export:
    """The work; what is done of it stands in the folder's note after each whole file."""

    def __init__(self, source: Source, folder: Folder, watch: Watch) -> None:
        self._source = source
        self._folder = folder
        self._watch = watch
        noted = folder.progress(_NOTE)
        self._done: list[str] = noted.get("done", [])
        self._cursors: dict[str, Any] = noted.get("cursors", {})
        self._parts: dict[str, int] = noted.get("parts", {})
        self._users: set[str] = set(noted.get("users", ()))
        self._left_out: list[str] = noted.get("left_out", [])
        self.counts: dict[str, int] = noted.get("counts", {})
        self._missing = 0

    def run(self) -> None:
        """Do what is not done."""
        for lines in self._source.lines():
            self._unless_done(f"entities/{lines.name}", partial(self._write_lines, lines))
        for stream in self._source.streams():
            self._unless_done(f"stream/{stream}", partial(self._write_stream, stream))
        self._unless_done("blobs", self._write_blobs)
        names = self._source.usernames(sorted(self._users))
        users = [{"id": user, "username": names.get(user)} for user in sorted(self._users)]
        self.counts["users"] = self._folder.write_lines("users.jsonl", [users])

    def left_out(self) -> list[str]:
        """What the folder does not have, in sentences."""
        missing = [f"{self._missing} files that the server did not have"] if self._missing else []
        return list(dict.fromkeys([*self._source.left_out, *self._left_out, *missing]))

    def _unless_done(self, step: str, work: Callable[[], None]) -> None:
        if step not in self._done:
            work()
            self._done.append(step)
            self._cursors.pop(step, None)
            self._save()

    def _write_lines(self, lines: Lines) -> None:
        name = f"entities/{lines.name}"
        self._watch.begin(name, None)
        self.counts[name] = self._folder.write_lines(f"{name}.jsonl", self._seen(lines.read()))

    def _seen(self, batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
        for batch in batches:
            self._note_users(batch)
            self._watch.advance(len(batch))
            yield batch

    def _write_stream(self, stream: str) -> None:
        step = f"stream/{stream}"
        done = self.counts.get(f"events/{stream}", 0)
        self._watch.begin(f"events/{stream}", self._source.total(stream), done)
        waiting = _Waiting()
        for chunk in self._source.read(stream, self._cursors.get(step)):
            waiting.add(chunk)
            self._watch.advance(sum(map(len, chunk.rows.values())))
            if waiting.size >= _BYTES_IN_PART or waiting.count >= _ROWS_IN_PART:
                self._publish(step, waiting)
                waiting = _Waiting()
        self._publish(step, waiting)

    def _publish(self, step: str, waiting: _Waiting) -> None:
        for table, rows in waiting.rows.items():
            if rows:
                number = self._parts.get(table, 0) + 1
                self._folder.write_part(table, number, rows)
                self._parts[table] = number
                self.counts[f"events/{table}"] = self.counts.get(f"events/{table}", 0) + len(rows)
                self._note_users(rows)
        if waiting.cursor is not None:
            self._cursors[step] = waiting.cursor
            self._save()

    def _write_blobs(self) -> None:
        digests = sorted(set(self._source.digests()))
        self._watch.begin("blobs", len(digests))
        for digest in digests:
            if not self._folder.has_blob(digest):
                content = self._source.content(digest)
                if content is None:
                    self._missing += 1
                elif bytes_digest(content) != digest:
                    raise InvalidRequest(f"The file {digest} came with other bytes than its digest says")
                else:
                    self._folder.write_blob(digest, content)
            self._watch.advance(1)
        self.counts["blobs"] = len(digests) - self._missing

    def _note_users(self, rows: list[Row]) -> None:
        for row in rows:
            self._users.update(row[name] for name in USER_COLUMNS if row.get(name))

    def _save(self) -> None:
        noted = {"done": self._done, "cursors": self._cursors, "parts": self._parts, "counts": self.counts}
        self._folder.save_progress(_NOTE, {**noted, "users": sorted(self._users), "left_out": self.left_out()})


class _Waiting:
    """Rows that wait for their file."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in EVENT_COLUMNS}
        self.cursor: Any = None
        self.count = 0
        self.size = 0

    def add(self, chunk: Chunk) -> None:
        for table, rows in chunk.rows.items():
            self.rows[table].extend(rows)
            self.count += len(rows)
            self.size += 1000 * len(rows) + sum(
                len(value) for row in rows for value in row.values() if isinstance(value, str)
            )
        self.cursor = chunk.cursor
