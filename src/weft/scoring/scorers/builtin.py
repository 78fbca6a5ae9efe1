"""The declarative scorers the SDK publishes: ValidJSONScorer and ValidXMLScorer, with the verdicts the SDK gives."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from weft.scoring.arguments import OUTPUT_AND_ANY, Signature
from weft.scoring.retry import CannotWork
from weft.scoring.scorers.base import Answer

_LARGEST_WITH_ENTITIES = 64 * 1024


@dataclass(frozen=True, slots=True)
class BuiltinScorer:
    """A scorer whose code is ours."""

    judge: Callable[[Any], Any]
    op_name: str
    column_map: Mapping[str, str] | None
    kind: str = "scorer"
    signature: Signature = OUTPUT_AND_ANY
    waits: bool = False

    def score(self, arguments: Mapping[str, Any]) -> Answer:
        """Score one call by its output alone."""
        return Answer(self.judge(arguments["output"]))


def is_valid_json(output: Any) -> dict[str, bool]:
    """Whether a text is JSON. Raises CannotWork for anything but a text."""
    if not isinstance(output, str):
        raise CannotWork(f"The output is {_kind_of(output)}, not a text", "TypeError")
    try:
        json.loads(output)
    except json.JSONDecodeError:
        return {"json_valid": False}
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits, and nesting that no parser follows: the SDK gives no verdict either.
        raise CannotWork(f"The output cannot be judged: {error}", type(error).__name__) from error
    return {"json_valid": True}


def is_valid_xml(output: Any) -> dict[str, bool]:
    """Whether a text, or the `output` of an object, is well-formed XML. Raises CannotWork for anything else."""
    text = output.get("output", "") if isinstance(output, dict) else output
    if not isinstance(text, str):
        raise CannotWork(f"The output is {_kind_of(text)}, not a text", "TypeError")
    _refuse_bombs(text)
    parser = ElementTree.XMLParser(target=_Nothing())
    try:
        parser.feed(text)
        parser.close()
    except (ElementTree.ParseError, UnicodeEncodeError):
        return {"xml_valid": False}
    return {"xml_valid": True}


BUILTIN: Mapping[str, Callable[[Any], Any]] = {"ValidJSONScorer": is_valid_json, "ValidXMLScorer": is_valid_xml}
"""By class name."""


class _Nothing:
    """A tree builder that builds nothing: only whether the parser gets to the end matters."""

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, _tag: str) -> None:
        """An element ends."""

    def data(self, _text: str) -> None:
        """Text."""

    def close(self) -> None:
        """The document ends."""


def _refuse_bombs(text: str) -> None:
    """Raise CannotWork for a document whose entities could grow without bound when they are expanded."""
    if "<!ENTITY" not in text:
        return
    if len(text) > _LARGEST_WITH_ENTITIES:
        raise CannotWork(f"XML that declares entities is only judged up to {_LARGEST_WITH_ENTITIES} characters")
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_nested
    # Never called back for content: declarations come first, and the first element ends this look at them.
    parser.StartElementHandler = _end_of_declarations
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, _DeclarationsEnd, UnicodeEncodeError):
        return


class _DeclarationsEnd(Exception):
    pass


def _end_of_declarations(_tag: str, _attributes: Any) -> None:
    raise _DeclarationsEnd


def _refuse_nested(_name: str, _parameter: bool, value: str | None, *_rest: Any) -> None:
    if value is not None and "&" in value:
        raise CannotWork("XML with entities inside entities is not judged")


def _kind_of(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "nothing" if value is None else "no text")
