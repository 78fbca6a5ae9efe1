"""Runs the score function of one scorer version, again and again, and answers JSON. It is locked in by now.

A published scorer is the text of its `score` op and the object's fields; its class and plain methods are not stored.
So the fields become the attributes of a stand-in, ops among them its methods.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import json
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from . import stored
from .confinement import limit_cpu
from .frames import read_frame, write_frame

TOKEN_BYTES = 16
_LARGEST_REQUEST = 1 << 40
_LONGEST_MESSAGE = 2000
_SCORE_FILE = "score.py"


class Scorer:
    """The score function with what it is bound to."""

    def __init__(self, program: Mapping[str, Any]) -> None:
        self._function = load_op(program["source"], "score")
        self._bound = program.get("fields") is not None
        self._own = stored.revive(program["fields"], _load_member) if self._bound else None

    def parameters(self) -> dict[str, Any]:
        """What it takes: names in order, defaults as JSON, and the name of the rest, if it takes any."""
        found = [
            item
            for item in inspect.signature(self._function).parameters.values()
            if item.kind is not inspect.Parameter.VAR_POSITIONAL
        ][1 if self._bound else 0 :]
        rest = next((item.name for item in found if item.kind is inspect.Parameter.VAR_KEYWORD), None)
        defaults = {
            item.name: stored.as_json(item.default) for item in found if item.default is not inspect.Parameter.empty
        }
        kind = getattr(self._function, "kind", None)
        return {
            "names": [item.name for item in found],
            "rest": rest,
            "defaults": defaults,
            "kind": kind if isinstance(kind, str) else "",
            "is_async": inspect.iscoroutinefunction(getattr(self._function, "resolve_fn", self._function)),
        }

    def score(self, arguments: Mapping[str, Any]) -> Any:
        """What it says."""
        given = {name: stored.revive(value, _load_member) for name, value in arguments.items()}
        said = self._function(self._own, **given) if self._bound else self._function(**given)
        if inspect.isawaitable(said):
            said = asyncio.run(_awaited(said))
        return said


def serve(requests: int, answers: int, cpu_seconds: int, largest_answer: int) -> None:
    """Load the program that comes first, then score what follows, until nobody asks any more."""
    own = os.getpid()
    program = json.loads(read_frame(requests, _LARGEST_REQUEST) or b"{}")
    limit_cpu(cpu_seconds)
    scorer, answer = _tried(lambda: _loaded(program))
    write_frame(answers, _text(answer, largest_answer))
    while scorer is not None:
        request = read_frame(requests, _LARGEST_REQUEST)
        if request is None:
            return
        token, arguments = request[:TOKEN_BYTES], json.loads(request[TOKEN_BYTES:])
        limit_cpu(cpu_seconds)
        # The checker cannot infer a lambda with a default; without one it would see the next arguments.
        _, answer = _tried(lambda given=arguments: _answered(scorer, given))  # type: ignore[misc]
        if os.getpid() != own:
            # A copy that the code made of its process; its answer would be taken for the next one's.
            os._exit(0)
        write_frame(answers, token + _text(answer, largest_answer))
        del answer, request, arguments
        gc.collect()


def load_op(source: str, name: str) -> Callable[..., Any]:
    """The op that a stored source defines last, after everything it needs."""
    file = f"{name}.py"
    module = types.ModuleType(f"stored_{name}")
    sys.modules[module.__name__] = module
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    tree = ast.parse(source, file)
    exec(compile(tree, file, "exec", dont_inherit=True), module.__dict__)
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    functions = [module.__dict__[item] for item in defined if callable(module.__dict__.get(item))]
    if not functions:
        raise ValueError("The stored source defines no function")
    ops = [function for function in functions if hasattr(function, "resolve_fn")]
    found: Callable[..., Any] = (ops or functions)[-1]
    return found


def _load_member(source: str, name: str) -> Callable[..., Any]:
    return load_op(source, name)


async def _awaited(value: Any) -> Any:
    return await value


def _loaded(program: Mapping[str, Any]) -> tuple[Scorer, dict[str, Any]]:
    scorer = Scorer(program)
    return scorer, {"parameters": scorer.parameters()}


def _answered(scorer: Scorer, arguments: Mapping[str, Any]) -> tuple[None, dict[str, Any]]:
    return None, {"output": stored.as_json(scorer.score(arguments))}


def _tried(work: Callable[[], tuple[Any, dict[str, Any]]]) -> tuple[Any, dict[str, Any]]:
    try:
        done = work()
        # What was printed is to be there when the answer is.
        sys.stdout.flush()
        return done
    except BaseException as error:  # noqa: BLE001 - users' code may raise anything at all
        with suppress(BaseException):
            sys.stdout.flush()
        return None, {"error": _told(error)}


def _told(error: BaseException) -> dict[str, Any]:
    """The error in words; making them is users' code, too."""
    name = type(error).__name__
    line = None
    try:
        message = str(error)[:_LONGEST_MESSAGE]
        frames = traceback.extract_tb(error.__traceback__)
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == _SCORE_FILE), None)
    except BaseException as second:  # noqa: BLE001 - as above
        message = f"and its message cannot be made: {type(second).__name__}"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"type": name, "message": message, "line": line, "missing": missing}


def _text(answer: dict[str, Any], largest: int) -> bytes:
    try:
        text = json.dumps(answer, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        text = json.dumps({"error": _told(error)}).encode()
    if len(text) <= largest:
        return text
    message = f"The score is larger than {largest} bytes"
    return json.dumps({"error": {"type": "ValueError", "message": message, "line": None, "missing": None}}).encode()
