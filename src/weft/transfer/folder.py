"""The folder of an export: its files, written so that a killed export can go on, and read with suspicion.

A file appears under its name only when it is whole and on disk. What is done stands in `progress.json` while work goes
on; `manifest.json` says at the end that the folder is complete.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from weft.core import jsontext
from weft.core.errors import InvalidRequest
from weft.transfer.format import DIGEST, EVENT_COLUMNS, FORMAT
from weft.transfer.parquet import count_part, read_part, write_part

Row = dict[str, Any]


@dataclass(slots=True)
class Manifest:
    """What the folder holds and where it is from."""

    format: int
    weft: str
    kind: str
    project: str
    started_at: str
    source: str = ""
    finished_at: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


class Folder:
    """One export on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def manifest(self) -> Manifest | None:
        """The manifest, None when there is none yet. Raises InvalidRequest for one this version cannot read."""
        path = self.root / "manifest.json"
        if not path.is_file():
            return None
        try:
            text = path.read_text(encoding="utf-8")
            held = json.loads(text)
            if isinstance(held, dict) and held.get("format") != FORMAT:
                raise InvalidRequest(
                    f"{path} has format {held.get('format')!r}; this version of Weft reads format {FORMAT}"
                )
            return TypeAdapter(Manifest).validate_json(text, strict=True)
        except ValueError as error:
            raise InvalidRequest(f"{path} is not the manifest of an export: {error}") from error

    def save_manifest(self, manifest: Manifest) -> None:
        """Write the manifest."""
        self._replace(self.root / "manifest.json", orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))

    def progress(self, name: str) -> dict[str, Any]:
        """What a piece of work noted of itself; empty when it has not begun."""
        path = self.root / f"{name}.json"
        try:
            noted = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except ValueError as error:
            raise InvalidRequest(f"{path} is damaged: remove it to begin again") from error
        if not isinstance(noted, dict):
            raise InvalidRequest(f"{path} is damaged: remove it to begin again")
        return noted

    def save_progress(self, name: str, noted: dict[str, Any]) -> None:
        """Note how far a piece of work is."""
        self._replace(self.root / f"{name}.json", orjson.dumps(noted))

    def drop_progress(self, name: str) -> None:
        """Forget the note: the work is done."""
        (self.root / f"{name}.json").unlink(missing_ok=True)

    def write_part(self, table: str, number: int, rows: Sequence[Row]) -> None:
        """Write one Parquet file of an event table; the same number again replaces it."""
        path = self.root / "events" / table / f"part-{number:05}.parquet"
        draft = self._draft(path)
        write_part(draft, rows, EVENT_COLUMNS[table])
        self._publish(draft, path)

    def parts(self, table: str) -> list[str]:
        """The names of the Parquet files of an event table, in order."""
        return sorted(path.name for path in (self.root / "events" / table).glob("part-*.parquet"))

    def count_part(self, table: str, name: str) -> int:
        """How many rows a Parquet file has."""
        return count_part(self.root / "events" / table / name)

    def read_part(self, table: str, name: str) -> Iterator[list[Row]]:
        """The rows of one Parquet file, some at a time."""
        return read_part(self.root / "events" / table / name, EVENT_COLUMNS[table])

    def write_lines(self, name: str, batches: Iterable[Sequence[Row]]) -> int:
        """Write one JSON Lines file; how many lines."""
        path = self.root / name
        draft = self._draft(path)
        count = 0
        with draft.open("wb") as file:
            for batch in batches:
                file.writelines(jsontext.dumps(row).encode() + b"\n" for row in batch)
                count += len(batch)
        self._publish(draft, path)
        return count

    def read_lines(self, name: str, size: int = 500) -> Iterator[list[Row]]:
        """The rows of a JSON Lines file, some at a time; none when there is no such file."""
        path = self.root / name
        if not path.is_file():
            return
        batch: list[Row] = []
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                batch.append(_parsed(line, f"{name}, line {number}"))
                if len(batch) >= size:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def has_blob(self, digest: str) -> bool:
        """Whether the bytes of a file are there."""
        return self._blob(digest).is_file()

    def write_blob(self, digest: str, content: bytes) -> None:
        """Write the bytes of a file under their digest."""
        path = self._blob(digest)
        draft = self._draft(path)
        draft.write_bytes(content)
        self._publish(draft, path)

    def blobs(self) -> list[str]:
        """The digests of the files that are there. Raises InvalidRequest for names that are none."""
        names = [path.name for path in (self.root / "blobs").glob("*/*") if path.suffix != ".draft"]
        return sorted(_checked(name) for name in names)

    def read_blob(self, digest: str) -> bytes:
        """The bytes of a file."""
        path = self._blob(digest)
        # What is elsewhere on this machine is no part of the folder.
        if path.is_symlink() or not path.is_file():
            raise InvalidRequest(f"The file {digest} in blobs/ is not a file")
        return path.read_bytes()

    def _blob(self, digest: str) -> Path:
        return self.root / "blobs" / _checked(digest)[:2] / digest

    def _draft(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{path.name}.draft")

    def _replace(self, path: Path, content: bytes) -> None:
        draft = self._draft(path)
        draft.write_bytes(content)
        self._publish(draft, path)

    @staticmethod
    def _publish(draft: Path, path: Path) -> None:
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)


def _parsed(line: bytes, where: str) -> Row:
    try:
        row = jsontext.loads(line)
    except ValueError as error:
        raise InvalidRequest(f"{where} is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise InvalidRequest(f"{where} is not a JSON object")
    return row


def _checked(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise InvalidRequest(f"{digest[:80]!r} in blobs/ is not the digest of a file")
    return digest
