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
export type RemovalAnswer = E.Either<WrongExpectedVersion | StreamErased, void>

/** Decides and makes one removal; runs inside the writer's transaction: what goes, and the word of it, in one. */
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

  const go = (stream: StreamName, before: Revision | null): RemovalAnswer => {
    useUp.run()
    say.run({ stream, before })
    remove.run(stream, before ?? Number.MAX_SAFE_INTEGER)
    return E.right(undefined)
  }

  return (request) => {
    if ('erase' in request) {
      const { erase: stream, expected } = request
      const head = headOf(stream)
      if (head === 'erased') return E.right(undefined)
      return head === asHead(expected) ? go(stream, null) : E.left(wrongExpectedVersion(stream, expected, head))
    }
    const { truncate: stream, before } = request
    const head = headOf(stream)
    if (head === 'erased') return E.left(streamErased(stream))
    if (before < 1) return E.right(undefined)
    return head >= before - 1 ? go(stream, before) : E.left(wrongExpectedVersion(stream, before - 1, head))
  }
}
