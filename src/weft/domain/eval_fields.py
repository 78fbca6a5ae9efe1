"""Field names of /eval_results/query, such as `scores.accuracy.value`, and reading them from a trial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from weft.core.errors import InvalidField, InvalidRequest
from weft.domain.eval_trials import Trial

_DOT = re.compile(r"(?<!\\)\.")
_PREFIXES = ("scores", "inputs", "output")


@dataclass(frozen=True, slots=True)
class Field:
    """A parsed field: `root` is `scores`, `inputs`, `output` or `row_digest`."""

    root: str
    path: tuple[str, ...]


def parse_field(name: str) -> Field:
    """The parts of a field name; a dot inside a key is written `\\.`.

    Raises InvalidRequest for a name that cannot be read and InvalidField for a negative index.
    """
    if name == "row_digest":
        return Field(name, ())
    root, *path = [part.replace("\\.", ".") for part in _DOT.split(name)]
    if root not in _PREFIXES or not path or not all(path):
        raise InvalidRequest(f"Invalid field {name[:200]!r}: use scores.<name>, inputs.<path>, output.<path>")
    if any(part.startswith("-") and part[1:].isdigit() for part in path):
        raise InvalidField(f"Invalid field {name[:200]!r}: an index must not be negative")
    return Field(root, tuple(path))


def read_field(field: Field, trial: Trial, row: Any) -> Any:
    """The value of a field in a trial, None when it has none. `row` is the trial's example with its ref resolved."""
    if field.root == "row_digest":
        return trial.row_digest
    value: Any = {"scores": trial.scores, "inputs": row, "output": trial.output}[field.root]
    for part in field.path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    # Truth counts as 1 and 0 among scores, so that pass rates and numbers sort and filter alike.
    return int(value) if field.root == "scores" and isinstance(value, bool) else value
