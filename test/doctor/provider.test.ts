import { expect } from 'chai'
import { type Config, readConfig } from '../../src/config/config.ts'
import { lookAtProvider } from '../../src/doctor/provider.ts'
import { right } from '../support/right.ts'
import * as fault from '../support/treezorApi/faults.ts'
import { type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'

describe('what the doctor says of the provider', () => {
  let api: TreezorApi
  let config: Config
  beforeEach(async () => {
    api = await treezorApi({ users: 3 })
    config = right(readConfig(api.environment))
  })
  afterEach(() => api.close())
  const says = async (): Promise<readonly string[]> =>
    (await lookAtProvider({ config, now: Date.now() }, { bounds: { waits: 0.001 } })).map(
      ({ verdict, says }) => `${verdict}: ${says}`,
    )

  it('is nothing where it is not asked', async () => {
    expect(await lookAtProvider({ config: right(readConfig({})), now: Date.now() })).to.deep.equal([])
  })

  it('is that it can be asked', async () => {
    expect(await says()).to.deep.equal(['ok: it can be reached, and lets this client ask about users'])
    expect(api.heard).to.have.length(2)
  })

  it('is that it does not let us in, or not ask', async () => {
    api.setSecret('another')
    expect(await says()).to.deep.equal(["fault: Treezor's API (token) does not take the credentials: it answers 401"])
    api.setSecret('invented-secret-of-the-client')
    api.fault('users', fault.status(403))
    expect(await says()).to.deep.equal(["fault: Treezor's API (users) does not let this client ask: it answers 403"])
  })

  it('is that it is out of reach for now', async () => {
    api.fault('users', fault.status(502), { times: 5 })
    expect(await says()).to.deep.equal(["warning: Treezor's API (users) is out of reach: it answers 502"])
  })
})
