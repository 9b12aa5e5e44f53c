import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { recordOf } from '../../src/evidence/record.ts'
import { eventsOf, readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'

const LOG = new URL('../fixtures/logs/format-2/events.db', import.meta.url)
const SOURCE = fileURLToPath(new URL('./check.go', import.meta.url))
/** Where Debian's packages golang-go and golang-golang-x-mod-dev put what is checked with. */
const SUMDB = '/usr/share/gocode/src/golang.org/x/mod/sumdb'

const go = (words: readonly string[], home: string) =>
  spawnSync('go', words, {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      GO111MODULE: 'off',
      GOPATH: '/usr/share/gocode',
      GOCACHE: join(home, 'cache'),
      GOTOOLCHAIN: 'local',
    },
  })

const withLengths = (events: readonly RecordedEvent[]): Buffer =>
  Buffer.concat(
    events.map(recordOf).flatMap((record) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(record.length)
      return [length, record]
    }),
  )

describe("a sealed log, checked by Go's sumdb", () => {
  const home = newDirectory()
  const checker = join(home, 'check')

  before(function () {
    this.timeout(120_000)
    if (!existsSync(SUMDB) || go(['version'], home).status !== 0) {
      console.log('      Go is not installed (Debian: golang-go, golang-golang-x-mod-dev): not checked by it')
      this.skip()
    }
    const { status, stderr } = go(['build', '-o', checker, SOURCE], home)
    expect(status, stderr).to.equal(0)
  })

  it('is the log that the checkpoint was signed over, and no other', async () => {
    const directory = newDirectory()
    copyFileSync(LOG, join(directory, 'events.db'))
    const [key = ''] = (await kyc(directory, ['seal-key'])).stdout.split('\n')
    const seal = await kyc(directory, ['seal'])
    const events = await readingLog(directory, eventsOf)
    const checked = (note: string, records: Buffer, by = key) => {
      writeFileSync(join(directory, 'checkpoint'), note)
      writeFileSync(join(directory, 'records'), records)
      const { status, stdout } = spawnSync(checker, [join(directory, 'checkpoint'), by, join(directory, 'records')], {
        encoding: 'utf8',
      })
      return { status, stdout }
    }
    const records = withLengths(events)
    const accepted = checked(seal.stdout, records)
    expect(accepted, accepted.stdout).to.deep.equal({
      status: 0,
      stdout: `${seal.stdout.split('\n')[0]}: ${events.length} leaves\n`,
    })
    const flipped = Buffer.from(records)
    flipped[records.length - 1] = (records.at(-1) ?? 0) ^ 1
    expect(checked(seal.stdout, flipped).status).to.equal(1)
    expect(checked(seal.stdout, withLengths(events.slice(0, -1))).status).to.equal(1)
    expect(checked(seal.stdout, withLengths(events.toSpliced(3, 2, ...events.slice(3, 5).reverse()))).status).to.equal(
      1,
    )
    const [, size = ''] = seal.stdout.split('\n')
    expect(checked(seal.stdout.replace(size, String(Number(size) - 1)), records).stdout).to.contain('invalid signature')
  })
})
