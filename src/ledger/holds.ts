import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { StandingHold } from '../../domain/retention/hold.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { NewEvent, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { OWN_TYPES, ownEvent, readOwnEvent } from './ownEvent.ts'
import { HOLDS } from './streams.ts'

const PLACED = `${OWN_TYPES}hold-placed`
const LIFTED = `${OWN_TYPES}hold-lifted`

/** `by`: the name of an API key. */
const Placed = t.readonly(t.type({ userId: UserId, reason: t.string, by: t.string }))
/** `hold`: the revision of the event that placed it. */
const Lifted = t.readonly(t.type({ hold: t.number, reason: t.string, by: t.string }))

/** What an event of the stream of legal holds says. */
export type HoldEvent =
  | ({ readonly _tag: 'Placed' } & t.TypeOf<typeof Placed>)
  | ({ readonly _tag: 'Lifted' } & t.TypeOf<typeof Lifted>)

export const holdEvent = ({ _tag, ...data }: HoldEvent, recordedAt: Instant): NewEvent =>
  ownEvent(randomUUID(), { type: _tag === 'Placed' ? PLACED : LIFTED, data, recordedAt })

export interface RecordedHold {
  readonly said: HoldEvent
  readonly recordedAt: Instant
}

/** Reads one back; `null` where it cannot be read: a newer release wrote it, or not this service. */
export const readHoldEvent = (event: RecordedEvent): RecordedHold | null => {
  const own = readOwnEvent(event)
  if (own === null) return null
  const { recordedAt } = own
  const placed = own.type === PLACED ? Placed.decode(own.data) : null
  if (placed !== null && E.isRight(placed)) return { said: { _tag: 'Placed', ...placed.right }, recordedAt }
  const lifted = own.type === LIFTED ? Lifted.decode(own.data) : null
  return lifted !== null && E.isRight(lifted) ? { said: { _tag: 'Lifted', ...lifted.right }, recordedAt } : null
}

/** The legal holds of a log. */
export interface Holds {
  /** Those that stand for a user, in the order in which they were placed. What cannot be read may be anybody's. */
  readonly of: (userId: UserId) => readonly StandingHold[]
  /** Whose each of them was; those that were lifted as well. */
  readonly known: ReadonlyMap<number, { readonly userId: UserId; readonly lifted: boolean }>
}

/** What the events of the stream say, in their order. */
export const holdsIn = (events: Iterable<RecordedEvent>): Holds => {
  const known = new Map<number, { readonly userId: UserId; readonly lifted: boolean }>()
  const standing = new Map<number, StandingHold>()
  for (const event of events) {
    const hold = event.revision
    const read = readHoldEvent(event)
    if (read === null) standing.set(hold, { hold, placed: null })
    else if (read.said._tag === 'Placed') {
      const { userId, by, reason } = read.said
      known.set(hold, { userId, lifted: false })
      standing.set(hold, { hold, placed: { by, at: read.recordedAt, reason } })
    } else {
      const of = known.get(read.said.hold)
      if (of === undefined) continue
      known.set(read.said.hold, { ...of, lifted: true })
      standing.delete(read.said.hold)
    }
  }
  return {
    of: (userId) =>
      [...standing.values()].filter(({ hold, placed }) => placed === null || known.get(hold)?.userId === userId),
    known,
  }
}

/** The legal holds as they stand in the log now. */
export const readHolds = async (store: EventStore): Promise<Holds> =>
  holdsIn(await Array.fromAsync(store.readStream(HOLDS)))
