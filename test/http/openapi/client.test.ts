import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import createClient from 'openapi-fetch'
import { deliverAll } from '../../../src/demo/deliverAll.ts'
import type { paths } from '../../support/client/api.ts'
import { headOfTypes } from '../../support/client/head.ts'
import { answered } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'

const TYPES = readFileSync(new URL('../../support/client/api.ts', import.meta.url), 'utf8')

describe('a client that is generated from the description', () => {
  const service = sharedService()
  before(async () => {
    const delivered = await deliverAll(service().url, 'development')
    const positions = delivered.flatMap(({ events }) => events.map(({ position }) => position))
    const ask = () => service().get(`/users/6461762/kyc?minPosition=${positions.toSorted().at(-1)}`)
    const response = await answered(ask)
    expect(response.status, await response.text()).to.equal(200)
  })

  it('is made of the description as it is now (npm run client)', () => {
    expect(TYPES.slice(0, TYPES.indexOf('\n') + 1)).to.equal(headOfTypes())
  })

  it('asks for a status, with types for what is answered', async () => {
    const client = createClient<paths>({ baseUrl: service().url })
    const { data, error } = await client.GET('/users/{userId}/kyc', { params: { path: { userId: '6461762' } } })
    expect(error).to.equal(undefined)
    const verified: boolean | undefined = data?.verified
    const level: string | undefined = data?.legacy.level?.name
    expect({ verified, level, status: data?.status }).to.deep.equal({
      verified: true,
      level: 'REGULAR',
      status: 'validated',
    })
  })

  it('follows the pages of a list', async () => {
    const client = createClient<paths>({ baseUrl: service().url })
    const users: string[] = []
    let after: string | undefined
    for (;;) {
      const query = after === undefined ? { limit: 3 } : { limit: 3, after }
      const { data } = await client.GET('/users', { params: { query } })
      users.push(...(data?.users ?? []).map(({ userId }) => userId))
      if (data === undefined || data.next === null) break
      after = users.at(-1)
    }
    expect(users).to.have.length(8).and.to.include('6461762')
  })

  it('decides by the type of a problem', async () => {
    const client = createClient<paths>({ baseUrl: service().url })
    const { error, response } = await client.GET('/users/{userId}/kyc', { params: { path: { userId: '99' } } })
    expect(response.status).to.equal(404)
    expect(error?.type).to.equal('/problems/unknown-user')
  })
})
