"""The threads of waiting scorers: what is begun ends, what is not is forgotten, and closing waits for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from weft.scoring.endpoint_keys import EndpointKey
from weft.scoring.pool import WaitingPool

SLOW, QUICK = EndpointKey("http://slow/v1", ""), EndpointKey("http://quick/v1", "")


def _wait_for(waiting: Callable[[float], object]) -> None:
    waiting(30)


def test_closing_forgets_what_has_not_begun() -> None:
    pool = WaitingPool(1)
    begun, go_on, done = threading.Event(), threading.Event(), []

    def first() -> None:
        begun.set()
        go_on.wait(5)
        done.append("first")

    pool.submit(first)
    pool.submit(lambda: done.append("second"))
    assert begun.wait(5)
    pool.close()
    go_on.set()
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "scorer-0")
    thread.join(5)
    assert done == ["first"]


def test_closing_never_waits_for_work_that_a_thread_took_first() -> None:
    for _ in range(200):
        pool = WaitingPool(4)
        for _ in range(50):
            pool.submit(lambda: None)
        closing = threading.Thread(target=pool.close, daemon=True)
        closing.start()
        closing.join(5)
        assert not closing.is_alive()


def test_a_line_that_waits_leaves_threads_to_the_others() -> None:
    pool = WaitingPool(4, lambda _key: 2)
    go_on, done = threading.Event(), threading.Semaphore(0)
    asking: list[EndpointKey] = []

    def slow() -> None:
        asking.append(SLOW)
        go_on.wait(30)
        done.release()

    for _ in range(20):
        pool.submit(slow, [SLOW])
    for _ in range(20):
        pool.submit(done.release, [QUICK])
    assert all(done.acquire(timeout=30) for _ in range(20))
    assert len(asking) <= 2
    go_on.set()
    assert all(done.acquire(timeout=30) for _ in range(20))
    pool.close()


def test_lines_take_turns() -> None:
    pool = WaitingPool(1)
    order: list[str] = []
    begin, done = threading.Event(), threading.Event()

    def noted(name: str) -> Callable[[], None]:
        return lambda: order.append(name)

    pool.submit(partial(_wait_for, begin.wait))
    for number in range(3):
        pool.submit(noted(f"slow {number}"), [SLOW])
    pool.submit(noted("quick 0"), [QUICK])
    pool.submit(done.set, [QUICK, SLOW])
    begin.set()
    assert done.wait(30)
    pool.close()
    assert order[:2] == ["slow 0", "quick 0"]


def test_as_many_threads_run_as_there_is_work_for() -> None:
    pool = WaitingPool(8)
    together = threading.Barrier(9)
    for _ in range(3):
        for _ in range(8):
            pool.submit(partial(_wait_for, together.wait))
        together.wait(30)
    pool.close()
