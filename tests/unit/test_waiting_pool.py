"""The threads of waiting scorers: what is begun ends, what is not is forgotten, and closing waits for nothing."""

from __future__ import annotations

import threading

from weft.scoring.pool import WaitingPool


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
