"""The faults, one function each: what is broken, when, and that it was broken when it mattered.

A fault is injected when the stores show that it will hurt, never after a number of seconds: with the event store frozen
for a moment, a worker that has claimed tasks cannot finish them before it is killed.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from tests.faults.scale.cluster import MESSAGE_SECONDS, Cluster
from tests.faults.scale.counts import Counts
from tests.faults.scale.paused import paused, settling_held_up
from tests.faults.scale.poison import poison
from tests.faults.scale.slow_road import SlowRoad
from tests.faults.scale.topics import (
    SCORE_CALLS,
    Written,
    all_done,
    dead_letter_topic,
    foreign_messages,
    read_all,
    write_all,
)
from tests.faults.scale.weft_process import WeftProcess
from tests.faults.scale.workload import Item, Workload, portions

KILLS = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault: its name, what it does in a few words, and the run."""

    name: str
    title: str
    run: Callable[[Workload], Counts]


def worker_killed(work: Workload) -> Counts:
    """Kill −9 a worker that holds tasks, several times, and start another."""
    workers = work.start_workers()
    for some in _parts(work.calls, KILLS):
        victim = _frozen_with_work(work, workers, some)
        work.count("tasks held when killed", work.running_of(victim))
        victim.kill()
        work.count("workers killed")
        workers = work.start_workers()
        work.wait_until_ended(len(work.accepted) // 2)
    return work.finish()


def killed_before_commit(work: Workload) -> Counts:
    """Kill −9 a worker whose scores are in the event store while the ledger and Kafka do not know of them yet."""
    worker = work.start_workers()[0]
    for some in _parts(work.calls, 2):
        before = work.ended()
        with settling_held_up(work.cluster.postgres.url):
            work.ask(some)
            work.wait_until_visible(before + 1)
            worker.kill()
            written = work.visible() - before
        assert work.ended() == before, "the worker settled what it had written"
        work.count("workers killed")
        work.count("scores written and not settled", written)
        worker = work.start_workers()[0]
        work.wait_until_ended()
    return work.finish()


def killed_before_offsets(work: Workload) -> Counts:
    """Kill −9 a worker whose tasks are settled while the broker cannot hear that its messages are done."""
    worker = work.start_workers()[0]
    with ExitStack() as silent:
        with paused(work.cluster.clickhouse.pid):
            work.ask(work.calls)
            work.wait_until_held([worker])
            held = work.running_of(worker)
            silent.enter_context(paused(work.cluster.kafka.pid))
        work.wait_until_ended(held)
        worker.kill()
    work.count("workers killed")
    work.count("tasks settled and not committed", held)
    work.start_workers()
    return work.finish()


def killed_in_rebalance(work: Workload) -> Counts:
    """Let workers leave and join a group of three while tasks flow, and kill −9 one while the group rebalances."""
    workers = work.start_workers(3)
    admin = AdminClient(work.cluster.kafka.client_settings)
    for some in _parts(work.calls, 2):
        victim = _frozen_with_work(work, workers, some)
        leaving, staying = [worker for worker in workers if worker is not victim]
        # Who is frozen does not rejoin, so the group waits for it, and it dies in the middle of that.
        # Only told to: finishing what it holds, it may take longer than the group waits for who is frozen.
        leaving.ask_to_stop()
        work.wait_until("the group rebalances", partial(_rebalancing, work, admin))
        work.count("tasks held when killed", work.running_of(victim))
        victim.kill()
        work.count("workers killed while the group rebalanced")
        leaving.stop()
        work.count("workers stopped politely")
        workers = [staying, *work.start_workers(2)]
    return work.finish()


def repeated_messages(work: Workload) -> Counts:
    """Deliver every message again, several times and in any order, and the same requests from a foreign producer."""
    kafka = work.cluster.kafka
    asked, foreign_calls = _parts(work.calls, 2)
    work.ask(asked)
    own: list[Written] = []

    def told() -> bool:
        own[:] = [message for message in read_all(kafka, SCORE_CALLS) if _asked(work, message)]
        return {call_id for message in own for call_id in _asked(work, message)} >= set(asked)

    work.wait_until("every task was told of", told)
    foreign = foreign_messages(work, foreign_calls)
    work.accept(foreign_calls)
    again = own * 3 + foreign
    work.count("messages delivered again", write_all(kafka, random.sample(again, len(again))))
    work.start_workers(2)
    # The first half waited for them, the second half comes while they work.
    work.count("messages delivered again", write_all(kafka, random.sample(again, len(again))))
    # A foreign request that comes again is another request, so only then nothing more can come of them.
    work.wait_until("every message is done", lambda: all_done(kafka, SCORE_CALLS, work.group))
    return work.finish()


def broker_stopped(work: Workload) -> Counts:
    """Kill −9 the broker, leave it away for longer than a producer waits, and go on accepting."""
    workers = work.start_workers(2)
    first, second = _parts(work.calls, 2)
    with paused(work.cluster.clickhouse.pid):
        work.ask(first)
        work.wait_until_held(workers)
        work.cluster.kafka.kill()
    work.count("tasks open when it went", work.unfinished())
    work.ask(second)
    work.count("tasks accepted without a broker", len(second))
    time.sleep(MESSAGE_SECONDS * 2.5)
    work.cluster.kafka.start()
    return work.finish()


def event_store_stopped(work: Workload) -> Counts:
    """Kill −9 the event store while it is asked for calls and scores, and leave it away for a while."""
    workers = work.start_workers(2)
    for some in _parts(work.calls, 2):
        with paused(work.cluster.clickhouse.pid):
            work.ask(some)
            work.wait_until_held(workers)
            work.cluster.clickhouse.kill()
        work.count("event store killed")
        work.count("tasks open when it went", work.unfinished())
        ended = work.ended()
        time.sleep(3)
        work.cluster.clickhouse.start()
        work.wait_until_ended(ended + 1)
    return work.finish()


def ledger_restarted(work: Workload) -> Counts:
    """Crash the ledger's database and start it again, several times, while tasks are accepted and done."""
    workers = work.start_workers(2)
    for some in _parts(work.calls, KILLS):
        with paused(work.cluster.clickhouse.pid):
            work.ask(some[: len(some) // 2])
            work.wait_until_held(workers)
            work.count("tasks open when it went", work.unfinished())
            work.cluster.postgres.restart()
        work.count("ledger crashed and restarted")
        work.ask(some[len(some) // 2 :])
    return work.finish()


def poison_messages(work: Workload) -> Counts:
    """Mix messages that nobody can understand among good ones."""
    kafka = work.cluster.kafka
    bad = poison(work)
    dead = {dead_letter_topic(message.topic) for message in bad}
    before = {topic: len(read_all(kafka, topic)) for topic in dead}
    mixed = [*foreign_messages(work, work.calls), *bad]
    random.shuffle(mixed)
    write_all(kafka, mixed)
    work.accept(work.calls)
    work.start_workers(2)

    def letters() -> list[Written]:
        found = [letter for topic in dead for letter in read_all(kafka, topic)[before[topic] :]]
        # A message whose partition changes hands before its offset is committed is put aside twice.
        return list({_origin_of(letter): letter for letter in found}.values())

    work.wait_until("they are put aside", lambda: len(letters()) >= len(bad))
    put_aside = letters()
    work.count("poison messages", len(bad))
    work.count("dead letters with reason and origin", sum(map(_is_told_apart, put_aside)))
    assert Counter(letter.topic for letter in put_aside) == Counter(dead_letter_topic(message.topic) for message in bad)
    assert all(map(_is_told_apart, put_aside)), put_aside
    return work.finish()


def worker_stalled(work: Workload) -> Counts:
    """Freeze a worker that holds tasks until another has done them, then let it go on with what it thinks it holds."""
    frozen = _frozen_with_work(work, work.start_workers(), work.calls)
    work.count("tasks held when frozen", work.running_of(frozen))
    work.start_workers()
    work.wait_until("its tasks are taken over", lambda: work.running_of(frozen) == 0)
    work.wait_until_ended()
    frozen.resume()
    work.count("workers frozen and resumed")
    # What it does now, it does before it is healthy and has left.
    work.wait_until("it works again", lambda: frozen.status("/health") == 200)
    frozen.stop()
    return work.finish()


def worker_hangs(work: Workload) -> Counts:
    """Let a worker's connection to the event store hang: its health fails, others take over, and then it goes on."""
    with SlowRoad(work.cluster.clickhouse.port) as road:
        url = work.cluster.clickhouse.url.replace(f":{work.cluster.clickhouse.port}/", f":{road.port}/")
        hung = work.start_workers(WEFT_EVENTS_URL=url, WEFT_WORKER_STALL_SECONDS="3")[0]
        assert hung.status("/health") == 200
        road.block()
        work.ask(work.calls)
        work.wait_until_held([hung])
        work.count("tasks held when its connection hung", work.running_of(hung))
        work.wait_until("its health fails", lambda: hung.status("/health") == 503)
        work.count("health checks that failed")
        work.start_workers()
        work.wait_until_ended()
        road.unblock()
        work.wait_until("its health is good again", lambda: hung.status("/health") == 200)
        work.count("tasks it still held when all had ended", work.running_of(hung))
        hung.stop()
    return work.finish()


def monitor_interrupted(work: Workload) -> Counts:
    """Kill −9 the worker of a monitor while calls end, whose scores nobody asks for."""
    work.publish_monitor()
    worker = work.start_workers()[0]
    for count in [len(part) for part in _parts(range(work.tasks), 2)]:
        before = sum(work.states().values())
        work.accept(work.store_calls(count))
        work.wait_until_asked(before + 1)
        worker.stall()
        work.count("calls not scored when killed", work.unfinished())
        worker.kill()
        work.count("workers killed")
        worker = work.start_workers()[0]
    return work.finish()


SCENARIOS = (
    Scenario("worker-killed", "Worker killed −9 in the middle of batches", worker_killed),
    Scenario("killed-before-commit", "Worker killed −9 between writing scores and settling them", killed_before_commit),
    Scenario(
        "killed-before-offsets", "Worker killed −9 between settling and committing offsets", killed_before_offsets
    ),
    Scenario("killed-in-rebalance", "Workers killed −9 while a group of three rebalances", killed_in_rebalance),
    Scenario("repeated-messages", "Every message again and in any order, and foreign ones", repeated_messages),
    Scenario("broker-stopped", "Broker gone for longer than a producer waits", broker_stopped),
    Scenario("event-store-stopped", "Event store killed −9 and gone for a while", event_store_stopped),
    Scenario("ledger-restarted", "Ledger database crashed and restarted", ledger_restarted),
    Scenario("poison-messages", "Messages that cannot be understood among good ones", poison_messages),
    Scenario("worker-stalled", "Worker frozen until another took over, then resumed", worker_stalled),
    Scenario("worker-hangs", "Worker whose event store never answers", worker_hangs),
    Scenario("monitor-interrupted", "Worker of a monitor killed −9 while calls end", monitor_interrupted),
)


def run_scenario(cluster: Cluster, scenario: Scenario, tasks: int) -> Counts:
    """Run one fault on a cluster."""
    with Workload(cluster, scenario.name, tasks) as work:
        work.seed()
        return scenario.run(work)


def _frozen_with_work(work: Workload, workers: Sequence[WeftProcess], calls: Sequence[str]) -> WeftProcess:
    """Ask for these calls' scores, and freeze the first of the workers that holds some of the tasks."""
    # Without the event store nothing that was begun can end before it is noticed.
    with paused(work.cluster.clickhouse.pid):
        work.ask(calls)
        holder = work.wait_until_held(workers)
        holder.stall()
    return holder


def _parts(calls: Sequence[Item], count: int) -> list[Sequence[Item]]:
    return portions(calls, -(-len(calls) // count))


def _asked(work: Workload, message: Written) -> list[str]:
    """The calls of the project whose scores the message asks for; other scenarios' messages may be anything."""
    if work.internal.encode() not in (message.value or b""):
        return []
    asked: list[str] = json.loads(message.value or b"{}")["call_ids"]
    return asked


def _rebalancing(work: Workload, admin: AdminClient) -> bool:
    described = admin.describe_consumer_groups([work.group], request_timeout=30)
    state = described[work.group].result(60).state
    return state in (ConsumerGroupState.PREPARING_REBALANCING, ConsumerGroupState.COMPLETING_REBALANCING)


def _origin_of(letter: Written) -> tuple[bytes | None, ...]:
    headers = dict(letter.headers)
    return tuple(headers.get(f"origin-{part}") for part in ("topic", "partition", "offset"))


def _is_told_apart(letter: Written) -> bool:
    headers = dict(letter.headers)
    origin = headers.get("origin-topic", b"").decode()
    numbered = headers.get("origin-partition", b"").isdigit() and headers.get("origin-offset", b"").isdigit()
    return bool(headers.get("reason")) and numbered and dead_letter_topic(origin) == letter.topic
