import { expect } from 'chai'
import { Registry } from 'prom-client'
import { countProviderRequests, heardBy } from '../../src/metrics/providerRequests.ts'

describe('requests to the provider', () => {
  it('are counted by what was asked for and what came of it', async () => {
    const registry = new Registry()
    const heard = heardBy(countProviderRequests(registry))
    for (const status of [200, 201, 302, 401, 403, 404, 429, 500, 522, null]) heard('retry query', status)
    heard('user', 200)
    const told = (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('kyc_') && !line.endsWith(' 0'))
    expect(told.map((line) => line.replace('kyc_provider_requests_total', '')).sort()).to.deep.equal([
      '{asked="retry",outcome="answered"} 2',
      '{asked="retry",outcome="busy"} 1',
      '{asked="retry",outcome="failing"} 2',
      '{asked="retry",outcome="no_answer"} 1',
      '{asked="retry",outcome="other"} 2',
      '{asked="retry",outcome="refused"} 2',
      '{asked="user",outcome="answered"} 1',
    ])
  })
})
