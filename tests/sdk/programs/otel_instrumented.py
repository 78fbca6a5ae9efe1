"""A chat over the OpenAI library, traced by the instrumentation named, with nothing of Weft's or Weave's in it.

Where the spans go and whose they are is told by OpenTelemetry's own environment variables.
"""

from __future__ import annotations

import importlib
import json
import os

import openai
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

MODULES = {
    "openinference": "openinference.instrumentation.openai",
    "traceloop": "opentelemetry.instrumentation.openai",
}

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
importlib.import_module(MODULES[os.environ["INSTRUMENTATION"]]).OpenAIInstrumentor().instrument()

client = openai.OpenAI(max_retries=0)
with trace.get_tracer("program").start_as_current_span("answer a question") as span:
    span.set_attribute("session.id", "s1")
    reply = client.chat.completions.create(
        model="gpt-4o-mini",
        temperature=0.25,
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say naïve 🙂"}],
    )
with trace.get_tracer("program").start_as_current_span("fail"):
    try:
        client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "fail"}])
    except openai.APIStatusError as error:
        status = error.status_code

assert provider.force_flush()
print(json.dumps({"said": reply.choices[0].message.content, "failed_with": status}))
