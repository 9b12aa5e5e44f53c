import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Clock } from '../clock/clock.ts'
import { type AppendError, type Appended, storeUnavailable } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { type HoldEvent, holdEvent, holdsIn } from './holds.ts'
import { HOLDS } from './streams.ts'

/** Why a hold cannot be lifted: this user has none of that number, or it was lifted before. */
export interface NoSuchHold {
  readonly _tag: 'NoSuchHold'
}
export interface HoldLifted {
  readonly _tag: 'HoldLifted'
}

/** What was recorded, and where it stands. */
export interface HoldRecorded extends Appended {
  readonly hold: number
}

/** Who asks, and why. `by` is the name of an API key. */
export interface Asking {
  readonly userId: UserId
  readonly by: string
  readonly reason: string
}

/** They are placed by hand: who loses a race so often reads a stream that does not show what was appended. */
const TRIES = 20

/** Why nothing was recorded, or may not have been. */
type Failed = Exclude<AppendError, { readonly _tag: 'WrongExpectedVersion' }>

/** Appends to the stream of holds what `decide` makes of it, at the revision up to which it was read. */
const record = async <Refused>(
  store: EventStore,
  now: Clock,
  decide: (events: readonly RecordedEvent[]) => E.Either<Refused, HoldEvent>,
): Promise<E.Either<Refused | Failed, Appended>> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const events = await Array.fromAsync(store.readStream(HOLDS))
    const said = decide(events)
    if (E.isLeft(said)) return said
    const appended = await store.append(HOLDS, events.at(-1)?.revision ?? 'no-stream', [holdEvent(said.right, now())])()
    if (E.isRight(appended)) return appended
    if (appended.left._tag !== 'WrongExpectedVersion') return E.left(appended.left)
  }
  return E.left(storeUnavailable(`${HOLDS} does not show what was appended to it`))
}

export type HoldRefused = Failed | NoSuchHold | HoldLifted

/** Places a legal hold, also on a user of whom nothing was heard yet. */
export const placeHold =
  (store: EventStore, now: Clock, { userId, by, reason }: Asking): TaskEither<Failed, HoldRecorded> =>
  async () => {
    const placed = await record<never>(store, now, () => E.right({ _tag: 'Placed', userId, by, reason }))
    return E.isLeft(placed) ? placed : E.right({ ...placed.right, hold: placed.right.revision })
  }

/** Lifts one of a user's holds. When he is due stays as the law gives it. */
export const liftHold =
  (
    store: EventStore,
    now: Clock,
    hold: number,
    { userId, by, reason }: Asking,
  ): TaskEither<HoldRefused, HoldRecorded> =>
  async () => {
    const lifted = await record<NoSuchHold | HoldLifted>(store, now, (events) => {
      const known = holdsIn(events).known.get(hold)
      if (known?.userId !== userId) return E.left({ _tag: 'NoSuchHold' })
      return known.lifted ? E.left({ _tag: 'HoldLifted' }) : E.right({ _tag: 'Lifted', hold, by, reason })
    })
    return E.isLeft(lifted) ? lifted : E.right({ ...lifted.right, hold })
  }
