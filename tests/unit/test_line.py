"""The line of tasks that messages named: its order, and what stands aside."""

from __future__ import annotations

import pytest

from weft.scoring.transport import line as module
from weft.scoring.transport.intake import Received
from weft.scoring.transport.line import Line, Message


def _message(*task_ids: str) -> Message:
    return Message(Received("topic", 0, 0, None, None, {}, 0), task_ids)


def _names(line: Line) -> list[str]:
    return [task_id for task_id, _ in line.first(100)]


def test_tasks_keep_the_order_of_their_messages() -> None:
    line = Line()
    for task_id in "abc":
        line.join(_message(task_id))
    assert [task_id for task_id, _ in line.first(2)] == ["a", "b"]
    assert len(line) == 3
    line.leave(2)
    assert _names(line) == ["c"]


def test_those_aside_come_back_first_and_in_their_order() -> None:
    line = Line()
    for task_id in ("slow-1", "slow-2", "slower", "quick"):
        line.join(_message(task_id))
    for place in line.first(3):
        assert line.stand_aside(place[0].partition("-")[0], place)
    line.leave(3)
    line.call_back(["slow", "slower"])
    assert _names(line) == ["quick"]
    line.call_back(["slower"])
    assert _names(line) == ["slow-1", "slow-2", "quick"]
    line.call_back([])
    assert _names(line) == ["slower", "slow-1", "slow-2", "quick"]


def test_only_so_many_stand_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ASIDE", 1)
    line = Line()
    line.join(_message("a"))
    (place,) = line.first(1)
    assert line.stand_aside("slow", place)
    assert not line.stand_aside("slow", place)
    line.leave(1)
    line.call_back([])
    assert line.stand_aside("slow", place)


def test_a_message_is_done_when_nothing_of_it_is_left() -> None:
    message = _message("a")
    assert not message.done
    message.unclaimed.discard("a")
    message.held.add("a")
    assert not message.done
    message.held.discard("a")
    assert message.done
