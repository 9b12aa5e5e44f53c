import Database from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import { format, type Instant } from '../../domain/instant.ts'
import { GroupCommit } from '../sqlite/groupCommit.ts'

/** Why a delivery was not appended. */
export type JournalReason = 'not-json' | 'not-a-webhook' | 'no-payload' | 'signature' | 'echo-limit' | 'store-refused'

export interface JournalEntry {
  readonly receivedAt: Instant
  readonly reason: JournalReason
  readonly contentType: string | null
  readonly body: Uint8Array
}

/** A row of the journal. */
export interface JournalRow {
  readonly id: number
  /** RFC 3339, UTC. */
  readonly receivedAt: string
  readonly reason: JournalReason
  readonly contentType: string | null
  /** Size of the body as it was received, in bytes. */
  readonly size: number
  /** The first 64 KiB of the body. */
  readonly body: Buffer
}

/** The newest so many deliveries are kept, and of each so many bytes of its body. */
export const JOURNAL_ROWS = 10_000
export const JOURNAL_BODY_BYTES = 64 * 1024

/** The operator's journal of deliveries that were not appended. */
export interface Journal {
  /** Keeps a delivery; a `Right` means it is on disk. */
  readonly keep: (entry: JournalEntry) => Promise<E.Either<string, void>>
  /** Why nothing can be kept, from the first try that failed until one succeeds. */
  readonly fault: () => string | null
  readonly close: () => Promise<void>
}

/** What crosses to the thread that writes. */
export type JournalRequest = Omit<JournalRow, 'id' | 'body'> & { readonly body: Uint8Array }

export const openJournal = async (file: string): Promise<Journal> => {
  const writer = await GroupCommit.start<JournalRequest, void>(
    new URL('./writerThread.ts', import.meta.url),
    { file },
    // Anyone can make it write: what waits must not fill the memory.
    500,
  ).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot open the journal ${file}: ${reason}; move the file aside to start with a new one`)
  })
  return {
    keep: async ({ receivedAt, reason, contentType, body }) => {
      const kept = await writer.submit({
        receivedAt: format(receivedAt),
        reason,
        contentType,
        size: body.byteLength,
        body: Uint8Array.from(body.subarray(0, JOURNAL_BODY_BYTES)),
      })()
      return E.mapLeft(() => 'the journal of refused deliveries cannot be written')(kept)
    },
    fault: () => writer.fault(),
    close: () => writer.close(),
  }
}

/** Reads a journal, newest first, while a service may be writing to it. */
export const readJournal = (file: string, limit: number): readonly JournalRow[] => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    return db
      .prepare<[number], JournalRow>(
        `SELECT id, received_at AS receivedAt, reason, content_type AS contentType, size, body
         FROM journal ORDER BY id DESC LIMIT ?`,
      )
      .all(limit)
  } finally {
    db.close()
  }
}
