import * as E from 'fp-ts/lib/Either.js'
import type { Whole } from '../../domain/event/metadata.ts'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import { type AppendRefused, type StoreUnavailable, storeUnavailable } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { shown } from '../eventStore/shown.ts'
import { leafOf } from '../evidence/record.ts'
import { newSalt } from '../ledger/salt.ts'
import type { ErasedUsers } from './erasedUsers.ts'
import { eventOf, receiptOf } from './eventOfFact.ts'
import type { WholeFact } from './fact.ts'
import { emptyHead } from './streamHead.ts'

type Kept = E.Either<StoreUnavailable | AppendRefused, Whole | null>

const named = (event: RecordedEvent): Whole => ({ stream: event.stream, leaf: leafOf(event).toString('base64') })

/** Appends the whole as the first event of its stream, unless it stands there; `null` where it was erased, and is kept no more. Nothing is kept by a clock that is wrong by now. */
const keep = async (
  store: EventStore,
  whole: WholeFact,
  now: Clock,
  clockFault: () => ClockFault | null,
): Promise<Kept> => {
  const { stream } = whole
  const event = eventOf(whole, receiptOf(whole, emptyHead(stream), now()), null, 0, newSalt())
  const fault = clockFault()
  if (fault !== null) return E.left(storeUnavailable(fault.reason))
  const appended = await store.append(stream, 'no-stream', [event])()
  if (E.isRight(appended) && appended.right.already === undefined) {
    return E.right(named({ ...event, stream, ...appended.right }))
  }
  if (E.isLeft(appended)) {
    if (appended.left._tag === 'StreamErased') return E.right(null)
    if (appended.left._tag !== 'WrongExpectedVersion') return E.left(appended.left)
  }
  // An earlier delivery wrote it, with a salt of its own.
  const first = async (): Promise<RecordedEvent | null> =>
    (await Array.fromAsync(store.readStream(stream, { limit: 1 })))[0] ?? null
  const standing = await shown(store, first)
  return standing === null
    ? E.left(storeUnavailable(`${stream} holds a webhook that the store does not show`))
    : E.right(named(standing))
}

/**
 * Keeps the wholes of which facts are parts, before the parts: gives what a part says of its whole. Only once some part is
 * appended: else whoever sends a webhook again and again under new ids would have it kept each time. All parts of one delivery
 * share what it comes to.
 */
export const wholesIn = (
  store: EventStore,
  now: Clock,
  clockFault: () => ClockFault | null,
  erasedUsers: ErasedUsers,
): ((whole: WholeFact) => Promise<Kept>) => {
  const kept = new WeakMap<WholeFact, Promise<Kept>>()
  /** Once more: this node may not have heard of the newest erasures when the delivery came. */
  const keepOfLiving = async (whole: WholeFact): Promise<Kept> => {
    await erasedUsers.look()
    return whole.users.some(erasedUsers.isErased) ? E.right(null) : keep(store, whole, now, clockFault)
  }
  return (whole) => {
    const known = kept.get(whole) ?? keepOfLiving(whole)
    kept.set(whole, known)
    return known
  }
}
