import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { later } from '../../src/http/later.ts'

const [req, res] = [{} as Request, {} as Response]
const next: NextFunction = () => undefined

const HTTP = new URL('../../src/http/', import.meta.url).pathname
/** What a request alone needs, by its files. */
const LATER = globSync('**/*.ts', { cwd: HTTP }).flatMap((file) =>
  [...readFileSync(join(HTTP, file), 'utf8').matchAll(/await import\('([^']+)'\)/g)].map(([, path = '']) =>
    join(HTTP, file, '..', path),
  ),
)

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

  it('fails the request where it fails itself, and nobody else', async () => {
    const handler = later(async () => async () => {
      throw new Error('no room')
    })
    const failed = await Promise.resolve(handler(req, res, next)).catch(({ message }: Error) => message)
    expect(failed).to.equal('no room')
  })

  it('reads no other file while it is loaded: what throws then is never loaded again, however often it is asked for', async () => {
    expect(LATER).to.include(join(HTTP, 'page/user/userPage.ts')).and.include(join(HTTP, 'evidence/evidenceFile.ts'))
    const script = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const isCode = (file) => /\\.(ts|js|cjs|mjs|json|node)$/.test(String(file))
      for (const name of ['readFileSync', 'openSync', 'readdirSync']) {
        const as = fs[name]
        fs[name] = (file, ...how) => {
          if (typeof file !== 'number' && !isCode(file)) throw new Error('too many open files: ' + file)
          return as(file, ...how)
        }
      }
      syncBuiltinESMExports()
      for (const file of ${JSON.stringify([...new Set(LATER)])})
        await import(file).catch(({ message }) => console.log(file + ': ' + message))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
    expect(stdout).to.equal('')
  })
})
