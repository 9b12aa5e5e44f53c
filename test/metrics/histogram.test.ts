import { expect } from 'chai'
import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { measureDurations } from '../../src/metrics/durations.ts'
import { histogramIn } from '../../src/metrics/histogram.ts'

const BOUNDS = [0.001, 0.01, 2.5]
const SERIES = [
  { method: 'GET', route: '/users' },
  { method: 'POST', route: '/webhooks/"treezor"' },
] as const

describe('a histogram', () => {
  it('is shown as prom-client shows its own', async () => {
    const observed = fc.record({
      of: fc.constantFrom(...SERIES),
      seconds: fc.oneof(fc.constantFrom(0, ...BOUNDS), fc.double({ min: 0, max: 5, noNaN: true })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(observed), async (all) => {
        const [ours, theirs] = [new Registry(), new Registry()]
        const add = histogramIn(ours, 'took_seconds', 'How long it took', BOUNDS)
        const series = new Map(SERIES.map((labels) => [labels, add(labels)] as const))
        const histogram = new Histogram({
          name: 'took_seconds',
          help: 'How long it took',
          labelNames: ['method', 'route'],
          buckets: BOUNDS,
          registers: [theirs],
        })
        for (const labels of SERIES) histogram.zero(labels)
        for (const { of, seconds } of all) {
          series.get(of)?.(seconds)
          histogram.observe(of, seconds)
        }
        expect(await ours.metrics()).to.equal(await theirs.metrics())
      }),
    )
  })

  it('without labels is there from the start', async () => {
    const [ours, theirs] = [new Registry(), new Registry()]
    histogramIn(ours, 'took_seconds', 'How long it took', BOUNDS)()
    new Histogram({ name: 'took_seconds', help: 'How long it took', buckets: BOUNDS, registers: [theirs] })
    expect(await ours.metrics()).to.equal(await theirs.metrics())
  })
})

describe('the requests that took their time', () => {
  it('are told apart by method, route and status', async () => {
    const registry = new Registry()
    const { request } = measureDurations(registry)
    const asked = [
      ['GET', '/users', 200],
      ['POST', '/users', 200],
      ['GET', '/users', 404],
      ['GET', '/events', 200],
    ] as const
    for (const [method, route, status] of asked) request(method, route, String(status), 1)
    const text = await registry.metrics()
    for (const [method, route, status] of asked)
      expect(text).to.include(
        `kyc_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"} 1\n`,
      )
  })
})
