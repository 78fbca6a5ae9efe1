"""What the runner is given of a stored scorer: the source of its score op, and its fields with refs filled in.

Refs lead only into the project that is scored and the scorer's own, as for judges. Nothing is parsed or run here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from weft.core import jsontext
from weft.core.refs import INTERNAL, ObjectRef, OpRef, TableRef, try_parse_ref
from weft.scoring.retry import CannotWork
from weft.scoring.runner.child.stored import OP_SOURCE
from weft.scoring.stored_values import stored_value
from weft.storage.stores import Stores

SOURCE_FILE = "obj.py"
_LARGEST_SOURCE = 1024 * 1024
_MOST_REFS = 100
_DEEPEST = 50
# Runs after scores, over all of them: no part of scoring one call.
_NOT_NEEDED = ("summarize",)


@dataclass(frozen=True, slots=True)
class Program:
    """A scorer version as the runner gets it; `key` is the same for the same code, fields and project only."""

    key: str
    text: bytes = field(repr=False)


@dataclass(slots=True)
class ProgramReader:
    """Reads programs and arguments for the calls of one project."""

    stores: Stores
    project_ids: Set[str]
    _refs_left: int = _MOST_REFS

    def program(self, op: Any, fields: Mapping[str, Any] | None) -> Program:
        """The program of a score op's stored value, bound to an object's fields or to nothing. Raises CannotWork."""
        kept = None
        if fields is not None:
            wanted = {name: value for name, value in fields.items() if name not in _NOT_NEEDED}
            kept = self._filled({**wanted, "score": None}, with_ops=True)
            kept["score"] = {OP_SOURCE: ""}
        body = {"source": self.source(op), "fields": kept}
        text = jsontext.dumps_finite(body).encode("utf-8", "surrogatepass")
        owners = "\n".join(sorted(self.project_ids))
        return Program(hashlib.sha256(owners.encode() + b"\0" + text).hexdigest(), text)

    def arguments(self, given: Mapping[str, Any]) -> bytes:
        """The arguments as the runner gets them, with objects in the place of their refs."""
        self._refs_left = _MOST_REFS
        filled = self._filled(dict(given), with_ops=False)
        return jsontext.dumps_finite(filled).encode("utf-8", "surrogatepass")

    def source(self, op: Any) -> str:
        """The source of an op's stored value. Raises CannotWork when there is none."""
        files = op.get("files") if isinstance(op, dict) else None
        digest = files.get(SOURCE_FILE) if isinstance(files, dict) else None
        if not isinstance(digest, str) or not digest.isalnum():
            raise CannotWork("The scorer's code was not stored with it")
        for project_id in sorted(self.project_ids):
            content = self.stores.files.get(project_id, digest)
            if content is not None:
                return _text(content)
        raise CannotWork("The file of the scorer's code does not exist")

    def _filled(self, value: Any, with_ops: bool, depth: int = 0) -> Any:
        if depth > _DEEPEST:
            return value
        if isinstance(value, str):
            return self._referred(value, with_ops, depth) if value.startswith(INTERNAL) else value
        if isinstance(value, dict):
            return {name: self._filled(item, with_ops, depth + 1) for name, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, with_ops, depth + 1) for item in value]
        return value

    def _referred(self, text: str, with_ops: bool, depth: int) -> Any:
        """What a ref stands for; the ref itself when it leads where nothing may be read."""
        ref = try_parse_ref(text)
        if not isinstance(ref, ObjectRef) or isinstance(ref, TableRef) or ref.project not in self.project_ids:
            return text
        is_op = isinstance(ref, OpRef)
        if (is_op and not with_ops) or self._refs_left <= 0:
            return text
        self._refs_left -= 1
        try:
            value = stored_value(self.stores, ref, self.project_ids, "The scorer")
            return {OP_SOURCE: self.source(value)} if is_op else self._filled(value, with_ops, depth + 1)
        except CannotWork:
            return text


def _text(content: bytes) -> str:
    if len(content) > _LARGEST_SOURCE:
        raise CannotWork(f"The scorer's code is larger than {_LARGEST_SOURCE} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise CannotWork("The scorer's code is no text") from error
