import type { UserEvent } from '../event/kycEvent.ts'
import type { Instant } from '../instant.ts'
import type { AnomalyKind } from './anomaly.ts'
import type { KycState, Released } from './kycState.ts'

/** A state that an event is being folded into. */
export type Draft = { -readonly [K in keyof KycState]: KycState[K] }
/** Notes that the event being folded is odd in some way; `detail` is for a person. */
export type Report = (kind: AnomalyKind, detail: string) => void

/** When the present state of an object was entered. */
export const sinceOf = (before: { state: string; since: Instant } | undefined, to: string, at: Instant): Instant =>
  before?.state === to ? before.since : at

/** When and by which event a life cycle entered its present state. */
export const entry = <S>(
  before: {
    readonly state: S
    readonly since: Instant | null
    readonly enteredBy: string | null
    readonly released: Released | null
  },
  to: S,
  event: UserEvent,
) =>
  before.state === to && before.since !== null
    ? { state: to, since: before.since, enteredBy: before.enteredBy, released: before.released }
    : { state: to, since: event.occurredAt, enteredBy: event.eventId, released: null }

/** The list with `item` at `index`, or behind all others where that is -1. */
export const replaceOrAdd = <A>(items: readonly A[], index: number, item: A): readonly A[] =>
  index === -1 ? [...items, item] : items.with(index, item)
