import { expect } from 'chai'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { later } from '../../src/http/later.ts'

const [req, res] = [{} as Request, {} as Response]
const next: NextFunction = () => undefined

describe('a handler that is loaded later', () => {
  it('is loaded with the first request, once, whoever asks meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<RequestHandler>()
    let loaded = 0
    let handled = 0
    const handler = later(() => {
      loaded += 1
      return promise
    })
    expect(loaded).to.equal(0)
    const asked = [handler(req, res, next), handler(req, res, next)]
    resolve(() => {
      handled += 1
    })
    await Promise.all(asked)
    await handler(req, res, next)
    expect([loaded, handled]).to.deep.equal([1, 3])
  })

  it('that cannot be loaded fails the request, and is tried again with the next', async () => {
    let isThere = false
    const handler = later(async () => {
      if (!isThere) throw new Error('not there')
      return () => undefined
    })
    const said = async (): Promise<string> => {
      try {
        await handler(req, res, next)
        return 'handled'
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(await said()).to.equal('not there')
    isThere = true
    expect(await said()).to.equal('handled')
  })
})
