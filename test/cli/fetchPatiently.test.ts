import { writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { postToService } from '../../src/cli/askService.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'

const BOUND = { headersTimeout: 100, bodyTimeout: 100 }
/** In a process of its own `fetch` is as impatient. */
const IMPATIENT = `import { Agent, setGlobalDispatcher } from '${import.meta.resolve('undici')}'
setGlobalDispatcher(new Agent(${JSON.stringify(BOUND)}))`

/** An hour goes by for what undici times, which counts from the first time on that it is looked at. */
const { tick } = createRequire(import.meta.url)('undici/lib/util/timers.js') as { readonly tick: (ms: number) => void }
const afterAnHour = (): void => {
  tick(0)
  tick(3_600_000)
}

describe('a command that waits for a long answer', () => {
  const usual = getGlobalDispatcher()
  const impatient = new Agent(BOUND)
  let close: () => void
  before(() => setGlobalDispatcher(impatient))
  after(async () => {
    setGlobalDispatcher(usual)
    await impatient.close()
  })
  afterEach(() => close())

  /** Where a service begins its answer, and goes on with it, only after a `fetch` that asked later has given up. */
  const slow = async (type: string, [beginning, rest]: readonly [string, string]): Promise<string> => {
    const server = createServer((req, res) => {
      if (req.url === '/silent') return
      if (req.url === '/halting') res.writeHead(200).write('a beginning')
      else void answer(res)
    })
    const listening = new Promise((resolve) => server.once('listening', resolve))
    server.listen(0, '127.0.0.1')
    await listening
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const givenUp = async (path: string): Promise<void> => {
      const read = fetch(`${url}${path}`).then((response) => response.text())
      const why = await read.then(String, ({ cause }: Error) => (cause as Error).name)
      expect(why).to.match(/TimeoutError$/)
    }
    const answer = async (res: ServerResponse): Promise<void> => {
      await givenUp('/silent')
      afterAnHour()
      res.writeHead(200, { 'content-type': type }).write(beginning)
      await givenUp('/halting')
      afterAnHour()
      res.end(rest)
    }
    close = () => {
      server.close()
      server.closeAllConnections()
    }
    return url
  }

  it('outlasts what fetch gives up on: evidence', async () => {
    const url = await slow('application/x-tar', ['an arch', 'ive'])
    const done = await kyc(newDirectory(), ['evidence', '77'], {
      KYC_URL: url,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(IMPATIENT)}`,
    })
    expect(done).to.include({ code: 0, stdout: 'an archive', stderr: '' })
  })

  it('outlasts what fetch gives up on: what is asked with a key', async () => {
    const keyFile = join(newDirectory(), 'key')
    writeFileSync(keyFile, 'key-of-somebody')
    const url = await slow('application/json', ['{"erasures":', '[]}'])
    expect(await postToService({ url, keyFile }, '/erasures/due', {})).to.deep.equal({ erasures: [] })
  })
})
