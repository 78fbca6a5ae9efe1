"""An event store that goes away and comes back, while operations are under way."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.services.clickhouse_front import ClickHouseFront
from weft.core.errors import Unavailable
from weft.storage.events.engine import EventsEngine


def test_one_more_client_that_could_not_be_opened_closes_nothing(tmp_path: Path) -> None:
    with ClickHouseFront(tmp_path) as server:
        engine = EventsEngine(server.url)
        began = threading.Event()
        outcomes: list[object] = []

        def long() -> None:
            began.set()
            try:
                outcomes.append(engine.query("SELECT sleepEachRow(1) AS slept FROM numbers(3)"))
            except Unavailable as error:
                outcomes.append(error)

        busy = threading.Thread(target=long)
        busy.start()
        began.wait(10)
        # The only client is taken by the long query; it ends with the server.
        while not engine._pool.empty():
            time.sleep(0.01)
        server.kill()
        with pytest.raises(Unavailable, match=r"cannot be (opened|used)"):
            engine.ping()
        busy.join(60)
        assert len(outcomes) == 1
        server.start()
        engine.ping()
        assert engine.query("SELECT 1 AS one") == [{"one": 1}]
        engine.close()


def test_a_store_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with ClickHouseFront(tmp_path) as server:
        url = server.url
    with pytest.raises(Unavailable, match="cannot be opened"):
        EventsEngine(url)


def test_a_closed_engine_refuses(tmp_path: Path) -> None:
    with ClickHouseFront(tmp_path) as server:
        engine = EventsEngine(server.url)
        engine.close()
        with pytest.raises(Unavailable, match="is closed"):
            engine.ping()
