from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from weft.core.errors import NotFound, Unavailable, WeftError
from weft.storage.events.group_commit import GroupCommit


def test_concurrent_items_share_a_write_and_all_are_written() -> None:
    groups: list[list[int]] = []
    gate = threading.Event()

    def write(items: list[int]) -> dict[int, WeftError]:
        gate.wait(5)
        groups.append(items)
        return {}

    commit = GroupCommit("test", write)
    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(commit.submit, number) for number in range(20)]
        gate.set()
        for future in futures:
            future.result(5)
    commit.close()
    assert sorted(item for group in groups for item in group) == list(range(20))
    assert len(groups) < 20


def test_a_refused_item_fails_alone() -> None:
    commit: GroupCommit[int] = GroupCommit(
        "test", lambda items: {i: NotFound("no") for i, x in enumerate(items) if x < 0}
    )
    with pytest.raises(NotFound):
        commit.submit(-1)
    commit.submit(1)
    commit.close()


def test_a_poisonous_item_does_not_fail_its_neighbours() -> None:
    written: list[int] = []
    gate = threading.Event()

    def write(items: list[int]) -> dict[int, WeftError]:
        gate.wait(5)
        if 13 in items:
            raise RuntimeError("cannot write 13")
        written.extend(items)
        return {}

    commit = GroupCommit("test", write)
    submissions = [commit.enqueue(number, 1) for number in (12, 13, 14)]
    gate.set()
    submissions[0].wait()
    with pytest.raises(WeftError):
        submissions[1].wait()
    submissions[2].wait()
    commit.close()
    assert sorted(written) == [12, 14]


def test_closing_writes_what_waits_and_refuses_what_comes_later() -> None:
    written: list[int] = []

    def write(items: list[int]) -> dict[int, WeftError]:
        written.extend(items)
        return {}

    commit = GroupCommit("test", write)
    submission = commit.enqueue(1, 1)
    commit.close()
    submission.wait()
    assert written == [1]
    with pytest.raises(Unavailable):
        commit.submit(2)
