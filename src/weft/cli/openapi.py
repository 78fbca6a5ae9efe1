"""`weft openapi`: the description of the API, without starting a server."""

from __future__ import annotations

import json

import typer

from weft.app import openapi_document


def print_openapi() -> None:
    """Print the OpenAPI document as JSON."""
    typer.echo(json.dumps(openapi_document(), indent=2, sort_keys=True))
