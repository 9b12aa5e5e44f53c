// Loaded before all else (NODE_OPTIONS=--import=…), takes the spans of a service, keeps them in its memory, and gives them to whoever asks
// at the address that it writes in a line of its own, `spans`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { SpanJson } from './spanJson.ts'

const asJson = (span: ReadableSpan): SpanJson => ({
  name: span.name,
  kind: span.kind,
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId ?? null,
  parentIsRemote: span.parentSpanContext?.isRemote ?? false,
  attributes: span.attributes,
  status: span.status,
  events: span.events.map(({ name, attributes = {} }) => ({ name, attributes })),
  links: span.links.map(({ context: { traceId, spanId }, attributes = {} }) => ({ traceId, spanId, attributes })),
  startMs: span.startTime[0] * 1000 + span.startTime[1] / 1e6,
  durationMs: span.duration[0] * 1000 + span.duration[1] / 1e6,
})

if (isMainThread) {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  const server = createServer((_req, res) => res.end(JSON.stringify(exporter.getFinishedSpans().map(asJson))))
  server.unref().listen(0, '127.0.0.1', () => {
    process.stdout.write(`{"spans":"http://127.0.0.1:${(server.address() as AddressInfo).port}/"}\n`)
  })
}
