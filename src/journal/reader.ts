import Database from 'better-sqlite3'
import type { JournalLine, JournalReason, JournalRow } from './entry.ts'
import { type JournalQuery, parametersOf, ROW_COLUMNS, WHICH } from './rows.ts'

/** What the journal holds of each reason. */
export interface JournalFigures {
  readonly reasons: readonly {
    readonly reason: JournalReason
    readonly open: number
    readonly done: number
    /** Of bodies. */
    readonly bytes: number
  }[]
  /** When the oldest that is not done last came; RFC 3339. */
  readonly oldestOpen: string | null
}

interface EarlierRow {
  readonly id: number
  readonly receivedAt: string
  readonly done: 0 | 1
}

/** What the service itself reads of its journal, over one connection. */
export const openJournalReader = (file: string) => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  const find = db.prepare<[Uint8Array, number], EarlierRow>(
    `SELECT id, received_at AS receivedAt, done_at IS NOT NULL AS done FROM deliveries
     WHERE fingerprint = ? AND size = ? AND kept = size`,
  )
  const figures = db.prepare<[], JournalFigures['reasons'][number]>(
    `SELECT reason, sum(done_at IS NULL) AS open, sum(done_at IS NOT NULL) AS done, sum(kept) AS bytes
     FROM deliveries GROUP BY reason`,
  )
  const oldestOpen = db
    .prepare<[], string | null>('SELECT min(last_received_at) FROM deliveries WHERE done_at IS NULL')
    .pluck()
  const lines = db.prepare<[Record<string, unknown>], JournalLine>(
    `SELECT ${ROW_COLUMNS}, kept FROM deliveries ${WHICH}`,
  )
  const delivery = db.prepare<[number], JournalRow>(`SELECT ${ROW_COLUMNS}, body FROM deliveries WHERE id = ?`)
  const openIds = db
    .prepare<[JournalReason, number, number], number>(
      'SELECT id FROM deliveries WHERE reason = ? AND done_at IS NULL AND id > ? ORDER BY id LIMIT ?',
    )
    .pluck()
  return {
    lines: (query: JournalQuery): readonly JournalLine[] => lines.all(parametersOf(query)),
    delivery: (id: number): JournalRow | null => delivery.get(id) ?? null,
    openIds: (reason: JournalReason, after: number, limit: number): readonly number[] =>
      openIds.all(reason, after, limit),
    find: (fingerprint: Uint8Array, size: number): EarlierRow | null => find.get(fingerprint, size) ?? null,
    figures: (): JournalFigures => ({ reasons: figures.all(), oldestOpen: oldestOpen.get() ?? null }),
    close: (): void => void db.close(),
  }
}
