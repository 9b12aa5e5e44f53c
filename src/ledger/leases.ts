import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UserId } from '../../domain/identifiers.ts'
import { type Instant, InstantFromRfc3339 } from '../../domain/instant.ts'
import type { NewEvent, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { OWN_TYPES, ownEvent, readOwnEvent } from './ownEvent.ts'
import { RECONCILIATION } from './streams.ts'

const record = <P extends t.Props>(props: P) => t.readonly(t.type(props))
const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** What is done: a few users who were named, those who look as if a webhook was missed, everybody, the provider's own replay; or what the schedule does. */
const Work = t.keyof({ suspects: null, sweep: null, resend: null, schedule: null })
export type Work = t.TypeOf<typeof Work>

/** How far all users were gone through, by ascending id. */
const Sweep = record({ begunAt: InstantFromRfc3339, through: orNull(UserId), endedAt: orNull(InstantFromRfc3339) })
export type Sweep = t.TypeOf<typeof Sweep>

/** Each event says all there is to know: the last one is enough. */
const Statement = record({
  run: t.string,
  /** The data directory whose service does it. */
  node: t.string,
  work: Work,
  /** The name of an API key; `null`: the schedule. */
  by: orNull(t.string),
  /** Until when nobody else does; `null`: it has come to its end. */
  until: orNull(InstantFromRfc3339),
  /** The last sweep that was begun; `null` before the first. */
  sweep: orNull(Sweep),
  /** When a run of the schedule last began; `null` before the first. */
  scheduledAt: orNull(InstantFromRfc3339),
})
export type Statement = t.TypeOf<typeof Statement>

const TYPES = { begun: `${OWN_TYPES}lease-taken`, on: `${OWN_TYPES}lease-renewed`, ended: `${OWN_TYPES}lease-ended` }
export type Step = keyof typeof TYPES

/** What is said of the lease with a step. */
export const leaseEvent = (step: Step, said: Statement, recordedAt: Instant): NewEvent =>
  ownEvent(randomUUID(), { type: TYPES[step], data: Statement.encode(said), recordedAt })

/** Reads one back; `null` where it cannot be read: a newer release wrote it. */
export const readLeaseEvent = (event: RecordedEvent): Statement | null => {
  const own = event.stream === RECONCILIATION ? readOwnEvent(event) : null
  const said = own !== null && Object.values(TYPES).includes(own.type) ? Statement.decode(own.data) : null
  return said !== null && E.isRight(said) ? said.right : null
}
