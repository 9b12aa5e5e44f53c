import { expect } from 'chai'
import type { Express } from 'express'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import type { Service } from '../../../src/service/startService.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { appAt, startHere } from '../../support/service/inProcess.ts'
import { routesOf } from '../../support/service/routes.ts'

const described = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
)

describe('the description of the API', () => {
  let service: Service
  let app: Express
  before(async () => {
    // Without the pages for persons: of those no description is made.
    service = await startHere(newDirectory(), { PAGE: 'off' })
    app = await appAt(service.url)
  })
  after(() => service.stop())

  it('has every route of the service, and no other', () => {
    const routes = routesOf(app)
    expect(routes.length).to.be.greaterThan(20)
    expect(described.toSorted()).to.deep.equal([...new Set(routes)].toSorted())
  })

  it('gives each operation a name of its own, and names every parameter of its path', () => {
    const operations = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
      Object.values(item).map((operation) => ({ path, operation })),
    )
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).to.equal(names.length)
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      expect(inPath, path).to.deep.equal([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    }
  })

  it('is served to whoever asks, without a key', async () => {
    const response = await fetch(`${service.url}/openapi.json`)
    expect(response.status).to.equal(200)
    expect(await response.json()).to.deep.equal(JSON.parse(JSON.stringify(DOCUMENT)))
  })

  it('comes with a path for each method that it does not know', async () => {
    for (const [path, item] of Object.entries(DOCUMENT.paths)) {
      const url = service.url + path.replace('{path}', '0/000').replaceAll(/\{\w+\}/g, '1')
      const allowed = [...('get' in item ? ['GET', 'HEAD'] : []), ...('post' in item ? ['POST'] : [])].join(', ')
      for (const method of ['POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'OPTIONS', 'HEAD']) {
        if (allowed.split(', ').includes(method)) continue
        const response = await fetch(url, { method })
        await response.arrayBuffer()
        expect(response.status, `${method} ${path}`).to.equal(method === 'OPTIONS' ? 204 : 405)
        expect(response.headers.get('allow'), path).to.equal(allowed)
      }
    }
  })
})
