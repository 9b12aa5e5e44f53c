import Database from 'better-sqlite3'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { appendRefused } from '../../../src/eventStore/appendOutcome.ts'
import { type AppendAnswer, type AppendRequest, appendTo } from '../../../src/eventStore/sqlite/append.ts'
import { positionOf } from '../../../src/eventStore/sqlite/position.ts'
import { removeFrom } from '../../../src/eventStore/sqlite/remove.ts'
import { createSchema } from '../../../src/eventStore/sqlite/schema.ts'

describe('appends of several transactions', () => {
  const opened = () => {
    const db = new Database(':memory:')
    createSchema(db)
    const { append, begin } = appendTo(db)
    const inTransaction = (action: () => void): void => {
      begin()
      db.transaction(action).immediate()
    }
    return { db, append, inTransaction, remove: removeFrom(db) }
  }
  const request = (stream: string, revision: number, ...ids: readonly string[]): AppendRequest => ({
    stream,
    expected: revision < 0 ? 'no-stream' : revision,
    events: ids.map((eventId) => ({ eventId, type: 'a', data: '{}', metadata: '{}' })),
  })
  const at = (position: number, revision: number): AppendAnswer => E.right({ position: positionOf(position), revision })

  it('leave no position out that was undone with its transaction', () => {
    const { append, inTransaction } = opened()
    inTransaction(() => expect(append(request('kyc-1', -1, 'a'))).to.deep.equal(at(1, 0)))
    const lost = () =>
      inTransaction(() => {
        append(request('kyc-1', 0, 'b'))
        throw new Error('undone')
      })
    expect(lost).to.throw('undone')
    inTransaction(() => expect(append(request('kyc-2', -1, 'a'))).to.deep.equal(at(2, 0)))
  })

  it('leave none out for what is refused, or undone alone', () => {
    const { db, append, inTransaction } = opened()
    const alone = db.transaction((one: AppendRequest) => append(one))
    inTransaction(() => {
      expect(append(request('kyc-1', -1, 'a', 'b'))).to.deep.equal(at(2, 1))
      expect(append(request('kyc-1', 1, 'a'))).to.deep.equal(
        E.left(appendRefused('event a already stands in kyc-1 at revision 0')),
      )
      expect(append(request('kyc-1', 1, 'c', 'b'))).to.deep.equal(
        E.left(appendRefused('event b already stands in kyc-1 at revision 1')),
      )
      const two = request('kyc-2', -1, 'a', 'b')
      const events = two.events.map((event) =>
        event.eventId === 'b' ? { ...event, data: null as unknown as string } : event,
      )
      expect(() => alone({ ...two, events })).to.throw('NOT NULL')
      expect(append(request('kyc-1', 1, 'c'))).to.deep.equal(at(3, 2))
    })
  })

  it('fail, and are no refusals that leave half of them, where an event was not inserted and nothing in its stream says why', () => {
    const { db, append, inTransaction } = opened()
    db.exec("CREATE TRIGGER hides BEFORE INSERT ON events WHEN NEW.event_id = 'x' BEGIN SELECT RAISE(IGNORE); END")
    const alone = db.transaction((one: AppendRequest) => append(one))
    inTransaction(() => {
      expect(() => alone(request('kyc-1', -1, 'x'))).to.throw('event x was not inserted')
      expect(() => alone(request('kyc-1', -1, 'a', 'x'))).to.throw('event x was not inserted')
      expect(append(request('kyc-1', -1, 'a'))).to.deep.equal(at(1, 0))
    })
  })

  it('use no position twice, be the last one removed in between', () => {
    const { append, remove, inTransaction } = opened()
    inTransaction(() => {
      append(request('kyc-1', -1, 'a'))
      append(request('kyc-2', -1, 'a'))
      expect(remove({ erase: 'kyc-2', expected: 0 })).to.deep.equal(E.right(undefined))
      expect(append(request('kyc-1', 0, 'b'))).to.deep.equal(at(3, 1))
    })
    inTransaction(() => {
      expect(remove({ erase: 'kyc-1', expected: 1 })).to.deep.equal(E.right(undefined))
      expect(append(request('kyc-3', -1, 'a'))).to.deep.equal(at(4, 0))
    })
    inTransaction(() => expect(append(request('kyc-3', 0, 'b'))).to.deep.equal(at(5, 1)))
  })
})
