"""The yardstick: chDB itself, without Weft around it, on tables that Weft's migrations made. A process of its own.

    python -m bench.bare_engine insert <data to copy> <new data> <rows a block> <threads>
    python -m bench.bare_engine read <data> <project> <repeats> <call id>...
    python -m bench.bare_engine aggregate <data> <project> <repeats>
    python -m bench.bare_engine spans <data> <project> <repeats> <trace id>
    python -m bench.bare_engine run <data> <project> <repeats> <trace id>

Prints JSON. Only the folder of the server that owns the data may be given once that server has ended.
"""

from __future__ import annotations

import json
import queue
import statistics
import sys
import threading
import time
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from weft.storage.events.engine import EventsEngine
from weft.storage.events.migrations import migrate
from weft.storage.events.spans import COLUMNS as SPAN_COLUMNS

_COLUMNS = (
    "id, project_id, trace_id, parent_id, op_name, display_name, started_at, ended_at, exception, inputs, output, "
    "attributes, summary, wb_user_id"
)
# The plainest statements that answer the four questions. None reads FINAL: the data holds each call once.
_READS = {
    "page": f"SELECT {_COLUMNS} FROM calls WHERE project_id = {{project:String}} AND deleted = 0 AND orphan = 0 "
    "ORDER BY started_at DESC, id DESC LIMIT 50",
    "filter": f"SELECT {_COLUMNS} FROM calls WHERE project_id = {{project:String}} AND deleted = 0 AND orphan = 0 "
    "AND leaves.inputs.topic.:String = {topic:String} ORDER BY started_at DESC, id DESC LIMIT 50",
    "id": f"SELECT {_COLUMNS} FROM calls WHERE project_id = {{project:String}} AND id = {{id:String}} "
    "AND deleted = 0 AND orphan = 0",
    # It knows the only model, and that nobody spells its counters otherwise.
    "stats": "SELECT toStartOfInterval(started_at, INTERVAL 300 second) AS bucket, count(), countIf(exception != ''), "
    "avg(latency), quantileExactInclusive(0.95)(latency), sum(toInt64OrZero(input)), sum(toInt64OrZero(output)) FROM ("
    "SELECT started_at, exception, toUnixTimestamp64Micro(assumeNotNull(ended_at)) - "
    "toUnixTimestamp64Micro(started_at) AS latency, "
    "leaves.summary.usage.`local%2Dmodel`.input_tokens.:String AS input, "
    "leaves.summary.usage.`local%2Dmodel`.output_tokens.:String AS output FROM calls "
    "WHERE project_id = {project:String} AND deleted = 0 AND orphan = 0) GROUP BY bucket",
}

_LONG_TEXTS = (
    "reasoning_content", "tool_description", "tool_definitions", "input_messages", "output_messages",
    "system_instructions", "tool_call_arguments", "tool_call_result", "compaction_summary", "content_refs",
    "artifact_refs", "object_refs", "raw_span_dump",
)  # fmt: skip
_IN_CHATS = (
    "span_id, parent_span_id, span_name, operation_name, started_at, ended_at, status_code, status_message, "
    "error_type, provider_name, agent_name, agent_id, agent_version, request_model, response_model, input_tokens, "
    "output_tokens, reasoning_tokens, cache_creation_input_tokens, cache_read_input_tokens, reasoning_content, "
    "tool_name, tool_call_id, tool_call_arguments, tool_call_result, input_messages, output_messages, "
    "system_instructions, tool_definitions, compaction_summary, compaction_items_before, compaction_items_after, "
    "content_refs, wb_user_id"
)
_IN_LISTS = ", ".join(name for name in SPAN_COLUMNS if name not in _LONG_TEXTS and not name.startswith("custom_attrs"))
_OF_TRACE = "FROM spans WHERE project_id = {project:String} AND trace_id = {trace:String} AND deleted = 0"
_SPANS = {
    "chat": f"SELECT {_IN_CHATS} {_OF_TRACE}",
    "page": f"SELECT {_IN_LISTS} {_OF_TRACE} ORDER BY started_at DESC LIMIT 100",
    "list": f"SELECT {_IN_LISTS} {_OF_TRACE} ORDER BY started_at DESC LIMIT 10000",
}
# A run's results follow from these calls, whole, and cannot be told without them.
_OF_RUN = "FROM calls WHERE project_id = {project:String} AND trace_id = {trace:String} AND deleted = 0 AND orphan = 0"
_RUN = {
    "page": f"SELECT {_COLUMNS} {_OF_RUN} AND parent_id = {{trace:String}}",
    "summary": f"SELECT {_COLUMNS} {_OF_RUN}",
}
_COUNTS = (
    "count() AS n, countIf(notEmpty(scorer_tags) OR notEmpty(scorer_ratings)) AS scored, "
    "sumMap(scorer_tags, arrayWithConstant(length(scorer_tags), 1)) AS tags, "
    "sumMap(mapKeys(scorer_ratings), mapValues(scorer_ratings)) AS ratings"
)
_OF_PROJECT = "FROM feedback WHERE project_id = {project:String} AND deleted = 0"
_AGGREGATES = {
    "total": f"SELECT {_COUNTS} {_OF_PROJECT}",
    "grouped": f"SELECT intDiv(toUnixTimestamp(created_at), 60) AS minute, "
    f"extract(runnable_ref, '/object/([^:]+):') AS scorer, {_COUNTS} {_OF_PROJECT} GROUP BY minute, scorer",
}


def insert(source: Path, target: Path, block_rows: int, threads: int) -> dict[str, float]:
    """Rows per second with one thread and with several: the same rows, in blocks, on disk when an insert returns."""
    blocks = _blocks(source, block_rows)
    engine = EventsEngine(f"chdb://{target}/events")
    migrate(engine)
    engine.close()
    clients = [_client(target) for _ in range(threads)]
    _insert_all(clients[:1], blocks[: len(blocks) // 20 + 1])
    return {str(count): _insert_all(clients[:count], blocks) for count in sorted({1, threads})}


def read(data: Path, project: str, repeats: int, call_ids: list[str]) -> dict[str, float]:
    """The median milliseconds of each question, asked with other values each time, in a second round of the same."""
    client = _client(data)
    medians = {}
    for name, sql in _READS.items():
        times = []
        for number in [*range(repeats), *range(repeats)]:
            values = {"project": project, "topic": f"topic-{number % 100}", "id": call_ids[number % len(call_ids)]}
            started = time.perf_counter()
            found = client.raw_query(sql, parameters=values, fmt="JSONEachRow")
            times.append(time.perf_counter() - started)
            assert found, f"{name} found nothing"
        medians[name] = statistics.median(times[repeats:]) * 1000
    return medians


def about_trace(data: Path, questions: dict[str, str], project: str, repeats: int, trace_id: str) -> dict[str, float]:
    """The median milliseconds of each question about one trace, in a second round of the same."""
    client = _client(data)
    medians = {}
    for name, sql in questions.items():
        times = []
        for _ in range(2 * repeats):
            started = time.perf_counter()
            found = client.raw_query(sql, parameters={"project": project, "trace": trace_id}, fmt="JSONEachRow")
            times.append(time.perf_counter() - started)
            assert found, f"{name} found nothing"
        medians[name] = statistics.median(times[repeats:]) * 1000
    return medians


def aggregate(data: Path, project: str, repeats: int) -> dict[str, float]:
    """The median milliseconds of each aggregate over feedback, in a second round of the same."""
    client = _client(data)
    medians = {}
    for name, sql in _AGGREGATES.items():
        times = []
        for _ in range(2 * repeats):
            started = time.perf_counter()
            assert client.raw_query(sql, parameters={"project": project}, fmt="JSONEachRow"), f"{name} found nothing"
            times.append(time.perf_counter() - started)
        medians[name] = statistics.median(times[repeats:]) * 1000
    return medians


def _client(data: Path) -> Client:
    return clickhouse_connect.get_client(
        interface="chdb", path=f"{data}/events", settings={"date_time_input_format": "best_effort"}
    )


def _blocks(source: Path, block_rows: int) -> list[bytes]:
    client = _client(source)
    settings = {"date_time_output_format": "iso", "output_format_json_quote_64bit_integers": 0}
    data = client.raw_query("SELECT * FROM calls ORDER BY started_at", fmt="JSONEachRow", settings=settings)
    client.close()
    lines = data.splitlines()
    return [b"\n".join(lines[at : at + block_rows]) for at in range(0, len(lines), block_rows)]


def _insert_all(clients: list[Client], blocks: list[bytes]) -> float:
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for block in blocks:
        waiting.put(block)

    def work(client: Client) -> None:
        while True:
            try:
                block = waiting.get_nowait()
            except queue.Empty:
                return
            client.raw_insert("calls", insert_block=block, fmt="JSONEachRow")

    workers = [threading.Thread(target=work, args=(client,)) for client in clients]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(block.count(b"\n") + 1 for block in blocks) / (time.perf_counter() - started)


if __name__ == "__main__":
    command, data, *rest = sys.argv[1:]
    if command == "insert":
        print(json.dumps(insert(Path(data), Path(rest[0]), int(rest[1]), int(rest[2]))))
    elif command == "spans":
        print(json.dumps(about_trace(Path(data), _SPANS, rest[0], int(rest[1]), rest[2])))
    elif command == "run":
        print(json.dumps(about_trace(Path(data), _RUN, rest[0], int(rest[1]), rest[2])))
    elif command == "aggregate":
        print(json.dumps(aggregate(Path(data), rest[0], int(rest[1]))))
    else:
        print(json.dumps(read(Path(data), rest[0], int(rest[1]), rest[2:])))
