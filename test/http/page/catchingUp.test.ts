import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { pino } from 'pino'
import { OPEN_TO_ALL } from '../../../src/access/authentication.ts'
import { httpApp } from '../../../src/http/app.ts'
import { type PageSources, pageRoutes } from '../../../src/http/page/page.ts'
import { HTML } from '../../support/page/signedIn.ts'

describe('a page of a read model that has not caught up with the log', () => {
  let server: Server
  before(async () => {
    const readModel = { reader: () => null, hasCaughtUp: () => false, position: () => null }
    const sources = {
      readModel,
      authentication: OPEN_TO_ALL,
      warnings: [],
      now: () => 0,
      deliveries: { authentication: OPEN_TO_ALL },
    } as unknown as PageSources
    server = httpApp([pageRoutes(sources)], pino({ level: 'silent' })).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())
  const get = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers: HTML })

  it('says so, and when to come again', async () => {
    const response = await get('/users?status=pending')
    expect([response.status, response.headers.get('retry-after')]).to.deep.equal([503, '1'])
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8')
    const text = await response.text()
    expect(text).to.include('The read model is catching up with the log')
    expect(text).to.include('<a href="/users?status=pending">the same page</a>')
  })

  it('begins with what there is', async () => {
    const response = await get('/')
    expect(response.status).to.equal(200)
    expect(await response.text())
      .to.include('how users stand can be told in a moment')
      .and.to.include('Find a user')
  })
})
