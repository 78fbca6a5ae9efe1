"""An agent of pydantic-ai with a tool, traced by pydantic-ai itself."""

from __future__ import annotations

import json

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))

agent = Agent(
    OpenAIChatModel("gpt-4o-mini"),
    name="adder",
    instructions="Add what you are given.",
)
Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))


@agent.tool_plain
def add(left: int, right: int) -> int:
    """Add two numbers."""
    return left + right


answer = agent.run_sync("What is 2 + 3?")
assert provider.force_flush()
print(json.dumps({"said": answer.output}))
