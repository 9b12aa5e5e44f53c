import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { Status } from '../../../domain/answer/status.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import { openReadModelReader, type ReadModelReader } from '../../../src/readModel/database/reader.ts'
import { usersWith } from '../../../src/readModel/database/userList.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { ALL_USERS as ALL } from '../../support/readModel/allUsers.ts'

describe('the list of users', () => {
  let reader: ReadModelReader
  const file = join(newDirectory(), 'read-model.db')
  const rows = Array.from({ length: 60 }, (_, index) => ({
    userId: String(100 + index) as UserId,
    status: (['pending', 'validated', 'closed'] as const)[index % 3] as Status,
    since: (index % 7 === 0 ? null : index * 1_000_000) as Instant | null,
    nextReviewDate: index % 4 === 0 ? `2026-0${1 + (index % 8)}-01` : null,
    anomalies: (index % 5 === 0 ? ['echo'] : []) as readonly AnomalyKind[],
  }))
  before(() => {
    const model = openReadModelWriter(file)
    model.begin()
    for (const row of rows) model.put({ ...row, revision: 0, drift: {}, retention: null, body: row.userId })
    model.commit('1', null)
    model.close()
    reader = openReadModelReader(file)
  })
  after(() => reader.close())

  it('holds who fits every limit that is given, in the order of the ids, page by page', () => {
    for (const status of [null, 'pending', 'none'])
      for (const reviewDueBefore of [null, '2026-03-01'])
        for (const anomaly of [null, 'echo'])
          for (const [after, pendingSince] of [
            [null, null],
            ['130', null],
            ['110', 30_000_000 as Instant],
          ] as const) {
            const expected = rows.filter(
              (row) =>
                (status === null || row.status === status) &&
                (reviewDueBefore === null || (row.nextReviewDate ?? '9') < reviewDueBefore) &&
                (pendingSince === null || (row.status === 'pending' && (row.since ?? Infinity) <= pendingSince)) &&
                (anomaly === null || row.anomalies.some((kind) => kind === anomaly)) &&
                row.userId > (after ?? ''),
            )
            const asked = { ...ALL, status, reviewDueBefore, anomaly, pendingSince, after, limit: 7 }
            const ids = reader.users(asked).map(({ userId }) => userId)
            expect(ids, JSON.stringify(asked)).to.deep.equal(expected.slice(0, 7).map(({ userId }) => userId))
          }
  })

  it('looks for who is rare in an index, and not among all', () => {
    const db = new Database(file, { readonly: true })
    const planOf = (asked: object): string =>
      db
        .prepare<[object], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${usersWith({ ...ALL, ...asked })}`)
        .all({ ...ALL, ...asked })
        .map(({ detail }) => detail)
        .join()
    expect(planOf({ status: 'closed' })).to.match(/INDEX kyc_status_by_status \(status=\?\)/)
    expect(planOf({ status: 'closed', after: '1' })).to.match(/kyc_status_by_status \(status=\? AND user_id>\?\)/)
    expect(planOf({ reviewDueBefore: '2026-01-01' })).to.match(/kyc_status_by_review \(next_review_date<\?\)/)
    expect(planOf({ reviewDueBefore: '2026-01-01', status: 'validated' })).to.match(/kyc_status_by_review/)
    expect(planOf({ anomaly: 'echo' })).to.match(/user_anomaly USING PRIMARY KEY \(kind=\?\)/)
    db.close()
  })
})
