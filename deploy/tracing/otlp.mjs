// Spans of kyc-ledger to a collector, by OTLP over HTTP: NODE_OPTIONS=--import=<this file>. What it is told, and which packages it needs,
// stands in docs/monitoring.md, section "Tracing".
import { isMainThread } from 'node:worker_threads'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** Of so many traces that begin here, from 0 to 1, one is kept. */
const share = Number(process.env.OTEL_TRACES_SAMPLER_ARG ?? '1')

/**
 * Whoever has a key of this service is believed when he says that his trace is sampled. A delivery may come from anybody, before its signature is
 * looked at: neither the flag nor the trace id in its `traceparent` decides, since both are the sender's choice.
 */
class BelievesNoStranger {
  #believing = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) })

  shouldSample(parent, traceId, name, kind, attributes, links) {
    const above = trace.getSpanContext(parent)
    if (above?.isRemote && attributes['http.route'] === '/webhooks/treezor') {
      return { decision: Math.random() < share ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD }
    }
    return this.#believing.shouldSample(parent, traceId, name, kind, attributes, links)
  }

  toString() {
    return `BelievesNoStranger{${share}}`
  }
}

// The threads of the service load this file as well, and make no spans.
if (isMainThread) {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'kyc-ledger' }))
    .merge(detectResources({ detectors: [envDetector] }))
  trace.setGlobalTracerProvider(
    new TracerProvider({
      resource,
      sampler: new BelievesNoStranger(),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    }),
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
}
