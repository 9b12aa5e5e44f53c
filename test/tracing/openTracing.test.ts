import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { expect } from 'chai'
import { openTracing, tracingWarnings } from '../../src/tracing/openTracing.ts'

const REGISTERED = Symbol.for('opentelemetry.js.api.1')
const here = globalThis as { [REGISTERED]?: unknown }

describe('whoever takes spans', () => {
  const before = here[REGISTERED]
  afterEach(() => {
    for (const api of [trace, context, propagation]) api.disable()
    if (before === undefined) delete here[REGISTERED]
    else here[REGISTERED] = before
  })

  it('is nobody where nothing was registered', () => {
    expect(openTracing()).to.equal(null)
    expect(tracingWarnings()).to.deep.equal([])
  })

  it('is not heard of through an older version of the API, which is told of', () => {
    here[REGISTERED] = { version: '1.9.0', trace: { getTracer: () => 'a tracer' } }
    expect(openTracing()).to.equal(null)
    expect(tracingWarnings().join()).to.include('@opentelemetry/api 1.9.0, which is older')
  })

  it('is told what of it is missing', () => {
    trace.setGlobalTracerProvider(new TracerProvider())
    expect(openTracing()).not.to.equal(null)
    expect(tracingWarnings().join()).to.include('context manager').and.to.include('propagator')
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    expect(tracingWarnings()).to.deep.equal([])
  })
})
