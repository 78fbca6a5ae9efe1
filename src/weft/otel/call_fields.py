"""What a span means as a call: inputs, output, attributes, usage, thread, times. The names are call_conventions.py's.

The op a span name stands for, and storing, are the domain's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weft.core import jsontext
from weft.otel.attributes import Tree, find, first, first_value, plain, read_out
from weft.otel.call_conventions import (
    ATTRIBUTES,
    BARE,
    DISPLAY_NAME,
    ENDED,
    INPUTS,
    IS_TURN,
    MODEL,
    OUTPUTS,
    OWN_ATTRIBUTES,
    RUN,
    RUN_STEP,
    RUN_STEP_END,
    SESSION,
    SPELLINGS,
    STARTED,
    THREAD,
    USAGE,
)
from weft.otel.moments import moment, moment_of
from weft.otel.spans import OtelSpan
from weft.otel.trees import SpanTrees

COUNTERS = (
    "prompt_tokens",
    "input_tokens",
    "completion_tokens",
    "output_tokens",
    "requests",
    "total_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
)
UNKNOWN_MODEL = "usage"
"""Under this name stands the usage of a call whose model is not told."""

MAX_DISPLAY_NAME = 1024
_MAX_COUNT = 2**63 - 1
_MLFLOW = "mlflow."


@dataclass(slots=True)
class CallFields:
    """The parts of a call that a span tells. Absent texts are empty; `run` is the bare id of a run."""

    inputs: dict[str, Any]
    output: Any
    attributes: dict[str, Any]
    summary: dict[str, Any]
    started_at: datetime
    ended_at: datetime | None
    exception: str
    display_name: str
    thread_id: str
    turn_id: str
    run: str
    run_step: int | None
    run_step_end: int | None


def call_fields(span: OtelSpan, trees: SpanTrees) -> CallFields:
    """The call a span with these attributes is."""
    tree = trees.own
    inputs, output = _inputs(tree), _output(tree)
    attributes = _attributes(tree)
    usage = _usage(tree)
    if not (attributes or inputs or output != {} or usage):
        # Of a convention nobody here knows: nothing is lost, only nothing is sorted.
        attributes = plain(tree)
    thread, is_turn = _thread(span, tree)
    return CallFields(
        inputs=inputs,
        output=output,
        attributes=attributes,
        summary={"usage": {_model(tree) or UNKNOWN_MODEL: usage}} if usage else {},
        started_at=moment_of(find(tree, STARTED)) or moment(span.start_ns),
        ended_at=moment_of(find(tree, ENDED)) or (moment(span.end_ns) if span.end_ns else None),
        exception=_exception(span, trees),
        display_name=_shortened(_text(first_value(tree, DISPLAY_NAME))),
        thread_id=thread,
        turn_id=span.span_id if is_turn else "",
        run=_run(tree),
        run_step=_count(find(tree, RUN_STEP)),
        run_step_end=_count(find(tree, RUN_STEP_END)),
    )


def _inputs(tree: Tree) -> dict[str, Any]:
    found = first(tree, INPUTS)
    if found is None:
        return {}
    name, value = found
    value = _value(name, value)
    return value if name in BARE and isinstance(value, dict) else {name: value}


def _output(tree: Tree) -> Any:
    found = first(tree, OUTPUTS)
    if found is None:
        return {}
    name, value = found
    return _value(name, value) if name in BARE else {name: _value(name, value)}


def _value(name: str, value: Any) -> Any:
    """What stands under a name, as JSON. MLflow writes each of its attributes as JSON text, single values too."""
    if name.startswith(_MLFLOW) and isinstance(value, str) and value.startswith('"'):
        try:
            return jsontext.loads(value)
        except ValueError:
            return value
    return read_out(value)


def _attributes(tree: Tree) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for key, names in ATTRIBUTES.items():
        found = first(tree, names)
        if found is not None:
            told[key] = _value(*found)
    own = find(tree, OWN_ATTRIBUTES)
    return told | plain(own) if isinstance(own, dict) else told


def _model(tree: Tree) -> str:
    model = first(tree, MODEL)
    if model is not None:
        return _text(_value(*model))
    parameters = first_value(tree, ATTRIBUTES["model_parameters"])
    return _text(parameters.get("model")) if isinstance(parameters, dict) else ""


def _usage(tree: Tree) -> dict[str, int | None]:
    """The counts a span tells, unknown ones as None; empty when it tells none."""
    told = {name: _first_count(tree, names) for name, names in USAGE.items()}
    for preferred, other in SPELLINGS:
        if told[preferred] is not None:
            told[other] = None
    if told["total_tokens"] is None:
        known = [told[name] for pair in SPELLINGS for name in pair if told[name] is not None]
        told["total_tokens"] = sum(filter(None, known)) if known else None
    if all(count is None for count in told.values()):
        return {}
    return {name: told.get(name) for name in COUNTERS}


def _first_count(tree: Tree, names: tuple[str, ...]) -> int | None:
    counts = (_count(find(tree, name)) for name in names)
    return next((count for count in counts if count is not None), None)


def _count(value: Any) -> int | None:
    """A whole number that is not negative, also from a text or a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= _MAX_COUNT else None


def _thread(span: OtelSpan, tree: Tree) -> tuple[str, bool]:
    """The thread a span belongs to, and whether the span is a turn of it."""
    thread, is_turn = _text(first_value(tree, THREAD)), True
    if not thread:
        thread, is_turn = _text(first_value(tree, SESSION)), not span.parent_id
    said = find(tree, IS_TURN)
    return thread, bool(thread) and (said if isinstance(said, bool) else is_turn)


def _exception(span: OtelSpan, trees: SpanTrees) -> str:
    if span.status != "ERROR":
        return ""
    if span.status_message:
        return span.status_message
    # A failed span without a message must not read as a success.
    event = trees.exception(span)
    told = ": ".join(filter(None, (_text(event.get("type")), _text(event.get("message")))))
    return told or _text(find(trees.own, "error.type")) or "error"


def _run(tree: Tree) -> str:
    run = _text(first_value(tree, RUN))
    return "" if "/" in run or ":" in run else run


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _shortened(name: str) -> str:
    return name if len(name) <= MAX_DISPLAY_NAME else f"{name[: MAX_DISPLAY_NAME - 1]}…"
