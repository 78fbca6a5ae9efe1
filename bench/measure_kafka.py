"""Scoring through Kafka on PostgreSQL and the event engine over HTTP, all of it on this machine, in real processes.

How many tasks a second one worker does, what a second worker adds when scorers wait, and how long after a call has
ended a monitor's score of it is there.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.payloads import new_call_id
from bench.results import Figure
from tests.faults.scale.weft_process import WeftProcess
from tests.llm_provider import LLMProvider, Reply
from tests.scoring_objects import builtin_scorer, judge, judge_model
from tests.services.clickhouse_front import ClickHouseFront
from tests.services.kafka_broker import KafkaBroker
from tests.services.postgres import Postgres

_PATIENCE = 600.0
_ASK_AT_ONCE = 1000
_LLM_SECONDS = 0.5
_ENDED_PER_SECOND = 100
_CALLS_PER_REQUEST = 5


def measure(folder: Path, tasks: int, waiting: int, seconds: float) -> list[Figure]:
    """Three figures: tasks a second, two workers against one, and the lag of a monitor."""
    root = folder / "kafka"
    root.mkdir()
    provider = LLMProvider()
    provider.otherwise = lambda _request: Reply(seconds=_LLM_SECONDS)
    with ExitStack() as stack:
        stack.callback(provider.close)
        postgres = stack.enter_context(Postgres(root))
        clickhouse = stack.enter_context(ClickHouseFront(root))
        kafka = stack.enter_context(KafkaBroker(root / "broker"))
        site = _Site(root, postgres.url, clickhouse.url, kafka.bootstrap, provider)
        server = stack.enter_context(site.running("serve", WEFT_SCORING_WORKER="false"))
        first = stack.enter_context(site.running("worker"))
        figures = [_throughput(_Project(server, "trivial"), tasks)]
        figures.append(_lag(_Project(server, "monitored"), seconds))
        alone = _waiting(_Project(server, "one-worker"), waiting)
        with site.running("worker"):
            both = _waiting(_Project(server, "two-workers"), waiting)
        first.stop()
    note = f"{waiting:,} judges, each waiting {_LLM_SECONDS} s for an answer, 16 at a time per worker"
    figures.append(
        Figure("waiting scorers, two workers", both, "tasks/s", "one worker", alone, bound=">= 1.5", note=note)
    )
    return figures


class _Site:
    """Starts processes that share the stores and the broker."""

    def __init__(self, root: Path, entities: str, events: str, brokers: str, provider: LLMProvider) -> None:
        self._root = root
        self._environment = {
            "WEFT_ENTITIES_URL": entities,
            "WEFT_EVENTS_URL": events,
            "WEFT_BLOBS_URL": f"file://{root / 'blobs'}",
            "WEFT_KAFKA_BROKERS": brokers,
            "WEFT_SECRETS_KEY": "k" * 32,
            "WEFT_AUTH": "off",
            "WEFT_LLM_BASE_URL": provider.url,
            "WEFT_LLM_API_KEY": "key",
        }

    @contextmanager
    def running(self, command: str, **environment: str) -> Iterator[WeftProcess]:
        process = WeftProcess(command, self._root, {**self._environment, **environment})
        process.begin()
        process.wait_until_ready()
        try:
            yield process
        finally:
            process.stop()


class _Project:
    """One project on the server."""

    def __init__(self, server: WeftProcess, name: str) -> None:
        self.id = f"bench/{name}"
        self.client = httpx.Client(base_url=server.url, auth=("api", "key"), timeout=120)
        self._stored = 0

    def publish(self, name: str, val: dict[str, Any]) -> str:
        body = {"obj": {"project_id": self.id, "object_id": name, "val": val}}
        return f"weave:///{self.id}/object/{name}:{self.post('/obj/create', body)['digest']}"

    def store(self, count: int) -> list[str]:
        """Store ended calls, whose output is small."""
        ids = [new_call_id(self._stored + number) for number in range(count)]
        self._stored += count
        moment = datetime.now(UTC).isoformat()
        for at in range(0, count, 500):
            batch = [
                {
                    "project_id": self.id, "id": call_id, "trace_id": call_id, "op_name": "predict",
                    "started_at": moment, "ended_at": moment, "attributes": {}, "inputs": {}, "output": '{"a": 1}',
                    "summary": {},
                }
                for call_id in ids[at : at + 500]
            ]  # fmt: skip
            self.post(f"/v2/{self.id}/calls/complete", {"batch": batch})
        return ids

    def score(self, call_ids: Sequence[str], scorer: str) -> float:
        """Seconds from the first request until everything has been scored."""
        began = time.perf_counter()
        for at in range(0, len(call_ids), _ASK_AT_ONCE):
            body = {"project_id": self.id, "call_ids": list(call_ids[at : at + _ASK_AT_ONCE]), "scorer_refs": [scorer]}
            self.post("/calls/score", body)
        self.wait()
        return time.perf_counter() - began

    def wait(self) -> None:
        """Until every job of the project is done. Raises AssertionError for one that failed."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            jobs = self.client.get("/weft/v1/scoring/jobs", params={"project_id": self.id}).raise_for_status().json()
            assert not any(job["counts"].get("failed") for job in jobs["jobs"]), jobs
            if jobs["jobs"] and all(job["done"] for job in jobs["jobs"]):
                return
            time.sleep(0.05)
        raise AssertionError("scoring did not end")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text[:500]
        return answer.json()


def _throughput(project: _Project, tasks: int) -> Figure:
    scorer = project.publish("valid-json", builtin_scorer("ValidJSONScorer"))
    project.score(project.store(500), scorer)
    seconds = project.score(project.store(tasks), scorer)
    note = f"{tasks:,} calls; the request's row, the message, the score call, the feedback and the state are on disk"
    return Figure("scoring tasks through Kafka, one worker", tasks / seconds, "tasks/s", bound=">= 500", note=note)


def _waiting(project: _Project, tasks: int) -> float:
    scorer = project.publish("judge", judge(judge_model(), "Rate {output}"))
    project.score(project.store(32), scorer)
    return tasks / project.score(project.store(tasks), scorer)


def _lag(project: _Project, seconds: float) -> Figure:
    """Calls end at a steady rate; each is late by the time from its answer to its score."""
    scorer = project.publish("valid-json", builtin_scorer("ValidJSONScorer"))
    monitor = {
        "_type": "Monitor", "_class_name": "Monitor", "_bases": ["Object", "BaseModel"], "name": "watch",
        "description": None, "sampling_rate": 1.0, "scorers": [scorer], "op_names": [], "query": None, "active": True,
        "is_traced": True, "scorer_debounce_config": None,
    }  # fmt: skip
    project.publish("watch", monitor)
    ended: dict[str, float] = {}
    _end_steadily(project, seconds, ended)
    deadline = time.monotonic() + _PATIENCE
    scored: dict[str, float] = {}
    while len(scored) < len(ended) and time.monotonic() < deadline:
        time.sleep(1)
        body = {"project_id": project.id, "fields": ["weave_ref", "created_at"], "limit": 100_000}
        for row in project.post("/feedback/query", body)["result"]:
            at = datetime.fromisoformat(row["created_at"])
            scored[row["weave_ref"].rpartition("/")[2]] = at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    assert len(scored) == len(ended), f"{len(ended) - len(scored)} calls were not scored"
    lags = sorted(scored[call_id] - at for call_id, at in ended.items())
    p95 = lags[int(len(lags) * 0.95)]
    note = (
        f"{len(lags):,} calls at {len(lags) / seconds:.0f} a second; median {statistics.median(lags):.2f} s, "
        f"worst {lags[-1]:.2f} s"
    )
    return Figure("from a call's end to its monitor's score, p95", p95, "s", bound="<= 10", note=note)


def _end_steadily(project: _Project, seconds: float, ended: dict[str, float]) -> None:
    """End calls at the wanted rate, from some threads, noting when each was answered."""
    pause = _CALLS_PER_REQUEST / _ENDED_PER_SECOND
    due = [number * pause for number in range(int(seconds / pause))]
    lock = threading.Lock()
    began = time.monotonic()

    def send() -> None:
        while True:
            with lock:
                if not due:
                    return
                at = due.pop(0)
            time.sleep(max(0.0, began + at - time.monotonic()))
            for call_id in project.store(_CALLS_PER_REQUEST):
                ended[call_id] = time.time()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
