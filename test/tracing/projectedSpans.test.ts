import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect } from 'chai'
import { projectedSpans } from '../../src/service/projectedSpans.ts'
import { linkToAppend } from '../../src/tracing/appendedUnder.ts'
import { openTracing } from '../../src/tracing/openTracing.ts'
import { makeSpans, tracing } from '../../src/tracing/tracing.ts'

describe('the spans until an append can be read', () => {
  const exporter = new InMemorySpanExporter()
  before(() => {
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    makeSpans(openTracing())
  })
  after(() => {
    makeSpans(null)
    for (const api of [trace, context]) api.disable()
  })
  afterEach(() => exporter.reset())

  const positionOf = (n: number): string => String(n).padStart(16, '0')
  const spans = projectedSpans()
  /** Appends in a span of its own. */
  const append = (n: number): void => {
    const by = tracing()
    const span = by?.begin('append', {}, null)
    if (span !== undefined) by?.within(span, () => spans.appended(positionOf(n)))
    span?.end()
  }
  const projected = (): readonly unknown[] =>
    exporter
      .getFinishedSpans()
      .filter(({ name }) => name === 'project')
      .map(({ attributes }) => attributes)

  it('end together where they are reached together, and not before', () => {
    for (const n of [1, 2, 3]) append(n)
    spans.reached(null)
    expect(projected()).to.deep.equal([])
    spans.reached(positionOf(2))
    expect(projected()).to.deep.equal(Array(2).fill({ 'kyc.projected': true, 'kyc.projected.appends': 2 }))
    expect(linkToAppend(positionOf(3))).to.have.length(1)
    expect(linkToAppend(positionOf(4))).to.deep.equal([])
  })

  it('end at once where the projection was faster than the answer to the append', () => {
    spans.reached(positionOf(10))
    exporter.reset()
    append(9)
    expect(projected()).to.deep.equal([{ 'kyc.projected': true, 'kyc.projected.appends': 1 }])
  })

  it('end unreached where more than a thousand are waited for, and at the end of the service', () => {
    for (let n = 11; n < 1013; n += 1) append(n)
    expect(projected()).to.deep.equal(Array(2).fill({ 'kyc.projected': false }))
    spans.stop()
    expect(projected()).to.have.length(1002)
  })
})
