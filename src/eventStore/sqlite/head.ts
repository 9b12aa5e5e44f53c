import type { Database } from 'better-sqlite3'
import type { ExpectedRevision, WrongExpectedVersion } from '../appendOutcome.ts'
import type { Revision, StreamName } from '../recordedEvent.ts'

/** The revision before the first, inside the file. */
const NONE = -1

/** What is expected of a stream, as a number. */
export const asHead = (expected: ExpectedRevision): number => (expected === 'no-stream' ? NONE : expected)

/** Where a stream stands: at the revision of its last event, be that removed or not; -1 where it never had one. */
export const headIn = (db: Database): ((stream: StreamName) => Revision | 'erased') => {
  // `+?`: see logPages.ts.
  const last = db.prepare<[StreamName], number | null>('SELECT max(revision) FROM events WHERE stream = +?').pluck()
  const removed = db.prepare<[StreamName], number | null>('SELECT before FROM removed WHERE stream = +?').pluck()
  return (stream) => {
    const head = last.get(stream) ?? null
    if (head !== null) return head
    const before = removed.get(stream)
    if (before === null) return 'erased'
    return before === undefined ? NONE : before - 1
  }
}

export const wrongExpectedVersion = (
  stream: StreamName,
  expected: ExpectedRevision,
  head: Revision,
): WrongExpectedVersion => ({
  _tag: 'WrongExpectedVersion',
  stream,
  expected,
  actual: head === NONE ? 'no-stream' : head,
})
