import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { logContent } from '../../../src/backup/logContent.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { openForWriting } from '../../../src/eventStore/sqlite/database.ts'
import { REMOVED_AT_ONCE, removeFrom } from '../../../src/eventStore/sqlite/remove.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { newEvents, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { left, right } from '../../support/right.ts'

/** It goes in three parts. */
const EVENTS = 2 * REMOVED_AT_ONCE + 5
const LAST = EVENTS - 1

describe('the removal of a long stream', () => {
  let file: string
  let store: EventStore
  let stream: string

  const open = async (): Promise<EventStore> => right(await openSqliteEventStore({ file })())
  const revisions = async (): Promise<readonly number[]> =>
    (await gather(store.readStream(stream))).map(({ revision }) => revision)
  /** The log is whole but for so many events that were removed by right. */
  const expectRemoved = (removed: number): void => {
    const db = new Database(file, { readonly: true })
    try {
      expect(db.prepare('SELECT sum(events) FROM removed').pluck().get()).to.equal(removed)
      expect(logContent(db).events).to.equal(db.prepare('SELECT count(*) FROM events').pluck().get())
      expect(db.pragma('integrity_check', { simple: true })).to.equal('ok')
    } finally {
      db.close()
    }
  }
  /** As a process leaves it that is killed before the second part. */
  const removeOnePart = async (): Promise<void> => {
    await store.close()
    const db = openForWriting(file)
    const remove = removeFrom(db)
    const answer = db.transaction(() => remove({ erase: stream, expected: LAST })).immediate()
    db.close()
    expect(answer).to.deep.equal(E.left({ _tag: 'PartRemoved' }))
    store = await open()
  }

  beforeEach(async () => {
    file = join(newDirectory(), 'events.db')
    store = await open()
    stream = newStream()
    right(await store.append(stream, 'no-stream', newEvents(EVENTS))())
  })
  afterEach(() => store.close())

  for (const [how, ask] of [
    ['erased', () => store.erase(stream, LAST)],
    ['truncated', () => store.truncate(stream, EVENTS)],
  ] as const) {
    it(`lets others append between its parts, where it is ${how}, and is done when all of it is gone`, async () => {
      let isDone = false
      const removing = ask()().then((removed) => {
        isDone = true
        return removed
      })
      // Asked for together they share the first transaction.
      const { position } = right(await store.append(newStream(), 'no-stream', newEvents(1))())
      expect(isDone).to.equal(false)
      right(await removing)
      expect(await revisions()).to.deep.equal([])
      const next = await store.append(stream, LAST, newEvents(1))()
      if (how === 'erased') expect(left(next)._tag).to.equal('StreamErased')
      else expect(right(next).position > position).to.equal(true)
      expectRemoved(EVENTS)
    })
  }

  it('goes on where it was broken off, and the stream stands where it stood until then', async () => {
    await removeOnePart()
    expect(await revisions()).to.deep.equal(
      Array.from({ length: EVENTS - REMOVED_AT_ONCE }, (_, n) => REMOVED_AT_ONCE + n),
    )
    expectRemoved(REMOVED_AT_ONCE)
    expect(left(await store.append(stream, 'no-stream', newEvents(1))())).to.include({ actual: LAST })
    right(await store.erase(stream, LAST)())
    expect(await revisions()).to.deep.equal([])
    expectRemoved(EVENTS)
    right(await store.erase(stream, LAST)())
    expectRemoved(EVENTS)
  })

  it('ends where it was to end, and not with a part', async () => {
    const before = REMOVED_AT_ONCE + 500
    right(await store.truncate(stream, before)())
    expect(await revisions()).to.deep.equal(Array.from({ length: EVENTS - before }, (_, n) => before + n))
    expectRemoved(before)
  })

  it('is one for good where its last part is a full one', async () => {
    const full = newStream()
    right(await store.append(full, 'no-stream', newEvents(2 * REMOVED_AT_ONCE))())
    right(await store.erase(full, 2 * REMOVED_AT_ONCE - 1)())
    expect(left(await store.append(full, 2 * REMOVED_AT_ONCE - 1, newEvents(1))())._tag).to.equal('StreamErased')
  })

  for (const [how, ask] of [
    ['erased', () => store.erase(stream, LAST)],
    ['truncated again', () => store.truncate(stream, EVENTS)],
    ['truncated farther', () => store.truncate(stream, EVENTS - 1)],
  ] as const) {
    it(`comes to its end where all of it is gone already, and it is ${how}`, async () => {
      right(await store.truncate(stream, EVENTS)())
      right(await ask()())
      expect(await revisions()).to.deep.equal([])
      expectRemoved(EVENTS)
    })
  }

  it('takes nothing more away where events came behind what was to go', async () => {
    await removeOnePart()
    right(await store.append(stream, LAST, newEvents(1))())
    expect(left(await store.erase(stream, LAST)())).to.include({ _tag: 'WrongExpectedVersion', actual: LAST + 1 })
    expectRemoved(REMOVED_AT_ONCE)
    right(await store.erase(stream, LAST + 1)())
    expectRemoved(EVENTS + 1)
  })
})
