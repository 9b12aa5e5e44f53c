import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  AT_ONCE,
  askedAt,
  DRIFT_KINDS,
  type Drift,
  type DriftAsked,
  type DriftKind,
  type DriftTime,
  driftAt,
  isInTime,
  SUSPECT_KINDS,
} from '../../../domain/answer/drift.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { readPolicy } from '../../../domain/retention/policy.ts'
import type { KycStatusRow } from '../../../projections/kycStatus.ts'
import { suspectsOf } from '../../../src/readModel/database/driftTables.ts'
import { openReadModelReader } from '../../../src/readModel/database/reader.ts'
import { usersWith } from '../../../src/readModel/database/userList.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { ALL_USERS as ALL } from '../../support/readModel/allUsers.ts'
import { right } from '../../support/right.ts'

const USERS = ['1', '2', '10', '11', '3', '4'] as readonly string[] as readonly UserId[]

const LATEST = 40

/** What of somebody may be drift: each kind, since some time, or at once. */
const drifts: fc.Arbitrary<Drift> = fc.record(
  Object.fromEntries(
    DRIFT_KINDS.map((kind) => [kind, isInTime(kind) ? fc.integer({ min: 1, max: LATEST }) : fc.constant(AT_ONCE)]),
  ) as Record<DriftKind, fc.Arbitrary<Instant>>,
  { requiredKeys: [] },
)

const times: fc.Arbitrary<DriftTime> = fc.record({
  now: fc.integer({ min: 1, max: 2 * LATEST }) as fc.Arbitrary<number> as fc.Arbitrary<Instant>,
  after: fc.integer({ min: 0, max: LATEST }),
})

const rowOf = (userId: UserId, drift: Drift, body: string): KycStatusRow => ({
  userId,
  revision: 0,
  status: 'pending',
  since: null,
  nextReviewDate: '2026-01-01',
  anomalies: Number(userId) % 2 === 0 ? ['echo'] : [],
  drift,
  retention: null,
  body,
})

const opened = () => {
  const file = join(newDirectory(), 'read-model.db')
  const model = openReadModelWriter(file)
  return { file, model, reader: openReadModelReader(file) }
}

const write = (model: ReadModelWriter, work: () => void): void => {
  model.begin()
  work()
  model.commit('1', null)
}

describe('users by what looks as if a webhook never came', () => {
  it('are listed, counted and given page by page as what is known of each says, at any time, whatever was written before', () => {
    const { model, reader } = opened()
    const known = new Map<UserId, Drift>()
    const steps = fc.array(
      fc.record({ userId: fc.constantFrom(...USERS), drift: fc.option(drifts), body: fc.constantFrom('a', 'b') }),
      { minLength: 1, maxLength: 8 },
    )
    let found = 0
    fc.assert(
      fc.property(steps, times, fc.integer({ min: 1, max: 3 }), (work, time, limit) => {
        write(model, () => {
          for (const { userId, drift, body } of work) {
            if (drift === null)
              model.eraseUser({ userId, erasedAt: '2026-01-01T00:00:00.000Z', erasure: 0, revision: 0 })
            else model.put(rowOf(userId, drift, body))
            if (drift === null) known.delete(userId)
            else known.set(userId, drift)
          }
        })
        const idsWith = (fits: (kinds: readonly DriftKind[], userId: UserId) => boolean): readonly UserId[] =>
          [...known].flatMap(([userId, drift]) => (fits(driftAt(drift, time), userId) ? [userId] : [])).sort()
        for (const kind of DRIFT_KINDS) {
          const drift = askedAt(kind, time)
          const expected = idsWith((kinds) => kinds.includes(kind))
          found += expected.length
          const list = (asked: object) => reader.users({ ...ALL, drift, ...asked }).map(({ userId }) => userId)
          expect(list({})).to.deep.equal(expected)
          expect(list({ after: '10' })).to.deep.equal(expected.filter((userId) => userId > '10'))
          expect(list({ anomaly: 'echo' })).to.deep.equal(expected.filter((userId) => Number(userId) % 2 === 0))
          expect(list({ status: 'closed' })).to.deep.equal([])
          expect(list({ status: 'pending', reviewDueBefore: '2026-01-02', limit })).to.deep.equal(
            expected.slice(0, limit),
          )
          expect(reader.usersByDrift(time)[kind]).to.equal(expected.length)
        }
        const pages: UserId[] = []
        for (let turn = 0; turn <= USERS.length; turn++) {
          const page = reader.suspects(pages.at(-1) ?? null, limit, time)
          if (page.length === 0) break
          expect(page.length).to.be.at.most(limit)
          pages.push(...page)
        }
        expect(pages).to.deep.equal(idsWith((kinds) => kinds.some((kind) => SUSPECT_KINDS.includes(kind))))
        const pendingSince = [...known.values()].flatMap((drift) => drift['pending-long'] ?? [])
        expect(reader.oldestPending()).to.equal(pendingSince.length === 0 ? null : Math.min(...pendingSince))
      }),
      // Whether there was anything to find is asked below.
      { seed: 19 },
    )
    expect(found).to.be.greaterThan(10)
    reader.close()
    model.close()
  })

  it('can be asked for with whoever is due to go', () => {
    const { model, reader } = opened()
    const time = { now: 100 as Instant, after: 10 }
    const [first = '1' as UserId, second = '2' as UserId] = USERS
    const basis = { rule: 'refused', since: 0 as Instant } as const
    model.goBy(right(readPolicy({ version: 1 })))
    write(model, () => {
      const retention = { basis, countries: [], anomalies: [] }
      model.put({ ...rowOf(first, {}, ''), retention })
      model.put({ ...rowOf(second, { 'pending-long': 80 as Instant }, ''), retention })
    })
    const due = (drift: DriftAsked | null): readonly UserId[] =>
      reader.dueUsers({ ...ALL, drift, erasureDueBefore: '2030-01-01' }).map(({ userId }) => userId)
    expect(due(null)).to.deep.equal([first, second])
    expect(due(askedAt('pending-long', time))).to.deep.equal([second])
    expect(due(askedAt('pending-long', { ...time, after: 20 }))).to.deep.equal([])
    reader.close()
    model.close()
  })

  it('are found in an index, and not among all', () => {
    const { file, model } = opened()
    const db = new Database(file, { readonly: true })
    const planOf = (sql: string): string =>
      db
        .prepare<[object], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all({ ...ALL, drift: '', driftBefore: 0, after: '' })
        .map(({ detail }) => detail)
        .join('\n')
    const time = { now: 100 as Instant, after: 10 }
    for (const kind of DRIFT_KINDS) {
      const limits = isInTime(kind) ? 'drift_since<?' : 'drift_since=? AND user_id>?'
      for (const more of [{}, { status: 'pending' }, { anomaly: 'echo' }, { reviewDueBefore: '2026-01-01' }]) {
        const plan = planOf(usersWith({ ...ALL, after: '1', drift: askedAt(kind, time), ...more }))
        expect(plan, kind).to.match(/^SEARCH user_drift USING PRIMARY KEY \(kind=\? AND drift_since/)
        expect(plan, kind).to.include(limits).and.not.to.include('SCAN')
        expect(plan, kind).to.match(/SEARCH kyc_status USING \S* ?INDEX \S+ \((status=\? AND )?user_id=\?\)/)
      }
      const plan = planOf(suspectsOf(kind))
      expect(plan).to.include(limits).and.not.to.include('SCAN')
      // What is so at once may be so of everybody: a page of it is not looked for among all of them.
      if (!isInTime(kind)) expect(plan).not.to.include('TEMP B-TREE')
    }
    db.close()
    model.close()
  })

  it('are not written anew by what changes nothing of it, nor as time passes', () => {
    const { file, model, reader } = opened()
    const [userId = '1' as UserId] = USERS
    write(model, () => model.put(rowOf(userId, { 'pending-long': 7 as Instant }, 'a')))
    const db = new Database(file)
    db.exec(`CREATE TABLE written (n INTEGER);
      CREATE TRIGGER wrote AFTER INSERT ON user_drift BEGIN INSERT INTO written VALUES (1); END;
      CREATE TRIGGER removed AFTER DELETE ON user_drift BEGIN INSERT INTO written VALUES (1); END;`)
    const written = db.prepare<[], number>('SELECT count(*) FROM written').pluck()
    write(model, () => model.put(rowOf(userId, { 'pending-long': 7 as Instant }, 'b')))
    write(model, () => model.put({ ...rowOf(userId, { 'pending-long': 7 as Instant }, 'c'), anomalies: ['outdated'] }))
    expect(written.get()).to.equal(0)
    for (const [now, count] of [
      [17, 0],
      [18, 1],
    ] as const)
      expect(reader.usersByDrift({ now: now as Instant, after: 10 })['pending-long']).to.equal(count)
    expect(written.get()).to.equal(0)
    expect(db.prepare("SELECT * FROM tally WHERE of = 'drift'").all()).to.deep.equal([])
    write(model, () => model.put(rowOf(userId, { 'pending-long': 8 as Instant }, 'c')))
    expect(written.get()).to.equal(2)
    db.close()
    reader.close()
    model.close()
  })
})
