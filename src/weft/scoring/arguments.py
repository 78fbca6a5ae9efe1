"""Which arguments a scorer gets from a call: the rule of `call.apply_scorer`, step by step.

Pure. What the scorer does with them is its own file's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.scoring.retry import CannotWork

_GIVEN = ("output", "model_output", "kwargs")


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a `score` function but `self`; `rest` is among the names when it takes any others.

    `defaults` are what is recorded for parameters that the call does not offer.
    """

    names: tuple[str, ...]
    takes_any: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    rest: str = "kwargs"


OUTPUT_AND_ANY = Signature(("output", "kwargs"), takes_any=True)
"""`score(self, *, output, **kwargs)`, what every scorer that runs here has."""


def resolve_arguments(
    inputs: Mapping[str, Any], output: Any, signature: Signature, column_map: Mapping[str, str] | None
) -> dict[str, Any]:
    """The arguments by name. Raises CannotWork when the call does not offer what the scorer needs."""
    example = {name: value for name, value in inputs.items() if name != "self"}
    if column_map is None:
        arguments = {name: value for name, value in example.items() if signature.takes_any or name in signature.names}
        if signature.takes_any:
            arguments.setdefault("inputs", example)
    else:
        arguments = _mapped(example, signature, column_map)
    for name in ("output", "model_output"):
        if name in signature.names:
            return arguments | {name: output}
    raise CannotWork("The scorer takes neither 'output' nor 'model_output'", "ValueError")


def recorded(arguments: Mapping[str, Any], signature: Signature) -> dict[str, Any]:
    """The arguments as a traced call records them: named ones first, all others under `kwargs` or its like."""
    known = {**signature.defaults, **arguments}
    rest = signature.rest if signature.takes_any else None
    named = {name: known[name] for name in signature.names if name != rest and name in known}
    if rest is None:
        return named
    return named | {rest: {name: value for name, value in arguments.items() if name not in named}}


def _mapped(example: Mapping[str, Any], signature: Signature, column_map: Mapping[str, str]) -> dict[str, Any]:
    unknown = [name for name in column_map if name not in signature.names]
    if unknown:
        raise CannotWork(f"column_map names {unknown[0]!r}, which the scorer does not take", "ValueError")
    arguments: dict[str, Any] = {}
    for name in signature.names:
        if name in _GIVEN:
            continue
        source = name if name in example else column_map.get(name)
        if source is None:
            raise CannotWork(f"The call has no input {name!r} and column_map does not map it", "ValueError")
        if source not in example:
            raise CannotWork(f"column_map maps {name!r} to {source!r}, which is no input of the call", "ValueError")
        arguments[name] = example[source]
    return arguments
