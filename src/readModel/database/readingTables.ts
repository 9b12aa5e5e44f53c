import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import { entityTag } from '../entityTag.ts'

/** What a run of the events of a user's stream says, as it is kept: from one revision to before another. */
export interface KeptRun {
  readonly first: Revision
  readonly next: Revision
  /** As `writeReadings` writes it. */
  readonly body: string
}

/** What the events of users say. Parts of a transaction. */
export interface ReadingTables {
  /** What is kept of a user goes up to before this revision. */
  readonly keptTo: (userId: UserId) => Revision
  /** From his first event on in place of all that is kept, or else behind that. */
  readonly putReadings: (userId: UserId, runs: readonly KeptRun[]) => void
  readonly dropReadings: (userId: UserId) => void
}

/** Over whose it is and where it begins, too: what stands beside another user is not what was written. */
const tagOf = (userId: UserId, first: Revision, body: string): string => entityTag(`${userId} ${first} ${body}`)

export const readingTables = (db: Database.Database): ReadingTables => {
  const keptTo = db
    .prepare<[UserId], Revision>('SELECT next FROM reading WHERE user_id = +? ORDER BY first DESC LIMIT 1')
    .pluck()
  const put = db.prepare<[UserId, Revision, Revision, string, string]>(
    'INSERT INTO reading (user_id, first, next, tag, body) VALUES (?, ?, ?, ?, ?)',
  )
  const drop = db.prepare<[UserId]>('DELETE FROM reading WHERE user_id = +?')
  return {
    keptTo: (userId) => keptTo.get(userId) ?? 0,
    putReadings: (userId, runs) => {
      if (runs[0]?.first === 0) drop.run(userId)
      for (const { first, next, body } of runs) put.run(userId, first, next, tagOf(userId, first, body), body)
    },
    dropReadings: (userId) => void drop.run(userId),
  }
}

/** A run with its tag, by which is seen whether it is what was written. */
export interface TaggedRun extends Pick<KeptRun, 'first' | 'body'> {
  readonly tag: string
}

export const isAsWritten = (userId: UserId, { first, tag, body }: TaggedRun): boolean =>
  tag === tagOf(userId, first, body)

/** Reads what is kept of a user, in the order of his events, up to the run that holds `last`: one text at a time. */
export const readingReader = (
  db: Database.Database,
): ((userId: UserId, last: Revision) => IterableIterator<TaggedRun>) => {
  const runs = db.prepare<[UserId, Revision], TaggedRun>(
    'SELECT first, tag, body FROM reading WHERE user_id = +? AND first <= +? ORDER BY first',
  )
  return (userId, last) => runs.iterate(userId, last)
}
