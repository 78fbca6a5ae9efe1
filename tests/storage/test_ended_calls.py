"""The feed of ended calls: nothing is lost, nothing is given to two at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from weft.core.clock import now
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.ended_calls import EndedCall, EndedCallStore
from weft.storage.entities.objects import NewObject, ObjectStore

_AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def feed(database: EntitiesDatabase) -> Iterator[EndedCallStore]:
    opened = EndedCallStore(database)
    yield opened
    opened.close()


def test_rows_are_taken_once_and_again_when_the_time_is_over(feed: EndedCallStore) -> None:
    feed.add([EndedCall("p", f"c{number}", _AT) for number in range(5)])
    moment = now() + timedelta(seconds=1)
    first = feed.take(3, moment, moment + timedelta(minutes=1))
    rest = feed.take(10, moment, moment + timedelta(minutes=1))
    assert [call.call_id for call in first + rest] == [f"c{number}" for number in range(5)]
    assert first[0].ended_at == _AT
    assert feed.take(10, moment, moment) == []
    later = moment + timedelta(minutes=2)
    assert len(feed.take(10, later, later)) == 5


def test_done_rows_are_gone_and_later_ones_come_back(feed: EndedCallStore) -> None:
    feed.add([EndedCall("p", "a", _AT), EndedCall("p", "b", _AT)])
    moment = now() + timedelta(seconds=1)
    a, b = feed.take(10, moment, moment + timedelta(hours=1))
    feed.done([a.id])
    feed.later([b.id], moment)
    assert [call.call_id for call in feed.take(10, moment, moment + timedelta(hours=1))] == ["b"]
    assert b.added_at is not None


def test_those_that_went_through_a_broker_are_told_apart(feed: EndedCallStore) -> None:
    feed.add([EndedCall("p", "fresh", _AT)])
    feed.add([EndedCall("p", "waits", _AT, added_at=_AT)], published=True, due_at=_AT)
    moment = now() + timedelta(seconds=1)
    assert [call.call_id for call in feed.take(10, moment, moment, published=False)] == ["fresh"]
    (waits,) = feed.take(10, moment, moment, published=True)
    assert (waits.call_id, waits.added_at) == ("waits", _AT)


def test_two_takers_at_once_get_different_rows(feed: EndedCallStore) -> None:
    feed.add([EndedCall("p", str(number), _AT) for number in range(200)])
    moment = now() + timedelta(seconds=1)

    def take(_: int) -> list[str]:
        return [call.call_id for call in feed.take(10, moment, moment + timedelta(hours=1))]

    with ThreadPoolExecutor(8) as pool:
        taken = [call_id for batch in pool.map(take, range(40)) for call_id in batch]
    assert sorted(taken) == sorted(str(number) for number in range(200))


def test_calls_are_wanted_where_a_monitor_is_stored(database: EntitiesDatabase, feed: EndedCallStore) -> None:
    objects = ObjectStore(database)
    assert not feed.wanted("watched")
    objects.publish(NewObject("watched", "mine", "digest", "object", "Monitor", "Monitor", "{}", "user"))
    assert feed.wanted("watched")
    assert not feed.wanted("other")
    everything = EndedCallStore(database, everything=True)
    assert everything.wanted("other")
    everything.close()
