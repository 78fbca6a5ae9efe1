"""The tables and files that rows of a folder mention: an API lists neither, so they are found by who refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from weft.core import jsontext
from weft.core.errors import WeftError
from weft.transfer.folder import Folder
from weft.transfer.format import DIGEST, EVENT_COLUMNS
from weft.transfer.source import Row


class Mentions:
    """What is mentioned so far."""

    def __init__(self, project: str) -> None:
        self.tables: dict[str, None] = {}
        self.files: set[str] = set()
        self._table_ref = re.compile(rf"weave:///{re.escape(project)}/table/([0-9A-Za-z]{{20,64}})")

    def look_through(self, folder: Folder, lines: Iterable[str]) -> None:
        """Read every row that is in the folder."""
        for name in lines:
            for rows in folder.read_lines(f"entities/{name}.jsonl"):
                self.look_at(rows)
        for table in EVENT_COLUMNS:
            for part in folder.parts(table):
                for rows in folder.read_part(table, part):
                    self.look_at(rows)

    def look_at(self, rows: Iterable[Row]) -> None:
        """Note what these rows mention."""
        for row in rows:
            for value in row.values():
                if isinstance(value, str):
                    self._look_at_text(value)

    def _look_at_text(self, text: str) -> None:
        if "/table/" in text:
            self.tables |= dict.fromkeys(self._table_ref.findall(text))
        if '"files"' in text:
            try:
                self._find_files(jsontext.loads(text))
            except (ValueError, WeftError):
                # A text that is no JSON names no files.
                return

    def _find_files(self, value: Any) -> None:
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                files = item.get("files")
                if isinstance(files, dict):
                    held = (found for found in files.values() if isinstance(found, str))
                    self.files.update(digest for digest in held if DIGEST.fullmatch(digest))
                stack.extend(item.values())
            elif isinstance(item, list):
                stack.extend(item)
