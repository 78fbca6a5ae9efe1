"""What may be committed: never beyond a message that is not done, and all of it in the end."""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaError, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from weft.scoring.transport.intake import Intake
from weft.scoring.transport.messages import SCORE_CALLS
from weft.scoring.transport.offsets import Offsets
from weft.settings import Settings

P = ("topic", 0)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_unbroken_done_part_is_committable(gaps: list[int], random: object) -> None:
    offsets, places, at = Offsets(), [], 10
    for gap in gaps:
        # Compacted and transactional topics leave gaps.
        at += gap
        places.append(at)
        offsets.received(P, at)
    order = list(places)
    random.shuffle(order)  # type: ignore[attr-defined]
    done: set[int] = set()
    for place in order:
        offsets.done(P, place)
        done.add(place)
        waiting = [place for place in places if place not in done]
        reached = offsets.committable().get(P)
        assert reached == (waiting[0] if waiting else places[-1] + 1)
    assert offsets.committable() == {P: places[-1] + 1}


def test_what_was_committed_is_not_committed_again() -> None:
    offsets = Offsets()
    offsets.received(P, 5)
    offsets.received(P, 6)
    offsets.done(P, 5)
    offsets.committed(offsets.committable())
    assert offsets.committable() == {}
    offsets.done(P, 6)
    assert offsets.committable() == {P: 7}


def test_a_partition_that_went_away_is_forgotten() -> None:
    offsets = Offsets()
    offsets.received(P, 5)
    offsets.drop(P)
    offsets.done(P, 5)
    assert offsets.committable() == {}
    offsets.received(P, 3)
    offsets.committed({P: 3})
    offsets.done(P, 5)
    assert offsets.committable() == {}
    offsets.done(P, 3)
    assert offsets.committable() == {P: 4}


def test_what_was_refused_is_committed_again() -> None:
    offsets = Offsets()
    offsets.received(P, 5)
    offsets.done(P, 5)
    offsets.committed(offsets.committable())
    offsets.refused(P)
    assert offsets.committable() == {P: 6}
    offsets.drop(P)
    offsets.refused(P)
    assert offsets.committable() == {}


def test_a_commit_that_the_broker_refuses_is_sent_again() -> None:
    """As it answers in the middle of a rebalance: later, and to nobody who waits."""
    intake = Intake(Settings(_env_file=None), (SCORE_CALLS,), 4, lambda: None)
    place = TopicPartition(SCORE_CALLS, 0, 6)
    sent: list[int] = []

    class Broker:
        def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
            assert asynchronous
            sent.extend(one.offset for one in offsets)

    broker: Any = Broker()
    intake._offsets.received((SCORE_CALLS, 0), 5)
    intake._offsets.done((SCORE_CALLS, 0), 5)
    intake._commit(broker, wait=False)
    intake._commit(broker, wait=False)
    assert sent == [6]
    intake._answered(KafkaError(KafkaError.REBALANCE_IN_PROGRESS), [place])
    intake._commit(broker, wait=False)
    assert sent == [6, 6]
    intake._answered(None, [place])
    intake._commit(broker, wait=False)
    assert sent == [6, 6]
