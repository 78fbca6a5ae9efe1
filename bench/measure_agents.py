"""Reads of agents' spans over HTTP, a long trace among short ones, each against the bare engine's query."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from bench import agent_payloads, payloads, processes
from bench.results import Figure
from bench.traffic import ask, post, send

_PROJECT = "agents"
_ID = f"{payloads.ENTITY}/{_PROJECT}"
_SHORT_TRACE = 200
_LIMIT = 10_000
# Why a read may break its bound of four times the engine's query; the bound stays, so that the table says it.
_REASONS = {
    "chat": "; each span is placed in its tree and told as messages, here, after the engine has read it",
    "list": "; every span belongs to its trace's agent and conversation, which takes the engine a second look",
}
_OF_TRACE = {"$expr": {"$eq": [{"$getField": "trace_id"}, {"$literal": agent_payloads.LONG_TRACE}]}}


def measure(folder: Path, spans: int, others: int, repeats: int) -> list[Figure]:
    """The chat of a trace of that many spans, and lists of its spans."""
    data = folder / "agents"
    with processes.weft(data) as server:
        loaded = _load(server.port, spans, others)
        ours = {name: send(server.port, [request] * repeats, 1) for name, request in _requests().items()}
        internal = orjson.loads(ask(server.port, post("/service/projects_info", {"project_ids": [_ID]})))
    bare = _bare(data, internal, repeats)
    names = {
        "chat": f"chat of a trace of {spans:,} spans",
        "page": f"latest 100 spans of it, of {loaded:,}",
        "list": "all spans of it",
    }
    figures = [
        Figure(
            names[name],
            traffic.p50_ms,
            "ms p50",
            "the bare engine's query",
            bare[name],
            "<= 4",
            f"p99 {traffic.p99_ms:.0f} ms{_REASONS.get(name, '')}",
        )
        for name, traffic in ours.items()
    ]
    return [*figures, Figure("the same chat, by itself", ours["chat"].p50_ms / 1000, "s p50", bound="<= 2")]


def _load(port: int, spans: int, others: int) -> int:
    traces = [(agent_payloads.LONG_TRACE, spans)]
    traces += [(f"{number:032x}", _SHORT_TRACE) for number in range(1, others // _SHORT_TRACE + 1)]
    requests = [
        post("/agents/otel/v1/traces", export)
        for trace_id, count in traces
        for export in agent_payloads.exports(_PROJECT, trace_id, count, f"talk-{trace_id[-4:]}")
    ]
    send(port, requests, connections=2)
    return sum(count for _, count in traces)


def _requests() -> dict[str, bytes]:
    listed = {"project_id": _ID, "query": _OF_TRACE}
    return {
        "chat": post("/agents/traces/chat", {"project_id": _ID, "trace_id": agent_payloads.LONG_TRACE}),
        "page": post("/agents/spans/query", {**listed, "limit": 100}),
        "list": post("/agents/spans/query", {**listed, "limit": _LIMIT}),
    }


def _bare(data: Path, internal: Any, repeats: int) -> dict[str, float]:
    project = internal[0]["internal_project_id"]
    command = [sys.executable, "-m", "bench.bare_engine", "spans", str(data), project, str(repeats)]
    done = subprocess.run(
        [*command, agent_payloads.LONG_TRACE], cwd=processes.ROOT, stdout=subprocess.PIPE, check=True, text=True
    )
    medians: dict[str, float] = json.loads(done.stdout)
    return medians
