import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { format, type Instant, parseRfc3339 } from '../../domain/instant.ts'
import { opening } from '../files/opening.ts'
import { askToPurge, type PurgeAnswer } from '../sqlite/askToPurge.ts'
import { GroupCommit } from '../sqlite/groupCommit.ts'
import {
  type AsSent,
  type DoneAs,
  JOURNAL_BODY_BYTES,
  type JournalEntry,
  type JournalLine,
  type JournalReason,
  type JournalRow,
  type Kept,
} from './entry.ts'
import { type JournalFigures, openJournalReader } from './reader.ts'
import type { JournalRequest, JournalResult, JournalThreadData } from './request.ts'
import type { JournalQuery } from './rows.ts'
import { fingerprintOf } from './schema.ts'
import { type Bounds, JOURNAL_BOUNDS } from './shares.ts'
import { telling } from './unreadable.ts'

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
  /** Removes one that came again and turned out to speak of somebody who was erased; soon after, no file holds it any more. */
  readonly letGo: (id: number) => Promise<void>
  /** Removes what last came before a time; what was let go by then, for whatever reason, stands in no file any more. */
  readonly expire: (before: Instant) => Promise<void>
  /**
   * Removes every delivery that speaks of one of these users, readable or not, and gives how many these were; then no file holds
   * them. `Left`, for a person, where they could not be removed, or stand in a file still: ask again.
   */
  readonly forget: (userIds: readonly UserId[]) => Promise<E.Either<string, number>>
  /** What cannot be read is not told. */
  readonly figures: () => JournalFigures
  // What follows is for whoever looks through it: each throws, as `isJournalUnreadable` knows, where the file is damaged.
  readonly counted: () => JournalFigures
  /** Deliveries without their bodies, newest first. */
  readonly lines: (query: JournalQuery) => readonly JournalLine[]
  /** One delivery; `null` where the journal does not hold it (any more). */
  readonly delivery: (id: number) => JournalRow | null
  /** The ids behind this one of what is not done, in the order in which they first came. */
  readonly openIds: (reason: JournalReason, after: number, limit: number) => readonly number[]
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

/** Rejects with an `Error` that names the file, and says what to do. */
export const openJournal = async (file: string, bounds: Bounds = JOURNAL_BOUNDS): Promise<Journal> => {
  const data: JournalThreadData = { file, bounds }
  const writer = await GroupCommit.start<JournalRequest, JournalResult>(
    new URL('./writerThread.ts', import.meta.url),
    data,
    // Anyone can make it write: what waits must not fill the memory.
    500,
  )
  const reader = opening({ what: 'the journal', file }, () => openJournalReader(file))
  /** Most services keep nothing for days: no body is hashed for an empty journal. */
  let holdsAny = reader.figures().reasons.length > 0

  const submit = async (request: JournalRequest): Promise<E.Either<string, JournalResult>> =>
    E.mapLeft(() => 'the journal of refused deliveries cannot be written')(await writer.submit(request)())
  const write = async (request: JournalRequest): Promise<E.Either<string, Kept>> => {
    const written = await submit(request)
    return E.isLeft(written)
      ? written
      : E.fromNullable('the delivery is no longer in the journal')(written.right as Kept | null)
  }
  const purge = (): Promise<void> =>
    askToPurge(async (request) => {
      const answer = await submit({ _tag: 'Purge', ...request })
      if (E.isLeft(answer)) throw new Error(answer.left)
      return answer.right as PurgeAnswer
    })

  return {
    keep: (
      { receivedAt, reason, contentType, body, source = null },
      sent = { size: body.byteLength, contentEncoding: null },
    ) => {
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
        source,
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
    letGo: async (id) => {
      await submit({ _tag: 'LetGo', id })
      purge().catch(() => undefined)
    },
    expire: async (before) => {
      await submit({ _tag: 'Expire', before: format(before) })
      // An hour later it is tried again.
      await purge().catch(() => undefined)
    },
    forget: async (userIds) => {
      const forgotten = await submit({ _tag: 'Forget', userIds: new Set(userIds) })
      if (E.isLeft(forgotten)) return forgotten
      try {
        await purge()
      } catch (error) {
        return E.left(`the journal: ${error instanceof Error ? error.message : String(error)}`)
      }
      return E.right((forgotten.right as { readonly forgotten: number }).forgotten)
    },
    figures: () => unlessDamaged(reader.figures) ?? { reasons: [], oldestOpen: null },
    counted: telling(reader.figures),
    lines: telling(reader.lines),
    delivery: telling(reader.delivery),
    openIds: telling(reader.openIds),
    fault: () => writer.fault(),
    close: async () => {
      reader.close()
      await writer.close()
    },
  }
}
