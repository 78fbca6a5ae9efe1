// Spans made with OpenTelemetry's own API and sent by its own exporters, in protobuf or in JSON.
// Where they go is told by OpenTelemetry's environment variables.

import {OTLPTraceExporter as JsonExporter} from '@opentelemetry/exporter-trace-otlp-http';
import {OTLPTraceExporter as ProtobufExporter} from '@opentelemetry/exporter-trace-otlp-proto';
import {BasicTracerProvider, BatchSpanProcessor} from '@opentelemetry/sdk-trace-base';
import {context, SpanStatusCode, trace} from '@opentelemetry/api';

const exporter = process.env.PROTOCOL === 'json' ? new JsonExporter() : new ProtobufExporter();
const provider = new BasicTracerProvider({spanProcessors: [new BatchSpanProcessor(exporter)]});
const tracer = provider.getTracer('program', '1');

const outer = tracer.startSpan('outer');
const inner = tracer.startSpan('inner', {}, trace.setSpan(context.active(), outer));
inner.setAttribute('input.value', JSON.stringify({question: 'naïve 🙂'}));
inner.setAttribute('output.value', 42);
inner.setAttribute('tags', ['a', 'b']);
inner.recordException(new Error('it broke'));
inner.setStatus({code: SpanStatusCode.ERROR, message: 'it failed'});
inner.end();
outer.end();
await provider.forceFlush();
await provider.shutdown();
console.log(JSON.stringify({trace: outer.spanContext().traceId}));
