"""OTLP requests with the spans of agents: one long trace, and many short ones around it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench.payloads import ENTITY, SENTENCES

LONG_TRACE = "a" * 32
# An agent, then again and again a model and the three tools that it asked for.
_STEP = 4
_HISTORY = 12
_START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


def exports(project: str, trace_id: str, spans: int, conversation: str, batch: int = 500) -> Iterator[dict[str, Any]]:
    """The requests that tell one trace of that many spans."""
    every = list(_trace(trace_id, spans, conversation))
    resource = {"attributes": _attributes({"wandb.entity": ENTITY, "wandb.project": project})}
    for first in range(0, len(every), batch):
        scope = {"scope": {"name": "bench"}, "spans": every[first : first + batch]}
        yield {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def _trace(trace_id: str, spans: int, conversation: str) -> Iterator[dict[str, Any]]:
    chance = random.Random(trace_id)
    history: list[dict[str, str]] = []
    root = f"{0:015x}f"
    for number in range(spans):
        started, took = number * 1.0, 0.4
        shared: dict[str, Any] = {"gen_ai.conversation.id": conversation}
        if number == 0:
            took = float(spans)
            shared |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "desk"}
        elif number % _STEP == 1:
            shared |= _model(chance, history)
        else:
            shared |= _tool(chance, number)
        yield {
            "traceId": trace_id,
            "spanId": root if number == 0 else f"{number:016x}",
            "parentSpanId": "" if number == 0 else root,
            "name": str(shared["gen_ai.operation.name"]),
            "startTimeUnixNano": str(int((_START + started) * 1e9)),
            "endTimeUnixNano": str(int((_START + started + took) * 1e9)),
            "attributes": _attributes(shared),
        }


def _model(chance: random.Random, history: list[dict[str, str]]) -> dict[str, Any]:
    history.append({"role": "user", "content": _text(chance, 2)})
    answer = {"role": "assistant", "content": _text(chance, 3)}
    asked = json.dumps(history[-_HISTORY:])
    history.append(answer)
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.provider.name": "openai",
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 80,
        "gen_ai.input.messages": asked,
        "gen_ai.output.messages": json.dumps([answer]),
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": " ".join(SENTENCES)}]),
        "gen_ai.tool.definitions": json.dumps([{"name": "look_up", "description": " ".join(SENTENCES[:3])}]),
    }


def _tool(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look_up",
        "gen_ai.tool.call.id": f"call-{number}",
        "gen_ai.tool.call.arguments": json.dumps({"question": _text(chance, 1)}),
        "gen_ai.tool.call.result": _text(chance, 4),
    }


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]


def _text(chance: random.Random, sentences: int) -> str:
    return " ".join(chance.choices(SENTENCES, k=sentences))
