"""A program that never flushes: what it did has to arrive while it ends, even when it ends in an exception."""

from __future__ import annotations

import os
import sys

import weave
from checking import report

client = weave.init(os.environ["PROJECT"])


@weave.op
def step(number: int) -> int:
    return number + 1


@weave.op
def work(numbers: list[int]) -> dict:
    return {"sum": sum(step(number) for number in numbers), "note": "naïve 🙂"}


@weave.op
def broken(number: int) -> int:
    raise LookupError(f"no {number}")


roots = [work.call(list(range(count)))[1].id for count in range(1, 21)]
weave.publish({"last": "words"}, name="testament")
report(roots=roots, steps=sum(range(1, 21)))
sys.stdout.flush()
broken(7)
