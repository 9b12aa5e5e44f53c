import * as E from 'fp-ts/lib/Either.js'
import { format, type Instant, parseRfc3339 } from '../../domain/instant.ts'
import { GroupCommit } from '../sqlite/groupCommit.ts'
import {
  type AsSent,
  type DoneAs,
  JOURNAL_BODY_BYTES,
  type JournalEntry,
  type JournalReason,
  type Kept,
} from './entry.ts'
import { type JournalFigures, openJournalReader } from './reader.ts'
import type { JournalRequest, JournalThreadData } from './request.ts'
import { fingerprintOf } from './schema.ts'
import { type Bounds, JOURNAL_BOUNDS } from './shares.ts'

/** A delivery that the journal holds from before. */
export interface Earlier {
  readonly id: number
  /** When it first came. */
  readonly receivedAt: Instant
  readonly done: boolean
}

/** The operator's journal of deliveries that were not appended. */
export interface Journal {
  /** Keeps a delivery; a `Right` means it is on disk. The same body again is the same row. */
  readonly keep: (entry: JournalEntry, sent?: AsSent) => Promise<E.Either<string, Kept>>
  /** The row that holds this very body, whole. */
  readonly find: (body: Uint8Array) => Earlier | null
  /** One that was submitted again stays in the journal. */
  readonly stillKept: (id: number, reason: JournalReason) => Promise<E.Either<string, Kept>>
  /** Marks what needs no one's attention any more. */
  readonly done: (id: number, as: DoneAs, at: Instant) => Promise<void>
  /** Removes what last came before a time, and gives its room back to the disk. */
  readonly expire: (before: Instant) => Promise<void>
  readonly figures: () => JournalFigures
  /** Why nothing can be kept, from the first try that failed until one succeeds. */
  readonly fault: () => string | null
  readonly close: () => Promise<void>
}

/** What cannot be read is not told; that the file is damaged shows when something is written to it. */
const unlessDamaged = <A>(read: () => A): A | null => {
  try {
    return read()
  } catch {
    return null
  }
}

/** Rejects with an `Error` that names the file. */
export const openJournal = async (file: string, bounds: Bounds = JOURNAL_BOUNDS): Promise<Journal> => {
  const data: JournalThreadData = { file, bounds }
  const writer = await GroupCommit.start<JournalRequest, Kept | null>(
    new URL('./writerThread.ts', import.meta.url),
    data,
    // Anyone can make it write: what waits must not fill the memory.
    500,
  ).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`cannot open the journal ${file}: ${reason}; to start with a new one, move the file aside`)
  })
  const reader = openJournalReader(file)
  /** Most services keep nothing for days: no body is hashed for an empty journal. */
  let holdsAny = reader.figures().reasons.length > 0

  const write = async (request: JournalRequest): Promise<E.Either<string, Kept>> => {
    const written = await writer.submit(request)()
    return E.isLeft(written)
      ? E.left('the journal of refused deliveries cannot be written')
      : E.fromNullable('the delivery is no longer in the journal')(written.right)
  }

  return {
    keep: ({ receivedAt, reason, contentType, body }, sent = { size: body.byteLength, contentEncoding: null }) => {
      const kept = Uint8Array.from(body.subarray(0, JOURNAL_BODY_BYTES))
      holdsAny = true
      return write({
        _tag: 'Keep',
        fingerprint: Uint8Array.from(fingerprintOf(kept)),
        size: sent.size,
        kept: kept.byteLength,
        receivedAt: format(receivedAt),
        reason,
        contentType,
        contentEncoding: sent.contentEncoding,
        body: kept,
      })
    },
    find: (body) => {
      if (body.byteLength > JOURNAL_BODY_BYTES || !holdsAny) return null
      const row = unlessDamaged(() => reader.find(fingerprintOf(body), body.byteLength))
      const receivedAt = row === null ? null : parseRfc3339(row.receivedAt)
      return row === null || receivedAt === null ? null : { id: row.id, receivedAt, done: row.done === 1 }
    },
    stillKept: (id, reason) => write({ _tag: 'StillKept', id, reason }),
    done: async (id, as, at) => void (await write({ _tag: 'Done', id, as, at: format(at) })),
    expire: async (before) => void (await write({ _tag: 'Expire', before: format(before) })),
    figures: () => unlessDamaged(reader.figures) ?? { reasons: [], oldestOpen: null },
    fault: () => writer.fault(),
    close: async () => {
      reader.close()
      await writer.close()
    },
  }
}
