import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { pino } from 'pino'
import type { TrustProxy } from '../../src/config/trustProxy.ts'
import { httpListener, type Routes } from '../../src/http/app.ts'
import { type DirectHandler, handleDirectly } from '../../src/http/direct.ts'
import { sourceOfRequest } from '../../src/http/gate/sourceAddress.ts'
import { showProblems } from '../../src/http/problem.ts'
import type { Logger } from '../../src/log/log.ts'
import { expectProblem } from '../support/service/answers.ts'

interface Served {
  readonly log?: Logger
  readonly more?: Routes
  readonly trustProxy?: TrustProxy
}

const silent = pino({ level: 'silent' })

describe('what is answered without Express, and the same in another spelling of its path', () => {
  /** Does something with each of the two ways to the same handler. */
  const onBothWays = async (
    handler: DirectHandler,
    does: (post: (headers?: Readonly<Record<string, string>>) => Promise<Response>) => Promise<unknown>,
    { log = silent, more = () => undefined, trustProxy = [] }: Served = {},
  ): Promise<void> => {
    const routes: Routes = (app) => {
      more(app)
      handleDirectly(app, 'POST', '/here', handler)
      app.post('/here', (req, res) => handler(req, res, () => res))
    }
    const server = createServer(httpListener([routes], log, trustProxy)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      for (const path of ['/here', '/here/'])
        await does((headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x', headers }))
    } finally {
      server.close().closeAllConnections()
    }
  }
  const failing: DirectHandler = async () => {
    throw new Error('it fails')
  }
  const expectFailed = async (post: () => Promise<Response>) => {
    const response = await post()
    expect(response.headers.get('retry-after')).to.equal(null)
    expect(response.headers.get('x-content-type-options')).to.equal('nosniff')
    await expectProblem(response, 500, 'internal-error')
  }

  it('is a problem where the handler fails', () => onBothWays(failing, expectFailed))

  it('is a problem where nothing can be logged of that', () => {
    const log = pino({ level: 'silent' })
    log.error = () => {
      throw new Error('no log')
    }
    return onBothWays(failing, expectFailed, { log })
  })

  it('is a problem where no problem can be shown', async () => {
    const said: unknown[] = []
    const log = pino({ level: 'error' }, { write: (line) => void said.push(JSON.parse(line).msg) })
    const more: Routes = (app) =>
      showProblems(app, (res) => {
        res.set('Retry-After', '1')
        throw new Error('no page')
      })
    await onBothWays(failing, expectFailed, { log, more })
    const told = ['a request failed', 'a request could not be answered']
    expect(said).to.deep.equal([...told, ...told])
  })

  it('is broken off where the handler fails in the middle of its answer', () =>
    onBothWays(
      async (_req, res) => {
        res.writeHead(200, { 'Content-Length': 10 }).write('begun')
        throw new Error('it fails')
      },
      async (post) => {
        const read = async () => (await post()).text()
        expect(await read().catch((error: Error) => error.name)).to.equal('TypeError')
      },
    ))

  it('is Express’s once that is asked for, and stays so', async () => {
    const seen: unknown[] = []
    await onBothWays(
      async (_req, _res, asExpress) => {
        const res = asExpress()
        res.locals['kept'] = true
        const { req, locals } = asExpress()
        const { baseUrl, params, ip, protocol, query, route } = req
        const url = req.originalUrl.replace(/\/$/, '')
        seen.push({ url, baseUrl, params: { ...params }, ip, protocol, query: { ...query }, route: route.path, locals })
        expect([req.res === res, req.app === res.app, 'toString' in locals]).to.deep.equal([true, true, false])
        res.status(201).json({})
      },
      async (post) => expect((await post()).status).to.equal(201),
    )
    expect(seen).to.have.length(2)
    expect(seen[0]).to.deep.equal(seen[1])
  })

  for (const [whom, trustProxy, named] of [
    ['a proxy that is believed', ['loopback'], ['127.0.0.1', '192.0.2.1', '127.0.0.1', '203.0.113.9', '127.0.0.1']],
    ['nobody', [], Array(5).fill('127.0.0.1')],
  ] as const)
    it(`is put down to whomever ${whom} names, for each request of a connection anew`, () =>
      onBothWays(
        async (req, res) => void res.end(sourceOfRequest(req)),
        async (post) => {
          const sources: string[] = []
          for (const forwarded of [null, '192.0.2.1', null, '192.0.2.1, 203.0.113.9', ''])
            sources.push(await (await post(forwarded === null ? {} : { 'x-forwarded-for': forwarded })).text())
          expect(sources).to.deep.equal(named)
        },
        { trustProxy },
      ))
})
