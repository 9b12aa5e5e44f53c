import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { StreamName } from '../../eventStore/recordedEvent.ts'

/** Of whom the webhooks speak that stand whole. What such a row says of an erased user stays until its webhook is recorded to go. */
export interface WholeTables {
  readonly addWhole: (stream: StreamName, users: readonly UserId[]) => void
  readonly eraseWhole: (stream: StreamName) => void
}

export const wholeTables = (db: Database.Database): WholeTables => {
  const add = db.prepare<[UserId, StreamName]>('INSERT OR IGNORE INTO whole_about (user_id, stream) VALUES (?, ?)')
  const erase = db.prepare<[StreamName]>('DELETE FROM whole_about WHERE stream = +?')
  return {
    addWhole: (stream, users) => {
      for (const userId of users) add.run(userId, stream)
    },
    eraseWhole: (stream) => void erase.run(stream),
  }
}

export interface WholeReader {
  /** The streams of the webhooks that speak of a user and stand whole. */
  readonly wholesAbout: (userId: UserId) => readonly StreamName[]
  /** Erased users of whom one speaks that stands whole, at most so many. */
  readonly erasedInWholes: (most: number) => readonly UserId[]
}

export const wholeReader = (db: Database.Database): WholeReader => {
  const about = db
    .prepare<[UserId], StreamName>('SELECT stream FROM whole_about WHERE user_id = +? ORDER BY stream')
    .pluck()
  const erased = db
    .prepare<[number], UserId>(
      `SELECT user_id FROM erased_user WHERE EXISTS (
         SELECT 1 FROM whole_about WHERE whole_about.user_id = erased_user.user_id) LIMIT ?`,
    )
    .pluck()
  return { wholesAbout: (userId) => about.all(userId), erasedInWholes: (most) => erased.all(most) }
}
