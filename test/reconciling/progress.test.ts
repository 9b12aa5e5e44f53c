import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import { openProgress } from '../../src/reconciling/progress.ts'
import { newDirectory } from '../support/newDirectory.ts'

const AT = parseRfc3339('2026-03-01T10:00:00.123456Z') as Instant
const [ONE, OTHER] = ['4711', '815'] as unknown as readonly [UserId, UserId]
const SWEEP = { begunAt: AT, through: ONE, endedAt: null }

describe('the progress of reconciling', () => {
  it('is there again after whatever ended the process, of the same log', () => {
    const directory = newDirectory()
    const before = openProgress(directory, 'log')
    expect([before.sweep(), before.suspectsThrough(), before.checkedAt(ONE)]).to.deep.equal([null, null, null])
    before.noteSweep(SWEEP, [ONE], AT)
    before.noteSuspects(OTHER, [OTHER], AT)
    before.close()
    const after = openProgress(directory, 'log')
    expect(after.node).to.equal(before.node)
    expect(after.sweep()).to.deep.equal(SWEEP)
    expect([after.suspectsThrough(), after.checkedAt(ONE), after.checkedAt(OTHER)]).to.deep.equal([OTHER, AT, AT])
    after.close()
  })

  it('is begun anew of another log, and where the file is damaged', () => {
    const directory = newDirectory()
    const file = join(directory, 'reconciliation.db')
    for (const log of ['log', 'other', 'other']) {
      const progress = openProgress(directory, log)
      expect(progress.sweep()).to.equal(null)
      progress.noteSweep(SWEEP, [ONE], AT)
      progress.close()
      const bytes = readFileSync(file)
      if (log === 'other') writeFileSync(file, bytes.fill(7, 0, bytes.length))
    }
    openProgress(directory, 'other').close()
  })

  it('holds nothing of an erased user', () => {
    const directory = newDirectory()
    const progress = openProgress(directory, 'log')
    progress.noteSuspects('98765432109876' as UserId, ['98765432109876' as UserId, OTHER], AT)
    progress.forget(['98765432109876' as UserId])
    expect([progress.checkedAt('98765432109876' as UserId), progress.suspectsThrough()]).to.deep.equal([null, null])
    expect(progress.checkedAt(OTHER)).to.equal(AT)
    progress.close()
    expect(readFileSync(join(directory, 'reconciliation.db')).includes('98765432109876')).to.equal(false)
  })
})
