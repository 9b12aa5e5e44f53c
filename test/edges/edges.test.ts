import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { own } from '../support/service/children.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** `EDGES_COUNT=100000 npx mocha test/edges/edges.test.ts --timeout 0` for the full size. */
const COUNT = process.env['EDGES_COUNT'] ?? '60'

describe('a log that is larger than anybody has', () => {
  it('is taken to, asked about, proven and erased: each step as the others', async () => {
    const words = ['--only', 'one-user', '--count', COUNT]
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
    const child = own(spawn(process.execPath, [MAIN, ...words], { env: { ...ENVIRONMENT }, stdio }))
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
    const steps = said.split('\n').map((line) => line.slice('00:00:00 '.length))
    const of = (name: string): string => steps.find((line) => line.startsWith(`${name}: `)) ?? said
    const count = Number(COUNT)
    expect(of('a new delivery')).to.include(`200 appended at ${count}, `)
    expect(of('the same again')).to.include(`200 duplicate at ${count}, `)
    expect(of('a late one')).to.include(`200 appended at ${count + 3}, `)
    for (const name of ['the status', 'asOf', 'knownAt', 'history, last page', 'events, last page', 'page', 'evidence'])
      expect(of(name)).to.match(/: 200, [\d,]+ bytes; /)
    expect(of('evidence checked')).to.include('exit code 0')
    expect(of('erasure')).to.include('completed, ')
    expect(of('the status of the erased')).to.include(': 410, ')
    expect(said).to.include('stopped with 0')
    expect(said).to.not.include('FAILED')
  })
})
