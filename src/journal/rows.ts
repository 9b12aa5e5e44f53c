import Database from 'better-sqlite3'
import type { JournalReason, JournalRow } from './entry.ts'

/** Which deliveries: newest first, as they first came. */
export interface JournalQuery {
  readonly limit: number
  /** Only those that first came before this one. */
  readonly before?: number
  readonly reason?: JournalReason
  /** Only those that came, or came again, at this time or later; RFC 3339 in UTC, as in the rows. */
  readonly since?: string
  /** Only those that are not done. */
  readonly open?: boolean
}

/** All of a row but its body. */
export const ROW_COLUMNS = `id, received_at AS receivedAt, last_received_at AS lastReceivedAt, times, reason,
  content_type AS contentType, content_encoding AS contentEncoding, size, done_as AS doneAs, done_at AS doneAt`

/** The rows that a query asks for, which `parametersOf` says. */
export const WHICH = `WHERE (@before IS NULL OR id < @before) AND (@reason IS NULL OR reason = @reason)
  AND (@since IS NULL OR last_received_at >= @since) AND (@open = 0 OR done_at IS NULL)
  ORDER BY id DESC LIMIT @limit`

export const parametersOf = ({ limit, before, reason, since, open }: JournalQuery): Record<string, unknown> => ({
  limit,
  before: before ?? null,
  reason: reason ?? null,
  since: since ?? null,
  open: open === true ? 1 : 0,
})

/** Runs `read` on a journal, while a service may be writing to it. */
const reading = <A>(file: string, read: (db: Database.Database) => A): A => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    if (Number(db.pragma('user_version', { simple: true })) === 0) {
      throw new Error('an earlier release has written this journal: start the service once, which takes it over')
    }
    return read(db)
  } finally {
    db.close()
  }
}

/** A page of the journal. Throws where the file cannot be read. */
export const readJournal = (file: string, query: JournalQuery): readonly JournalRow[] =>
  reading(file, (db) =>
    db
      .prepare<[Record<string, unknown>], JournalRow>(`SELECT ${ROW_COLUMNS}, body FROM deliveries ${WHICH}`)
      .all(parametersOf(query)),
  )

/** One delivery; `null` where the journal does not hold it (any more). */
export const readDelivery = (file: string, id: number): JournalRow | null =>
  reading(
    file,
    (db) =>
      db.prepare<[number], JournalRow>(`SELECT ${ROW_COLUMNS}, body FROM deliveries WHERE id = ?`).get(id) ?? null,
  )
