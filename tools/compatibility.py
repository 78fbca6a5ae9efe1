"""How each operation of the Weave Service API compares with ours: shapes are compared, reasons are written down.

Reasons stand in `docs/compatibility/*.toml`, one file per area: a table per operation with `verdict` (`better` or
`differs`) and `because`. An operation without an entry has to have the contract's parameters and fields.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

METHODS = ("get", "post", "put", "patch", "delete")
# Sent by clients and taken from the key instead, by the reference as by us.
_IGNORED = {"wb_user_id"}

Operation = tuple[str, str]
"""(path, method in lower case)"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an operation does not simply answer the same."""

    kind: Literal["better", "differs"]
    because: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.because}"


class Undeclared(Exception):
    """The reasons and the running application contradict each other."""


def operations(document: dict[str, Any]) -> dict[Operation, dict[str, Any]]:
    """Every operation of an OpenAPI document."""
    return {
        (path, method): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def verdicts(folder: Path) -> dict[Operation, Verdict]:
    """Every reason in the folder. Raises Undeclared for one of an unknown kind, without text, or given twice."""
    found: dict[Operation, Verdict] = {}
    for file in sorted(folder.glob("*.toml")):
        for name, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            method, path = name.split(" ")
            operation = (path, method.lower())
            if entry["verdict"] not in ("better", "differs") or not entry["because"].strip():
                raise Undeclared(f"{file.name}: {name} has no verdict or no reason")
            if operation in found:
                raise Undeclared(f"{file.name}: {name} is explained twice")
            found[operation] = Verdict(entry["verdict"], entry["because"].strip())
    return found


def missing_parts(contract: dict[str, Any], ours: dict[str, Any], operation: Operation) -> list[str]:
    """What the contract's operation has and ours has not: parameters, fields of the body, fields of the answer."""
    expected, served = _parts(contract, operation), _parts(ours, operation)
    return sorted(part for part in expected - served if part.rpartition(" ")[2] not in _IGNORED)


def compare(contract: dict[str, Any], ours: dict[str, Any], reasons: dict[Operation, Verdict]) -> dict[Operation, str]:
    """A sentence per operation of the contract. Raises Undeclared where shapes differ and nobody says why."""
    expected, served = operations(contract), operations(ours)
    if unknown := set(reasons) - set(expected) - set(served):
        raise Undeclared(f"Reasons for operations that nobody serves: {sorted(unknown)}")
    sentences = {}
    for operation in expected:
        if operation not in served:
            sentences[operation] = "not served"
            continue
        if operation not in reasons and (missing := missing_parts(contract, ours, operation)):
            raise Undeclared(f"{operation}: our document lacks {missing}, and docs/compatibility/ does not say why")
        sentences[operation] = str(reasons.get(operation, "same"))
    return sentences


def _parts(document: dict[str, Any], operation: Operation) -> set[str]:
    found = operations(document)[operation]
    parts = {f"{item['in']} parameter {item['name']}" for item in found.get("parameters", [])}
    parts |= {f"body field {name}" for name in _fields(document, _schema(found.get("requestBody")))}
    answers = [found["responses"][status] for status in ("200", "201") if status in found["responses"]]
    return parts | {f"answer field {name}" for answer in answers for name in _fields(document, _schema(answer))}


def _schema(content_holder: dict[str, Any] | None) -> dict[str, Any]:
    kinds = (content_holder or {}).get("content", {})
    return next((cast("dict[str, Any]", kind.get("schema", {})) for kind in kinds.values()), {})


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """The names of the fields of a schema, also of the items of a list; not what lies deeper."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    names = set(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        names |= _fields(document, part)
    return names | ({f"[] {name}" for name in _fields(document, schema["items"])} if "items" in schema else set())
