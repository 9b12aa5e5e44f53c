import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import { BY_NUMBER, LONGER, numberReader, OF_SAME_LENGTH } from '../../../src/readModel/database/usersByNumber.ts'
import { newDirectory } from '../../support/newDirectory.ts'

const IDS = ['1', '9', '10', '99', '100', '1000000', '9999999', '10000000', '9223372036854775807']

describe('users by their number', () => {
  const db = new Database(join(newDirectory(), 'read-model.db'))
  db.exec(`CREATE TABLE kyc_status (user_id TEXT PRIMARY KEY, body TEXT) STRICT; ${BY_NUMBER}`)
  for (const id of IDS.toReversed()) db.prepare('INSERT INTO kyc_status VALUES (?, ?)').run(id, '')
  const { usersByNumber } = numberReader(db)
  after(() => db.close())

  it('come in that order from behind any of them, whether he is there or not, in pages of any size', () => {
    for (const limit of [1, 2, 3, 100]) {
      for (const after of [null, ...IDS, '5', '11', '8999999', '99999999']) {
        const behind = IDS.filter((id) => after === null || BigInt(id) > BigInt(after))
        expect(usersByNumber(after as UserId | null, limit), `${after}, ${limit}`).to.deep.equal(behind.slice(0, limit))
      }
    }
  })

  it('are looked up by an index, without sorting', () => {
    for (const sql of [OF_SAME_LENGTH, LONGER]) {
      const plan = db.prepare<[object], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      const details = plan.all({ after: '4711', limit: 10 }).map(({ detail }) => detail)
      expect(details).to.have.length(1)
      expect(details[0]).to.include('COVERING INDEX kyc_status_by_number')
    }
  })
})
