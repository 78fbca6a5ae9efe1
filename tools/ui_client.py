"""Writes `ui/src/api/schema.gen.d.ts`, the types of the UI's HTTP client, from our own OpenAPI document.

Only shapes go in: no descriptions, and no errors, which are all one shape. The first line carries a digest of what the
types were made from, so that a rule can tell that they are stale without Node.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from weft.app import openapi_document

UI = Path(__file__).parent.parent / "ui"
SCHEMA = UI / "src" / "api" / "schema.gen.d.ts"
_WORDS = ("description", "title", "summary", "example", "examples")


def shapes(document: dict[str, Any]) -> dict[str, Any]:
    """The document with nothing but what types are made of."""
    paths = {
        path: {method: _operation(operation) for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }
    schemas = {name: _wordless(schema) for name, schema in document["components"]["schemas"].items()}
    info = {"title": "Weft", "version": "1"}
    return {"openapi": document["openapi"], "info": info, "paths": paths, "components": {"schemas": schemas}}


def digest_of(document: dict[str, Any]) -> str:
    """A digest that changes when the shapes do."""
    return hashlib.sha256(json.dumps(shapes(document), sort_keys=True).encode()).hexdigest()


def stamp(document: dict[str, Any]) -> str:
    """The first line of the file of types."""
    return f"// Made by `make ui-client` from shapes with digest {digest_of(document)}. Do not edit.\n"


def write_client() -> None:
    """Make the types anew. Raises CalledProcessError when openapi-typescript fails."""
    document = openapi_document()
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_text(json.dumps(shapes(document)), encoding="utf-8")
        # A field with a default may be left out of a request.
        command = ["node_modules/.bin/openapi-typescript", str(source), "-o", str(made), "--default-non-nullable=false"]
        subprocess.run(command, cwd=UI, check=True, stdout=subprocess.DEVNULL)
        SCHEMA.write_text(stamp(document) + made.read_text(encoding="utf-8"), encoding="utf-8")


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        name: _wordless(operation[name]) for name in ("parameters", "requestBody") if name in operation
    }
    answers = {
        status: {"description": "", **_wordless({"content": answer.get("content", {})})}
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    }
    return {**kept, "responses": answers}


def _wordless(value: Any) -> Any:
    if isinstance(value, list):
        return [_wordless(item) for item in value]
    if not isinstance(value, dict):
        return value
    # A property may itself be called "title"; a word is text, a property is a schema.
    return {key: _wordless(item) for key, item in value.items() if key not in _WORDS or isinstance(item, dict)}


if __name__ == "__main__":
    write_client()
