import { join } from 'node:path'
import { expect } from 'chai'
import type { Instant } from '../../../domain/instant.ts'
import { readPolicy } from '../../../domain/retention/policy.ts'
import type { KycStatusRow } from '../../../projections/kycStatus.ts'
import { openReadModelSnapshot } from '../../../src/readModel/database/snapshot.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { userId } from '../../support/events/storedEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { right } from '../../support/right.ts'

const FIRST: KycStatusRow = {
  userId: userId('101'),
  revision: 3,
  status: 'pending',
  since: 1000 as Instant,
  nextReviewDate: '2030-01-01',
  anomalies: ['echo'],
  drift: { 'pending-long': 1000 as Instant },
  retention: { basis: { rule: 'ended', since: 1000 as Instant }, countries: [], anomalies: [] },
  body: '{"status":"pending"}',
}
/** What may be another thing in the next row of a user. */
const OTHERWISE: Readonly<Record<string, Partial<KycStatusRow>>> = {
  'the revision': { revision: 4 },
  'the answer': { body: '{"status":"pending","events":5}' },
  'the status': { status: 'validated' },
  'since when': { since: 2000 as Instant },
  'no time': { since: null },
  'the next review': { nextReviewDate: '2031-01-01' },
  'no next review': { nextReviewDate: null },
  'the anomalies': { anomalies: ['no-request-seen'] },
  'no anomalies': { anomalies: [] },
  'when drift began': { drift: { 'pending-long': 2000 as Instant } },
  'another drift': { drift: { 'observed-otherwise': 0 as Instant } },
  'more drift': { drift: { 'pending-long': 1000 as Instant, 'never-heard': 0 as Instant } },
  'no drift': { drift: {} },
  'how long he is kept': {
    retention: { basis: { rule: 'refused', since: 2000 as Instant }, countries: [], anomalies: [] },
  },
  'nothing of how long': { retention: null },
}

/** All that a read model holds once it was written so. */
const heldBy = (write: (model: ReadModelWriter) => void): Readonly<Record<string, unknown>> => {
  const file = join(newDirectory(), 'read-model.db')
  const model = openReadModelWriter(file)
  model.goBy(right(readPolicy({ version: 1 })))
  write(model)
  model.close()
  const snapshot = openReadModelSnapshot(file)
  try {
    const tables = ['kyc_status', 'user_anomaly', 'user_drift', 'tally', 'due']
    return Object.fromEntries(tables.map((table) => [table, [...snapshot.rows(table)]]))
  } finally {
    snapshot.close()
  }
}

/** The same once these rows were put, one after the other. */
const heldAfter = (rows: readonly KycStatusRow[]): Readonly<Record<string, unknown>> =>
  heldBy((model) => rows.forEach(model.put))

describe('the row of a user', () => {
  for (const [what, other] of Object.entries(OTHERWISE)) {
    it(`leaves nothing of the one before where it tells another thing: ${what}`, () => {
      const next = { ...FIRST, ...other }
      const alone = heldAfter([next])
      expect(heldAfter([FIRST, next])).to.deep.equal(alone)
      // What is put a second time is known when it is put once more, without a look.
      expect(heldAfter([FIRST, { ...FIRST, revision: 2 }, next])).to.deep.equal(alone)
      expect(heldAfter([FIRST])).to.not.deep.equal(alone)
    })
  }

  /** With its second row a user is one whose listing is remembered. */
  const AGAIN = { ...FIRST, revision: 4 }
  const OTHER: KycStatusRow = { ...FIRST, revision: 5, status: 'validated', body: '{"status":"validated"}' }
  const erasure = { userId: FIRST.userId, erasedAt: '2030-01-01T00:00:00Z', erasure: 0, revision: 0 }

  for (const [whose, before] of [
    ['of somebody new', []],
    ['of somebody known', [FIRST, AGAIN]],
  ] as const) {
    it(`is written whole where the transaction of the one before it was broken off, ${whose}`, () => {
      const again = heldBy((model) => {
        before.forEach(model.put)
        model.begin()
        model.put(OTHER)
        model.rollback()
        model.put(OTHER)
      })
      expect(again).to.deep.equal(heldAfter([OTHER]))
    })
  }

  it('is found from when it was put, whoever looked for it before, and no more once that was broken off', () => {
    heldBy((model) => {
      const found = () => [model.revisionOf(FIRST.userId), model.toldOf(FIRST.userId)?.status ?? null]
      const none = [null, null]
      expect(found()).to.deep.equal(none)
      model.begin()
      model.put(FIRST)
      expect(found()).to.deep.equal([3, 'pending'])
      model.rollback()
      expect(found()).to.deep.equal(none)
      model.put(FIRST)
      expect(found()).to.deep.equal([3, 'pending'])
    })
  })

  it('is written whole where the one before it was erased', () => {
    const again = heldBy((model) => {
      model.put(FIRST)
      model.put(AGAIN)
      model.eraseUser(erasure)
      model.put(AGAIN)
    })
    expect(again).to.deep.equal(heldAfter([AGAIN]))
  })

  it('is found again once his erasure was broken off', () => {
    heldBy((model) => {
      model.put(FIRST)
      model.begin()
      model.eraseUser(erasure)
      expect([model.revisionOf(FIRST.userId), model.toldOf(FIRST.userId)]).to.deep.equal([null, null])
      model.rollback()
      expect([model.revisionOf(FIRST.userId), model.toldOf(FIRST.userId)?.status]).to.deep.equal([3, 'pending'])
    })
  })
})
