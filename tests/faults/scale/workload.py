"""A project full of ended calls that are asked to be scored, and the questions a scenario has about them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import psycopg

from tests.faults.scale.cluster import Cluster
from tests.faults.scale.counts import Counts, pair_of, seen
from tests.faults.scale.weft_process import WeftProcess
from tests.monitor_objects import monitor_value
from tests.scoring_objects import builtin_scorer
from weft.core.errors import WeftError
from weft.core.ids import new_id

Item = TypeVar("Item")

SCORER = "ValidJSONScorer"
REQUEST = 100
"""Calls that one request asks to be scored."""

_MOMENT = "2026-01-01T00:00:00Z"
_PATIENCE = 400.0
"""Seconds in which something that must happen does, on a machine many times slower than a laptop."""


class Workload:
    """One scenario's project on a cluster, with workers of its own; a context manager that ends those."""

    def __init__(self, cluster: Cluster, scenario: str, tasks: int) -> None:
        self.cluster = cluster
        self.scenario = scenario
        self.project = f"faults/{scenario}-{new_id()[-12:]}"
        self.tasks = tasks
        self.accepted: set[tuple[str, str]] = set()
        self.faults: dict[str, int] = {}
        self.calls: list[str] = []
        self.scorer = ""
        self.internal = ""
        """The project's id inside the stores, and in messages."""
        self.group = self.project.rpartition("/")[2]
        self.workers: list[WeftProcess] = []
        self._clients = [
            httpx.Client(base_url=server.url, auth=("api", "key"), timeout=120) for server in cluster.servers
        ]
        self._turn = itertools.cycle(self._clients)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()
        for client in self._clients:
            client.close()

    # What happens to the project.

    def seed(self) -> None:
        """Store the scorer and the ended calls."""
        self.scorer = self._publish(SCORER, builtin_scorer(SCORER))
        self.internal = self._internal_id()
        self.calls = self.store_calls(self.tasks)
        self._began = time.monotonic()

    def publish_monitor(self) -> None:
        """Have every call that ends from now on scored, as soon as it ends."""
        self._publish("every-call", monitor_value([self.scorer]))

    def store_calls(self, count: int) -> list[str]:
        """The ids of that many new calls, stored and ended."""
        ids = [new_id() for _ in range(count)]
        for some in portions(ids, 1000):
            batch = [
                item for call_id in some for item in (
                    {"mode": "start", "req": {"start": {
                        "project_id": self.project, "id": call_id, "trace_id": call_id, "op_name": "predict",
                        "started_at": _MOMENT, "attributes": {}, "inputs": {}}}},
                    {"mode": "end", "req": {"end": {
                        "project_id": self.project, "id": call_id, "ended_at": _MOMENT, "output": "{}",
                        "summary": {}}}},
                )
            ]  # fmt: skip
            self.post("/call/upsert_batch", {"batch": batch})
        return ids

    def ask(self, call_ids: Sequence[str]) -> None:
        """Ask for their scores, in requests of many calls; what is refused is asked again, as clients do."""
        for some in portions(call_ids, REQUEST):
            self.post(
                "/calls/score", {"project_id": self.project, "call_ids": list(some), "scorer_refs": [self.scorer]}
            )
            self.accept(some)

    def accept(self, call_ids: Sequence[str]) -> None:
        """Their scores were asked for in another way, and a broker has taken the requests."""
        self.accepted |= {pair_of(call_id, self.scorer) for call_id in call_ids}

    def post(self, path: str, body: Any) -> Any:
        """The answer of one of the servers; a refusal because a store is down is asked again."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = next(self._turn).post(path, json=body)
            if answer.status_code < 500 or time.monotonic() > deadline:
                if answer.status_code != 200:
                    raise AssertionError(f"{path} answered {answer.status_code}: {answer.text[:1000]}")
                streamed = answer.headers["content-type"].startswith("application/jsonl")
                return [json.loads(line) for line in answer.text.splitlines()] if streamed else answer.json()
            self.count("requests refused and asked again")
            time.sleep(0.2)

    def start_workers(self, count: int = 1, wait: bool = True, **environment: str) -> list[WeftProcess]:
        """That many more workers, of a consumer group of this run's own."""
        workers = [
            self.cluster.process("worker", {"WEFT_KAFKA_GROUP": self.group, **environment}) for _ in range(count)
        ]
        self.workers += workers
        for worker in workers:
            worker.begin()
        if wait:
            for worker in workers:
                worker.wait_until_ready()
        return workers

    def count(self, what: str, times: int = 1) -> None:
        """Remember that a fault was injected, or what it led to."""
        self.faults[what] = self.faults.get(what, 0) + times

    # What is to be known of it.

    def states(self) -> dict[str, int]:
        """How many of the project's tasks are in each state."""
        found = "SELECT state, count(*) FROM scoring_tasks WHERE project_id = %s GROUP BY 1"
        return dict(self.cluster.query(found, [self.internal]))

    def running_of(self, worker: WeftProcess) -> int:
        """How many tasks of the project the worker holds."""
        found = "SELECT count(*) FROM scoring_tasks WHERE project_id = %s AND state = 'running' AND lease_owner LIKE %s"
        return int(self.cluster.query(found, [self.internal, f"%:{worker.pid}:%"])[0][0])

    def unfinished(self) -> int:
        """How many accepted tasks have not ended, as far as the ledger knows."""
        return len(self.accepted) - self.ended()

    def ended(self) -> int:
        """How many tasks have ended."""
        states = self.states()
        return states.get("scored", 0) + states.get("failed", 0)

    def visible(self) -> int:
        """How many scores the event store shows."""
        found = "SELECT count() AS rows FROM feedback FINAL WHERE deleted = 0 AND project_id = {project:String}"
        with self.cluster.events() as events:
            return int(events.query(found, {"project": self.internal})[0]["rows"])

    def wait_until(self, what: str, happened: Callable[[], bool], seconds: float = _PATIENCE) -> None:
        """Look until it has happened. Raises AssertionError, with the states of the tasks, when time runs out."""
        deadline = time.monotonic() + seconds
        while not _holds(happened):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.scenario}: waited in vain until {what}; {self.states()}; {self._logs()}")
            time.sleep(0.05)

    def wait_until_held(self, workers: Sequence[WeftProcess]) -> WeftProcess:
        """Until one of the workers holds tasks; the first that does."""
        holding: list[WeftProcess] = []

        def held() -> bool:
            holding[:] = [worker for worker in workers if self.running_of(worker)]
            return bool(holding)

        self.wait_until("a worker holds tasks", held)
        return holding[0]

    def wait_until_asked(self, count: int) -> None:
        """Until there are that many tasks, in whatever state."""
        self.wait_until(f"there are {count} tasks", lambda: sum(self.states().values()) >= count)

    def wait_until_ended(self, count: int | None = None) -> None:
        """Until that many tasks have ended, or all that were accepted."""
        wanted = len(self.accepted) if count is None else count
        self.wait_until(f"{wanted} tasks ended", lambda: self.ended() >= wanted, _PATIENCE + self.tasks / 10)

    def wait_until_visible(self, count: int) -> None:
        """Until the event store shows that many scores."""
        self.wait_until(f"{count} scores are visible", lambda: self.visible() >= count)

    def finish(self) -> Counts:
        """Wait until every accepted task has ended, then count."""
        self.wait_until_ended()
        seconds = time.monotonic() - self._began
        return self._counted(seconds)

    def _counted(self, seconds: float) -> Counts:
        found = "SELECT call_id, scorer_ref, state, reason FROM scoring_tasks WHERE project_id = %s"
        rows = self.cluster.query(found, [self.internal])
        ended = {pair_of(call_id, ref) for call_id, ref, state, _ in rows if state in ("scored", "failed")}
        scored = {pair_of(call_id, ref) for call_id, ref, state, _ in rows if state == "scored"}
        feedback = self.post(
            "/feedback/query",
            {"project_id": self.project, "fields": ["id", "weave_ref", "runnable_ref", "call_ref"]},
        )["result"]
        op = f"weave:///{self.project}/op/{SCORER}.score:*"
        asked = {"project_id": self.project, "filter": {"op_names": [op]}, "columns": ["id"]}
        score_calls = [call["id"] for call in self.post("/calls/stream_query", asked)]
        once, wrongly = seen(feedback, set(score_calls), scored)
        with self.cluster.events() as events:
            spare = "SELECT count() - uniqExact(id) AS spare FROM feedback WHERE project_id = {project:String}"
            stored = events.query(spare, {"project": self.internal})
        return Counts(
            scenario=self.scenario,
            accepted=len(self.accepted),
            scored=len(scored),
            failed=sum(state == "failed" for _, _, state, _ in rows),
            lost=len(self.accepted - ended),
            seen_once=once,
            seen_wrongly=wrongly,
            score_calls=len(score_calls),
            without_reason=sum(state == "failed" and not reason for _, _, state, reason in rows),
            stored_twice=int(stored[0]["spare"]),
            seconds=round(seconds, 1),
            faults=dict(self.faults),
        )

    def _publish(self, name: str, val: Any) -> str:
        obj = {"project_id": self.project, "object_id": name, "val": val}
        return f"weave:///{self.project}/object/{name}:{self.post('/obj/create', {'obj': obj})['digest']}"

    @property
    def internal_scorer(self) -> str:
        """The scorer's ref inside the stores, and in messages."""
        return f"weave-trace-internal:///{self.internal}/object/{self.scorer.rpartition('/')[2]}"

    def _internal_id(self) -> str:
        found = self.cluster.query("SELECT id FROM projects WHERE entity = %s AND name = %s", self.project.split("/"))
        if not found:
            raise AssertionError(f"{self.project} is not stored")
        return str(found[0][0])

    def _logs(self) -> str:
        ends = [(worker.log.name, worker.log.read_text(errors="replace")[-1500:]) for worker in self.workers]
        return "\n".join(f"--- {name}\n{end}" for name, end in ends)


def portions(values: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """The values in pieces."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except (psycopg.OperationalError, WeftError):
        # The store that would know is down, or coming up.
        return False
