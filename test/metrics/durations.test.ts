import { expect } from 'chai'
import { Registry } from 'prom-client'
import { measureDurations } from '../../src/metrics/durations.ts'

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
