import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import { reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision } from '../eventStore/recordedEvent.ts'
import { type ErasureEvent, erasureEvent } from '../ledger/erasures.ts'
import { ERASURES } from '../ledger/streams.ts'
import type { Courses } from './course.ts'
import type { KnownErasures } from './knownErasures.ts'

/** So many other writers in a row may be faster. */
const TRIES = 100
const AGAIN_MS = 20

/** Nothing was decided, or it is not known whether it was recorded; for a person. */
export interface NotRecorded {
  readonly _tag: 'NotRecorded'
  readonly reason: string
}

const notRecorded = (reason: string): NotRecorded => ({ _tag: 'NotRecorded', reason })

/**
 * Decides by what the log says of erasures, and appends to `kyc-erasures` at exactly that revision: of two nodes that decide at once
 * one is first, and the other decides again. `decide` is told what the first of its events will be called; no event: nothing to do.
 */
export type AppendErasures = <Refused>(
  decide: (courses: Courses, next: Revision) => E.Either<Refused, readonly ErasureEvent[]>,
) => Promise<E.Either<Refused | NotRecorded, Revision>>

/** Gives the revision of the first event that was appended. By a clock that is wrong nothing is recorded. */
export const appendErasures =
  (
    store: Pick<EventStore, 'append'>,
    { erased, courses, readOn }: KnownErasures,
    now: Clock,
    clockFault: () => ClockFault | null,
  ): AppendErasures =>
  async (decide) => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      await readOn()
      const next = erased.next
      const decided = decide(courses, next)
      if (E.isLeft(decided)) return decided
      if (decided.right.length === 0) return E.right(next)
      const events = decided.right.map((said) => erasureEvent(said, now()))
      const fault = clockFault()
      if (fault !== null) return E.left(notRecorded(fault.reason))
      const appended = await store.append(ERASURES, next === 0 ? 'no-stream' : next - 1, events)()
      if (E.isRight(appended)) {
        await readOn()
        return E.right(next)
      }
      if (appended.left._tag !== 'WrongExpectedVersion') return E.left(notRecorded(reasonOf(appended.left)))
      // A server may show what another node has appended a moment later.
      if (tries > 0) await delay(AGAIN_MS)
    }
    return E.left(notRecorded('other nodes append to the stream of erasures without a pause'))
  }
