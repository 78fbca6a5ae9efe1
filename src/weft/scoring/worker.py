"""The scoring worker: claims tasks, runs them, writes what came of it, marks the tasks; in this order and in batches.

A crash between two of these steps repeats the task under the same ids, so one result is seen. What a failure means is
retry.py's, when tasks have to wait breakers.py's; what a task needs and does is attempt.py's and evaluations/'s.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from weft.core.clock import now
from weft.core.errors import EngineFailure, QueryTimeout, Unavailable, WeftError
from weft.core.logging import log_context, log_failure, log_trouble
from weft.core.metrics import Metrics
from weft.core.tracing import Tracing
from weft.domain.score_writing import write_together
from weft.domain.scoring import WorkerStatus
from weft.llm import ChatClient
from weft.scoring.breakers import Breaker, EndpointBreakers
from weft.scoring.ended_calls import EndedCallFeed
from weft.scoring.endpoint_limits import EndpointLimits, Refusal
from weft.scoring.monitors import MonitorScoring
from weft.scoring.observing import ScoringWatch
from weft.scoring.outcomes import NOTHING, Attempt, Decided, NotAttempted, Outcome, Writing
from weft.scoring.pool import WaitingPool
from weft.scoring.preparation import Maker, prepare
from weft.scoring.retry import (
    STORE_DOWN,
    STORE_PAUSE_SECONDS,
    CannotWork,
    HasToWait,
    OwnMistake,
    ScoringFailure,
    StoreIsDown,
    WorldIsSlow,
    backoff_of,
    decide,
    give_back,
)
from weft.scoring.runner.code_runner import CodeRunner
from weft.scoring.scorers.remote_client import RemoteClient
from weft.scoring.transport.kafka import KafkaTransport
from weft.scoring.transport.polling import Polling
from weft.settings import Settings
from weft.storage.entities.ledger_tables import ROW, SCORE, Task, Verdict
from weft.storage.events.call_changes import CallChange, PutCall
from weft.storage.stores import Stores

_FIRST_WINDOW = 32
_BATCH_CHARACTERS = 64 * 1024 * 1024
_BUG = "The worker met an error of its own; see its log"


class ScoringWorker:
    """Does the tasks of the ledger until it is stopped.

    One thread claims, decides and writes; scorers that wait for the outside world run in a pool.
    """

    def __init__(
        self, stores: Stores, settings: Settings, metrics: Metrics | None = None, tracing: Tracing | None = None
    ) -> None:
        self._stores = stores
        self._settings = settings
        kafka = settings.kafka_brokers is not None
        self._transport = KafkaTransport(stores, settings) if kafka else Polling(stores.ledger, settings)
        self._client = ChatClient(settings.llm_timeout_seconds, settings.scoring_threads, settings.llm_proxy)
        self._runner = CodeRunner(settings)
        self._remote = RemoteClient(settings)
        self._backoff = backoff_of(settings)
        self._limits = EndpointLimits(settings, self._backoff)
        self._pool = WaitingPool(settings.scoring_threads, self._limits.room)
        self._breaker = Breaker(settings)
        self._endpoints = EndpointBreakers(settings)
        self._finished: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        # Done but not yet written: when a store is down, an answer that was paid for is kept.
        self._unwritten: list[Outcome] = []
        self._running: dict[str, Task] = {}
        self._window = min(_FIRST_WINDOW, settings.scoring_batch)
        self._trouble = ""
        self._watch = ScoringWatch(metrics, tracing)
        self._watch.follow(
            running=lambda: len(self._running),
            breaker=lambda: bool(self._breaker.reason),
            endpoints=lambda: self._endpoints.open,
            stalled=lambda: bool(self.stalled()),
        )
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._turned = time.monotonic()
        self._feed = EndedCallFeed(stores, settings, MonitorScoring(stores, settings))

    def start(self) -> None:
        """Begin working in a thread of its own."""
        if self._settings.kafka_brokers is None:
            # What was published to a broker that is no longer used would wait for long.
            self._stores.publishing.forget()
        self._runner.announce()
        if self._settings.kafka_brokers is not None:
            self._watch.follow_messages(
                lambda: {**self._transport.lags, **self._feed.lags},
                lambda: {**self._transport.dead_letters, **self._feed.dead_letters},
            )
        self._transport.start()
        self._feed.start()
        self._thread = threading.Thread(target=self._live, name="scoring-worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in flight, within the time a shutdown may take, and give the rest back."""
        self._stopping.set()
        self._feed.stop()
        self._transport.interrupt()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._transport.close()
        self._pool.close()
        self._client.close()
        self._remote.close()
        self._runner.close()

    def status(self) -> WorkerStatus:
        """What it is doing, for people and health checks."""
        if self._thread is None or not self._thread.is_alive():
            return WorkerStatus("off", "", len(self._running))
        own = (self._trouble, self._transport.trouble, self._feed.trouble)
        reason = next(filter(None, (*own, self._breaker.reason, self._endpoints.reason)), "")
        return WorkerStatus("paused" if reason else "working", reason, len(self._running))

    def stalled(self) -> str:
        """Why this worker should be replaced: its loop stands still. Empty when it turns, or was not started."""
        if self._thread is None:
            return ""
        still = time.monotonic() - min(self._turned, self._feed.turned)
        limit = self._settings.worker_stall_seconds
        return f"A loop of the scoring worker has stood still for {still:.0f} s" if still > limit else ""

    def drain(self, seconds: float = 30.0) -> bool:
        """Work in the calling thread until every task of the ledger has ended; False when time runs out first.

        Without a broker: then ended calls are brought before the monitors first.
        """
        deadline = time.monotonic() + seconds
        while self._feed.step() or self._stores.ledger.unfinished():
            if time.monotonic() > deadline:
                return False
            self._guarded_step()
        return True

    def _live(self) -> None:
        with log_context(worker=self._transport.owner):
            self._run()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._guarded_step()
        deadline = time.monotonic() + self._settings.shutdown_seconds
        while self._running and time.monotonic() < deadline:
            self._guarded_step(claiming=False)
        # What may be half written must not look untouched: those attempts stay counted.
        half_done = {outcome.task.id for outcome in self._unwritten}
        held = [give_back(task, now(), 0, "") for task in self._running.values()]
        try:
            self._settle([replace(verdict, uncounted=verdict.task_id not in half_done) for verdict in held])
        except WeftError as error:
            log_failure("scoring_give_back_failed", error)

    def _guarded_step(self, claiming: bool = True) -> None:
        """One step; the door where errors that nobody foresaw end."""
        self._turned = time.monotonic()
        try:
            room = self._room() if claiming else 0
            busy = self._step(room)
            self._trouble = ""
            if not busy:
                self._transport.wait(heed_due=room > 0 and not self._endpoints.crowded(self._window))
        except STORE_DOWN as error:
            self._trouble = f"A store of our own is down: {error.reason}"
            log_trouble("scoring_store_down", error)
            time.sleep(STORE_PAUSE_SECONDS)
        except Exception as error:  # noqa: BLE001 - the worker must outlive its own mistakes
            self._breaker.failed(_BUG, now())
            log_failure("scoring_step_failed", error)
            time.sleep(STORE_PAUSE_SECONDS)

    def _room(self) -> int:
        """How many more tasks may be under way."""
        return self._breaker.allowed(self._window - len(self._running), len(self._running), now())

    def _fit_window(self, payload: int) -> None:
        # Calls may hold megabytes each, and what a batch holds is held several times over.
        if payload > _BATCH_CHARACTERS:
            self._window = max(1, self._window // 4)
        elif payload < _BATCH_CHARACTERS // 4:
            self._window = min(self._settings.scoring_batch, self._window * 2)

    def _step(self, room: int) -> bool:
        """Write what is done, then take on what is due; whether there was anything."""
        self._transport.keep_alive(bool(self._running))
        written = self._write_finished()
        crowded = self._endpoints.crowded(self._window)
        limit = min(room, self._endpoints.room(self._window))
        tasks = self._transport.receive(limit, crowded) if limit > 0 else []
        if tasks:
            with self._watch.batch("scoring: begin", len(tasks)):
                self._begin(tasks)
        return written or bool(tasks)

    def _begin(self, tasks: Sequence[Task]) -> None:
        self._running |= {task.id: task for task in tasks}
        self._watch.took_on(tasks)
        try:
            prepared = prepare(
                self._stores, self._settings, self._client, self._runner, self._remote, tasks, self._watch
            )
            made = [self._made(*item) for item in prepared.makers]
        except STORE_DOWN as error:
            self._settle([give_back(task, now(), STORE_PAUSE_SECONDS, error.reason) for task in tasks])
            raise
        except Exception as error:  # noqa: BLE001 - held but never finished, they would be held for ever
            for task in tasks:
                self._finished.put(NotAttempted(task, _unforeseen(error, task)))
            return
        self._fit_window(prepared.payload)
        refused: list[tuple[Task, Refusal]] = []
        for item in made:
            refusal = self._begun(item)
            if refusal is not None:
                refused.append((item.task, refusal))
            elif item.waits:
                self._pool.submit(partial(self._finish, item, wake=True), item.endpoints)
            else:
                self._finish(item)
        if refused:
            self._turn_away(refused)

    def _begun(self, item: Attempt) -> Refusal | None:
        """Why a task may not begin; None when it is under way from now on."""
        fetched_as = item.task.run_id or item.task.scorer_ref
        refusal = self._limits.refusal(item.endpoints, now())
        return refusal or self._endpoints.begin(item.endpoints, now(), self._window, fetched_as)

    def _made(self, task: Task, maker: Maker) -> Attempt:
        try:
            return maker(task)
        except STORE_DOWN:
            raise
        except WeftError as error:
            return Decided(NotAttempted(task, CannotWork(error.reason, "ValueError")))
        except Exception as error:  # noqa: BLE001 - one odd task must not hold up its batch
            return Decided(NotAttempted(task, _unforeseen(error, task)))

    def _turn_away(self, refused: Sequence[tuple[Task, Refusal]]) -> None:
        """Give back tasks that have to wait for an endpoint, and let those like them wait too."""
        at = now()
        pauses = [(task, (refusal.until - at).total_seconds(), refusal.reason) for task, refusal in refused]
        self._settle([give_back(task, at, pause, reason) for task, pause, reason in pauses])
        alike = {(task.project_id, task.kind, task.run_id or task.scorer_ref): (task, why) for task, why in refused}
        for task, refusal in alike.values():
            # Those of a crowd are passed over as long as it is one, and another worker may have room for them.
            if not refusal.crowded:
                self._transport.postpone(task, refusal.until, refusal.reason)

    def _finish(self, attempt: Attempt, wake: bool = False) -> None:
        """Run one attempt to its outcome, whatever it does."""
        refusal = self._limits.refusal(attempt.endpoints, now()) or self._endpoints.refusal(attempt.endpoints, now())
        try:
            if refusal is not None:
                raise HasToWait(refusal.reason, refusal.until)
            outcome = attempt.run()
        except ScoringFailure as failure:
            outcome = attempt.failed(failure)
        except STORE_DOWN as error:
            outcome = attempt.failed(StoreIsDown(error.reason))
        except WeftError as error:
            outcome = attempt.failed(CannotWork(error.reason, "ValueError"))
        except Exception as error:  # noqa: BLE001 - a mistake of a task must not end the thread it runs in
            outcome = attempt.failed(_unforeseen(error, attempt.task))
        self._heed(outcome)
        self._finished.put(outcome)
        if wake:
            self._transport.interrupt()

    def _heed(self, outcome: Outcome) -> None:
        """Let others wait for an endpoint that asked for it, at once and not when this is written."""
        failure = outcome.failure
        for key in outcome.endpoints:
            if failure is None:
                self._limits.answered(key)
            elif isinstance(failure, WorldIsSlow) and failure.endpoint in (None, key):
                self._limits.heed(key, failure, now())

    def _write_finished(self) -> bool:
        while not self._finished.empty():
            outcome = self._finished.get()
            self._endpoints.ended(outcome.endpoints)
            self._unwritten.append(outcome)
        if not self._unwritten:
            return False
        try:
            with self._watch.batch("scoring: write", len(self._unwritten)):
                self._conclude(self._unwritten)
        except (Unavailable, QueryTimeout):
            raise
        except Exception as error:  # noqa: BLE001 - one of them cannot be written, the others must not wait for it
            self._conclude_one_by_one(error)
        self._unwritten = []
        return True

    def _conclude_one_by_one(self, cause: Exception) -> None:
        """Write what can be written. If nothing can, it is the store and not the scores, and the cause is raised."""
        refused: list[tuple[Outcome, Exception]] = []
        for outcome in self._unwritten:
            try:
                self._conclude([outcome])
            except (Unavailable, QueryTimeout):
                raise
            except Exception as error:  # noqa: BLE001 - see above
                refused.append((outcome, error))
        if isinstance(cause, EngineFailure) and len(refused) == len(self._unwritten):
            raise cause
        for outcome, why in refused:
            log_failure("score_not_stored", why, task_id=outcome.task.id, project_id=outcome.task.project_id)
            failure = CannotWork(f"The score cannot be stored: {why}")
            verdict = decide(failure, outcome.task, self._backoff, now())
            self._settle([verdict])
            self._watch.ended(outcome.task, failure, verdict)

    def _conclude(self, outcomes: Sequence[Outcome]) -> None:
        at = now()
        ours = set(self._transport.still_ours([outcome.task.id for outcome in outcomes]))
        concluded = [self._concluded(outcome, at, outcome.task.id in ours) for outcome in outcomes]
        changes = [self._unsure(change) for _, writing in concluded for change in writing.changes]
        write_together(self._stores, changes, [row for _, writing in concluded for row in writing.feedback])
        self._settle([verdict for verdict, _ in concluded], [writing for _, writing in concluded])
        for outcome, (verdict, _) in zip(outcomes, concluded, strict=True):
            self._count(outcome)
            if outcome.task.id in ours:
                self._watch.ended(outcome.task, outcome.failure, verdict)

    def _unsure(self, change: CallChange) -> CallChange:
        # A worker that stood still may hold a first try that others have made their second of: it has to look.
        return change if self._settings.embedded or not isinstance(change, PutCall) else replace(change, fresh=False)

    def _concluded(self, outcome: Outcome, at: datetime, ours: bool) -> tuple[Verdict, Writing]:
        """Where the task stands now, and what to store of the attempt: nothing when others do it by now.

        The ledger does not take our word then, either.
        """
        task = outcome.task
        if outcome.failure is None:
            verdict = Verdict(task.id, "scored" if task.kind in (SCORE, ROW) else "done")
        else:
            verdict = decide(outcome.failure, task, self._backoff, at)
        # An attempt that does not count must leave no trace: the next one takes itself for the first.
        writing = NOTHING if verdict.uncounted or not ours else outcome.writing(self._stores, verdict.state)
        if writing.score_call_id or writing.feedback_id:
            verdict = replace(verdict, score_call_id=writing.score_call_id, feedback_id=writing.feedback_id)
        return verdict, writing

    def _settle(self, verdicts: Sequence[Verdict], writings: Sequence[Writing] = ()) -> None:
        held = [self._running[verdict.task_id] for verdict in verdicts if verdict.task_id in self._running]
        run_ids = {task.run_id for task in held if task.run_id is not None}
        plans = [writing.plan for writing in writings if writing.plan is not None]
        self._transport.settle(verdicts, now(), run_ids, plans)
        for verdict in verdicts:
            self._running.pop(verdict.task_id, None)

    def _count(self, outcome: Outcome) -> None:
        failure = outcome.failure
        if failure is None:
            self._breaker.succeeded()
            for key in outcome.endpoints:
                self._endpoints.succeeded(key)
        elif isinstance(failure, WorldIsSlow) or getattr(failure, "deploy", False):
            blamed = [failure.endpoint] if failure.endpoint else outcome.endpoints
            # One that was asked too much is alive.
            limited = isinstance(failure, WorldIsSlow) and failure.rate_limited
            for key in () if limited else blamed:
                self._endpoints.failed(key, failure.reason, now())
            if not blamed:
                self._breaker.failed(failure.reason, now())


def _unforeseen(error: Exception, task: Task) -> OwnMistake:
    log_failure("scorer_failed", error, task_id=task.id, project_id=task.project_id)
    return OwnMistake(_BUG, type(error).__name__)
