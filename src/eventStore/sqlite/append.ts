import type { Database } from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import {
  type Appended,
  type AppendRefused,
  appendRefused,
  type ExpectedRevision,
  type StreamErased,
  streamErased,
  type WrongExpectedVersion,
} from '../appendOutcome.ts'
import type { NewEvent, StreamName } from '../recordedEvent.ts'
import { asHead, headIn, wrongExpectedVersion } from './head.ts'
import { positionOf } from './position.ts'

export interface AppendRequest {
  readonly stream: StreamName
  readonly expected: ExpectedRevision
  readonly events: readonly NewEvent[]
}

export type AppendAnswer = E.Either<WrongExpectedVersion | AppendRefused | StreamErased, Appended>

interface Appending {
  /** Decides and writes one append; runs inside the writer's transaction. */
  readonly append: (request: AppendRequest) => AppendAnswer
  /** Before each transaction: what was found out in another one may have been undone with it. */
  readonly begin: () => void
}

export const appendTo = (db: Database): Appending => {
  const headOf = headIn(db)
  const nextPosition = db
    .prepare<[], number>(
      'SELECT 1 + max(coalesce((SELECT max(position) FROM events), 0), (SELECT last FROM used_positions))',
    )
    .pluck()
  const revisionOf = db
    .prepare<[StreamName, string], number>('SELECT revision FROM events WHERE stream = ? AND event_id = ?')
    .pluck()
  const eventsAfter = db.prepare<
    [StreamName, number, number],
    { readonly position: number; readonly event_id: string }
  >('SELECT position, event_id FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?')
  const insert = db.prepare<[number, StreamName, number, string, string, string, string]>(
    `INSERT INTO events (position, stream, revision, event_id, type, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (stream, event_id) DO NOTHING`,
  )

  /** Where these very events already stand right after `expected`, when an earlier try had got through. */
  const alreadyAppended = ({ stream, events }: AppendRequest, expected: number): Appended | null => {
    const standing = eventsAfter.all(stream, expected, events.length)
    const last = standing.at(-1)
    const same =
      standing.length === events.length && standing.every((row, index) => row.event_id === events[index]?.eventId)
    return same && last
      ? { revision: expected + events.length, position: positionOf(last.position), already: true }
      : null
  }

  /** The position behind the last one that was ever used, once this transaction has asked: nobody else writes meanwhile, and removals free none. */
  let next: number | null = null

  /** The reason why one of the events cannot enter its stream. */
  const idInUse = ({ stream, events }: AppendRequest): string | null => {
    if (new Set(events.map((event) => event.eventId)).size < events.length)
      return 'an event id stands twice in this append'
    for (const { eventId } of events) {
      const revision = revisionOf.get(stream, eventId)
      if (revision !== undefined) return `event ${eventId} already stands in ${stream} at revision ${revision}`
    }
    return null
  }

  const append = (request: AppendRequest): AppendAnswer => {
    const { stream, events } = request
    const expected = asHead(request.expected)
    const actual = headOf(stream)
    if (actual === 'erased') return E.left(streamErased(stream))
    if (actual !== expected) {
      const appended = actual > expected ? alreadyAppended(request, expected) : null
      return appended ? E.right(appended) : E.left(wrongExpectedVersion(stream, request.expected, actual))
    }
    // Of one event alone its insertion tells whether its id stands there already.
    const reason = events.length === 1 ? null : idInUse(request)
    if (reason !== null) return E.left(appendRefused(reason))

    next ??= nextPosition.get() ?? 1
    let revision = expected
    let position = next - 1
    for (const { eventId, type, data, metadata } of events) {
      revision += 1
      position += 1
      if (insert.run(position, stream, revision, eventId, type, data, metadata).changes === 0) {
        const inUse = idInUse(request)
        if (inUse === null || events.length > 1) throw new Error(`event ${eventId} was not inserted`)
        return E.left(appendRefused(inUse))
      }
    }
    // An append that throws, and is undone, has used none.
    next = position + 1
    return E.right({ revision, position: positionOf(position) })
  }

  return {
    append,
    begin: () => {
      next = null
    },
  }
}
