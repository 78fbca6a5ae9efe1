"""Ops of every shape (nested, async, generators, failing, threaded) and what their calls say when read back.

Each scenario calls its ops and returns the check of what was stored, so that one flush serves all of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future

import weave
from checking import eventually, exactly, report

Check = Callable[[], dict]

client = weave.init(os.environ["PROJECT"])


@weave.op
def square(number: int) -> int:
    return number * number


@weave.op(call_display_name="sum of squares")
def sum_of_squares(numbers: list[int]) -> int:
    return sum(square(number) for number in numbers)


@weave.op
async def fetch(name: str) -> str:
    await asyncio.sleep(0.01)
    return name.upper()


@weave.op
async def gather(names: list[str]) -> list[str]:
    return list(await asyncio.gather(*(fetch(name) for name in names)))


@weave.op(accumulator=lambda seen, piece: [*(seen or []), piece])
def count_up(stop: int):
    for number in range(stop):
        yield square(number)


@weave.op(accumulator=lambda seen, piece: (seen or "") + piece)
async def spell(word: str):
    for letter in word:
        await asyncio.sleep(0)
        yield letter


@weave.op
def divide(top: float, bottom: float) -> float:
    return top / bottom


@weave.op
def halves(numbers: list[float]) -> float:
    return sum(divide(number, 0) for number in numbers)


@weave.op(postprocess_inputs=lambda inputs: {**inputs, "secret": "***"}, postprocess_output=lambda output: output[::-1])
def guarded(secret: str) -> str:
    return secret + "!"


@weave.op
def echo(value):
    return value


@weave.op
def fan_out(numbers: list[int]) -> list[int]:
    with weave.ThreadPoolExecutor(max_workers=4) as pool:
        futures: list[Future] = [pool.submit(square, number) for number in numbers]
        return [future.result() for future in futures]


def calls_of(op: str) -> list:
    return list(client.get_calls(filter={"op_names": [f"weave:///{client.entity}/{client.project}/op/{op}:*"]}))


def children_of(call_id: str, count: int) -> list:
    return exactly(count, client.get_call(call_id).children)


def nested_calls() -> Check:
    with weave.attributes({"purpose": "nested", "depth": {"limit": 2}}):
        total, call = sum_of_squares.call([1, 2, 3])
    assert total == 14

    def check() -> dict:
        stored = eventually(lambda: client.get_call(call.id))
        assert "/op/sum_of_squares:" in stored.op_name, stored.op_name
        assert stored.op_name.startswith("weave:///"), stored.op_name
        assert (stored.inputs["numbers"], stored.output, stored.exception) == ([1, 2, 3], 14, None)
        assert stored.ended_at >= stored.started_at
        assert stored.attributes["purpose"] == "nested"
        assert stored.attributes["depth"]["limit"] == 2
        assert stored.attributes["weave"]["source"] == "python-sdk"
        assert stored.display_name == "sum of squares"
        assert stored.summary["status_counts"]["success"] == 4
        assert stored.summary["weave"]["status"] == "success"
        children = children_of(call.id, 3)
        assert [child.output for child in children] == [1, 4, 9]
        assert all(child.parent_id == call.id and child.trace_id == call.trace_id for child in children)
        return {"root": call.id, "trace": call.trace_id, "url": call.ui_url}

    return check


def async_calls() -> Check:
    names, call = asyncio.run(gather.call(["ada", "grace"]))
    assert names == ["ADA", "GRACE"]

    def check() -> dict:
        assert sorted(child.output for child in children_of(call.id, 2)) == ["ADA", "GRACE"]
        return {"root": call.id}

    return check


def generator_calls() -> Check:
    assert list(count_up(4)) == [0, 1, 4, 9]

    async def consume() -> str:
        return "".join([letter async for letter in spell("weft")])

    assert asyncio.run(consume()) == "weft"
    unfinished = count_up(10)
    assert [next(unfinished), next(unfinished)] == [0, 1]
    unfinished.close()

    def check() -> dict:
        counted = exactly(2, lambda: calls_of("count_up"))
        (spelt,) = eventually(lambda: calls_of("spell"))
        assert [call.output for call in counted] == [[0, 1, 4, 9], [0, 1]], counted
        assert spelt.output == "weft"
        assert all(call.ended_at for call in (*counted, spelt))
        return {"spelt": spelt.id}

    return check


def failing_calls() -> Check:
    try:
        halves([1.0, 2.0])
    except ZeroDivisionError:
        pass
    else:
        raise AssertionError("the op hid the exception of the function")

    def check() -> dict:
        (failed,) = eventually(lambda: calls_of("halves"))
        assert "ZeroDivisionError" in failed.exception, failed.exception
        assert failed.output is None
        assert failed.summary["status_counts"]["error"] == 2
        assert failed.summary["weave"]["status"] == "error"
        (child,) = children_of(failed.id, 1)
        assert "ZeroDivisionError" in child.exception
        return {"root": failed.id}

    return check


def threaded_calls() -> Check:
    with weave.thread("conversation-1") as thread:
        outputs, call = fan_out.call(list(range(20)))
    assert outputs[-1] == 361

    def check() -> dict:
        assert {child.trace_id for child in children_of(call.id, 20)} == {call.trace_id}
        in_thread = list(client.get_calls(filter={"thread_ids": ["conversation-1"]}))
        assert len(in_thread) == 21, len(in_thread)
        assert {found.thread_id for found in in_thread} == {thread.thread_id}
        assert [found.id for found in in_thread if found.turn_id == found.id] == [call.id]
        return {"root": call.id}

    return check


def values_survive() -> Check:
    # The reference server writes U+2028 into its lines as it is, which weave 0.52.43 takes for the end of a line.
    separator = "" if os.environ.get("SERVER_KIND") == "reference" else " \u2028 \u2029 \x85"
    value = {
        "text": f'naïve — 日本語 🙂 \\ " \n end{separator}',
        "big": 2**63 + 1,
        "small": -(2**53) - 1,
        "real": 0.1 + 0.2,
        "nothing": None,
        "yes": True,
        "list": [1, [2, [3, {"deep": []}]]],
        "empty": {},
        "dotted.key": {"$dollar": "kept"},
    }
    echoed, call = echo.call(value)
    _, hidden = guarded.call("hunter2")
    assert echoed == value

    def check() -> dict:
        stored = eventually(lambda: client.get_call(call.id))
        assert stored.inputs["value"] == value, stored.inputs["value"]
        assert stored.output == value, stored.output
        masked = eventually(lambda: client.get_call(hidden.id))
        assert (masked.inputs["secret"], masked.output) == ("***", "!2retnuh")
        return {"call": call.id}

    return check


def calls_by_hand() -> Check:
    parent = client.create_call("by_hand", inputs={"a": 1}, attributes={"how": "by hand"})
    child = client.create_call("by_hand_child", inputs={"b": 2}, parent=parent)
    client.finish_call(child, output={"c": 3})
    client.fail_call(parent, RuntimeError("given up"))
    logged = weave.log_call(op="logged", inputs={"question": "?"}, output={"answer": 42}, display_name="logged later")

    def check() -> dict:
        assert "given up" in eventually(lambda: client.get_call(parent.id)).exception
        assert children_of(parent.id, 1)[0].output == {"c": 3}
        stored = eventually(lambda: client.get_call(logged.id))
        assert (stored.output, stored.display_name) == ({"answer": 42}, "logged later")
        return {"parent": parent.id, "logged": logged.id}

    return check


def renamed_and_deleted() -> Check:
    _, renamed = square.call(12)
    _, deleted = sum_of_squares.call([5, 6])

    def named(name: str | None) -> bool:
        return client.get_call(renamed.id).display_name == name

    def check() -> dict:
        eventually(lambda: client.get_call(deleted.id))
        for name in ("a dozen squared", "gross"):
            eventually(lambda: client.get_call(renamed.id)).set_display_name(name)
            assert eventually(lambda name=name: named(name))
        client.get_call(renamed.id).remove_display_name()
        assert eventually(lambda: named(None))
        client.get_call(deleted.id).delete()
        gone = {"trace_ids": [deleted.trace_id]}
        assert eventually(lambda: list(client.get_calls(filter=gone)) == []), "the children go with their parent"
        return {"renamed": renamed.id, "deleted": deleted.id}

    return check


checks = {
    scenario.__name__: scenario()
    for scenario in (
        nested_calls,
        async_calls,
        generator_calls,
        failing_calls,
        threaded_calls,
        values_survive,
        calls_by_hand,
        renamed_and_deleted,
    )
}
client.flush()
report(**{name: check() for name, check in checks.items()})
