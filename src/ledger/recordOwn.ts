import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, later } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import { type Appended, reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { NOTHING_LEFT, streamUnreadable } from '../eventStore/readFailure.ts'
import type { NewEvent, RecordedEvent, Revision } from '../eventStore/recordedEvent.ts'
import { streamOf } from './streams.ts'

/** Where a user's stream stood when something was decided by it. */
export interface StreamStanding {
  /** Of its last event; -1 where it holds none. */
  readonly revision: Revision
  /** When the newest of all that is known of him was recorded, as it counts. */
  readonly recordedAt: Instant | null
}

/**
 * Events as they would stand in a user's stream behind its last one, for trying what follows from them: at places of the log behind which
 * no receipt is known to be wrong.
 */
export const asAppended = (
  userId: UserId,
  last: Pick<RecordedEvent, 'revision' | 'position'> | undefined,
  events: readonly NewEvent[],
): readonly RecordedEvent[] =>
  events.map((event, ahead) => ({
    ...event,
    stream: streamOf(userId),
    revision: (last?.revision ?? -1) + 1 + ahead,
    position: `${last?.position ?? ''}\uffff${ahead}`,
  }))

/** Nothing was recorded: the clock of this node is wrong. */
export interface ClockWrong {
  readonly _tag: 'ClockWrong'
}

/** Nothing was decided, or it is not known whether it was recorded; for a person. */
export interface NotRecorded {
  readonly _tag: 'NotRecorded'
  readonly reason: string
}

/** What events of our own are appended with; `store` as it stands. */
export interface OwnRecording {
  readonly store: Pick<EventStore, 'append'>
  readonly now: Clock
  readonly clockFault: () => ClockFault | null
}

/** So many other writers in a row may be faster. */
const TRIES = 100
const AGAIN_MS = 20

const notRecorded = (reason: string): E.Either<NotRecorded, never> => E.left({ _tag: 'NotRecorded', reason })

/**
 * Decides by what the log holds of a user, and appends an event of our own to his stream at exactly the revision up to which that
 * was read: where somebody was faster it is read and decided anew. `decide` is told when the event is recorded: never before the last one
 * of the stream was. Throws where the stream was removed.
 */
export const recordOwn = async <Known extends StreamStanding, Refused, Decided extends { readonly event: NewEvent }>(
  { store, now, clockFault }: OwnRecording,
  userId: UserId,
  read: () => Promise<E.Either<Refused, Known>>,
  decide: (known: Known, recordedAt: Instant) => E.Either<Refused, Decided>,
): Promise<E.Either<Refused | ClockWrong | NotRecorded, Decided & Appended>> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const known = await read()
    if (E.isLeft(known)) return known
    const time = now()
    const decided = decide(known.right, later(time, known.right.recordedAt) ?? time)
    if (E.isLeft(decided)) return decided
    if (clockFault() !== null) return E.left({ _tag: 'ClockWrong' })
    const { revision } = known.right
    const appended = await store.append(streamOf(userId), revision === -1 ? 'no-stream' : revision, [
      decided.right.event,
    ])()
    if (E.isRight(appended)) return E.right({ ...decided.right, ...appended.right })
    if (appended.left._tag === 'StreamErased') throw streamUnreadable(NOTHING_LEFT)
    if (appended.left._tag !== 'WrongExpectedVersion') return notRecorded(reasonOf(appended.left))
    // A server may show what another node has appended a moment later.
    if (tries > 0) await delay(AGAIN_MS)
  }
  return notRecorded('others append to the stream without a pause')
}
