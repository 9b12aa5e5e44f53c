import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'

const DEMO = new URL('../../src/demo/main.ts', import.meta.url).pathname

describe('the demo', () => {
  it('delivers the nineteen documented webhooks, tells what became of them, and ends by itself', () => {
    const { status, stdout } = spawnSync(process.execPath, [DEMO], { encoding: 'utf8', timeout: 60_000 })
    expect(status).to.equal(0)
    const rows = stdout.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.filter((row) => /\| appended +\| duplicate, duplicate +\|/.test(row))).to.have.length(19)
    expect(stdout).to.match(/\| 6461762 +\| validated \| legacy +\| 2022-05-30T14:11:02\.072Z/)
    expect(stdout).to.match(/\| 1 +\| validated \| lifecycle/)
    expect(stdout).to.include('curl -s')
  })

  it('says why it cannot start, and leaves nothing behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const TMPDIR = newDirectory()
    const { status, stderr } = spawnSync(process.execPath, [DEMO, '--keep'], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, TMPDIR, PORT: String((taken.address() as AddressInfo).port) },
    })
    taken.close()
    expect(status).to.equal(1)
    expect(stderr).to.match(
      /^the demo cannot start: cannot listen on port \d+ of .*: it is in use by another process: .*\n$/,
    )
    expect(readdirSync(TMPDIR)).to.deep.equal([])
  })
})
