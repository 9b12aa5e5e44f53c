import type { Database } from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import { type ExpectedRevision, type StreamErased, streamErased, type WrongExpectedVersion } from '../appendOutcome.ts'
import type { Revision, StreamName } from '../recordedEvent.ts'
import { asHead, headIn, wrongExpectedVersion } from './head.ts'

/** The stream is to go for good. */
export interface EraseRequest {
  readonly erase: StreamName
  readonly expected: ExpectedRevision
}

/** Its events before a revision are to go. */
export interface TruncateRequest {
  readonly truncate: StreamName
  readonly before: Revision
}

export type RemovalRequest = EraseRequest | TruncateRequest

/** The front of a long stream is gone, and the request is to be made again. */
export interface PartRemoved {
  readonly _tag: 'PartRemoved'
}

export type RemovalAnswer = E.Either<WrongExpectedVersion | StreamErased | PartRemoved, void>

/** More events go in parts, each in a transaction of its own: what others append goes between. */
export const REMOVED_AT_ONCE = 2000

/**
 * Decides and makes one removal; runs inside the writer's transaction: what goes, and the word of it, in one. Of a long stream it removes
 * the front, and nothing where the whole may not go. Until the last part of one that is erased is gone it stands where it did.
 */
export const removeFrom = (db: Database): ((request: RemovalRequest) => RemovalAnswer) => {
  const headOf = headIn(db)
  const useUp = db.prepare<[]>(
    'UPDATE used_positions SET last = max(last, coalesce((SELECT max(position) FROM events), 0))',
  )
  // The word comes first: without it no row can be deleted.
  const say = db.prepare<{ readonly stream: StreamName; readonly before: number | null }>(
    `INSERT INTO removed (stream, before, events)
     VALUES (@stream, @before, (SELECT count(*) FROM events WHERE stream = @stream AND (@before IS NULL OR revision < @before)))
     ON CONFLICT (stream) DO UPDATE SET before = excluded.before, events = events + excluded.events
     WHERE excluded.before IS NULL OR excluded.before > before`,
  )
  const remove = db.prepare<[StreamName, number]>('DELETE FROM events WHERE stream = +? AND revision < ?')
  const firstOf = db.prepare<[StreamName], number | null>('SELECT min(revision) FROM events WHERE stream = +?').pluck()

  const go = (stream: StreamName, before: Revision | null): void => {
    useUp.run()
    say.run({ stream, before })
    remove.run(stream, before ?? Number.MAX_SAFE_INTEGER)
  }

  /** What stands before `end` goes; `before` is what is said of it then. */
  const goOn = (stream: StreamName, end: Revision, before: Revision | null): RemovalAnswer => {
    const part = (firstOf.get(stream) ?? end) + REMOVED_AT_ONCE
    go(stream, part < end ? part : before)
    return part < end ? E.left({ _tag: 'PartRemoved' }) : E.right(undefined)
  }

  return (request) => {
    if ('erase' in request) {
      const { erase: stream, expected } = request
      const head = headOf(stream)
      if (head === 'erased') return E.right(undefined)
      return head === asHead(expected)
        ? goOn(stream, head + 1, null)
        : E.left(wrongExpectedVersion(stream, expected, head))
    }
    const { truncate: stream, before } = request
    const head = headOf(stream)
    if (head === 'erased') return E.left(streamErased(stream))
    if (before < 1) return E.right(undefined)
    return head >= before - 1 ? goOn(stream, before, before) : E.left(wrongExpectedVersion(stream, before - 1, head))
  }
}
