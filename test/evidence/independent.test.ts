import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { recordOf } from '../../src/evidence/record.ts'
import { buildGoChecker, type GoChecker } from '../support/goChecker.ts'
import { eventsOf, readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kycHere } from '../support/service/kycHere.ts'

const LOG = new URL('../fixtures/logs/format-2/events.db', import.meta.url)

describe("a sealed log, checked by Go's sumdb", () => {
  let check: GoChecker

  before(function () {
    this.timeout(120_000)
    const built = buildGoChecker()
    if (built === null) this.skip()
    else check = built
  })

  it('is the log that the checkpoint was signed over, and no other', async () => {
    const directory = newDirectory()
    copyFileSync(LOG, join(directory, 'events.db'))
    const [key = ''] = (await kycHere(directory, ['seal-key'])).stdout.split('\n')
    const seal = await kycHere(directory, ['seal'])
    const records = (await readingLog(directory, eventsOf)).map(recordOf)
    const accepted = check(seal.stdout, key, records)
    expect(accepted, accepted.stdout).to.deep.equal({
      status: 0,
      stdout: `${seal.stdout.split('\n')[0]}: ${records.length} leaves\n`,
    })
    const last = Buffer.from(records.at(-1) ?? [])
    last[last.length - 1] = (last.at(-1) ?? 0) ^ 1
    expect(check(seal.stdout, key, [...records.slice(0, -1), last]).status).to.equal(1)
    expect(check(seal.stdout, key, records.slice(0, -1)).status).to.equal(1)
    expect(check(seal.stdout, key, records.toSpliced(3, 2, ...records.slice(3, 5).reverse())).status).to.equal(1)
    const [, size = ''] = seal.stdout.split('\n')
    expect(check(seal.stdout.replace(size, String(Number(size) - 1)), key, records).stdout).to.contain(
      'invalid signature',
    )
  })
})
