"""What every program here needs besides `weave`: wait for a write to become readable, and print the results.

`flush()` may return a few milliseconds before the last batch leaves the client, so that even a perfect server can be
asked too early; programs therefore look again for a while before they call something missing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], seconds: float = 15.0) -> T:
    """The first result of `look` that is true in the Python sense and not an exception."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except Exception:
            if time.monotonic() > deadline:
                raise
        else:
            if found or time.monotonic() > deadline:
                assert found, f"nothing found within {seconds} s, last answer {found!r}"
                return found
        time.sleep(0.1)


def exactly(count: int, look: Callable[[], Iterable[T]], seconds: float = 15.0) -> list[T]:
    """What `look` finds as soon as it is that many."""
    found: list[T] = []

    def complete() -> bool:
        found[:] = look()
        return len(found) == count

    try:
        eventually(complete, seconds)
    except AssertionError as error:
        raise AssertionError(f"expected {count}, found {len(found)}: {found}") from error
    return found


def refuses(action: Callable[[], Any]) -> str:
    """What the exception says that an action is expected to raise."""
    try:
        value = action()
    except Exception as error:  # noqa: BLE001 - each version of the client raises classes of its own
        return f"{type(error).__name__}: {error}"
    raise AssertionError(f"expected a refusal, got {value!r}")


def report(**results: Any) -> None:
    """Print what the test around this program goes on with: one JSON object on the last line."""
    print(json.dumps(results), flush=True)
