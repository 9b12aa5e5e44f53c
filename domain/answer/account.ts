import type { HeardEvent, UserEvent } from '../event/kycEvent.ts'
import type { StoredEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Instant } from '../instant.ts'
import { REGION_NAMES, type Region } from '../regions.ts'
import { evolving } from '../state/evolve.ts'
import { type FoldOptions, foldedOf, whole } from '../state/fold.ts'
import { initialState, type KycState } from '../state/kycState.ts'
import type { OwnHistory } from '../state/ownHistory.ts'
import type { Reading } from '../state/reading.ts'
import { type Status, statusOf, statusSince } from './status.ts'

/** Something of the user entered a state. */
export interface Move {
  readonly region: Region
  /** The document or identification; `null` for a life cycle, of which there is one. */
  readonly object: string | null
  readonly from: string
  readonly to: string
  readonly at: Instant
  readonly by: UserEvent
}

/** What a life cycle was told its state by. */
export interface Ground {
  /** The event that led into it. */
  readonly entered: UserEvent | null
  /** Where that is a release, the signed event that was held back. */
  readonly heldBack: HeardEvent | null
}

export const NO_GROUND: Ground = { entered: null, heldBack: null }

/** How a user stands, and how he came to stand so. */
export interface Account {
  readonly state: KycState
  readonly status: Status
  /** The event with which he came to have the status (`statusSince`), be it in another state; `null` where no event brought it about. */
  readonly by: UserEvent | null
  /** What the state of the life cycle that governs rests on. */
  readonly ground: Ground
  /** In the order of the fold: a late event stands where it belongs. */
  readonly moves: readonly Move[]
}

/** What of a region has a state: a life cycle, of which there is one, or objects by their ids, in the order of their first appearance. */
export const inRegion = (
  state: KycState,
  region: Region,
): readonly { readonly object: string | null; readonly state: string }[] => {
  switch (region) {
    case 'legacy':
    case 'lifecycle':
      return [{ object: null, state: state[region].state }]
    case 'documents':
      return state.documents.map(({ documentId: object, state: of }) => ({ object, state: of }))
    case 'liveness':
    case 'qes':
    case 'videoConference':
      return state[region].map(({ identificationId: object, state: of }) => ({ object, state: of }))
    default:
      return region satisfies never
  }
}

/** What moved from one state to the next; regions that are the same value are passed over. Objects keep their places in the lists. */
const movesBetween = (before: KycState, after: KycState, by: UserEvent): readonly Move[] =>
  REGION_NAMES.filter((region) => before[region] !== after[region]).flatMap((region) => {
    const old = inRegion(before, region)
    return inRegion(after, region).flatMap(({ object, state: to }, index) => {
      const from = old[index]?.state ?? 'none'
      return from === to ? [] : [{ region, object, from, to, at: by.occurredAt, by }]
    })
  })

const groundOf = ({ hasLifecycle, lifecycle, legacy }: KycState, readings: readonly Reading[]): Ground => {
  const { enteredBy, released } = hasLifecycle ? lifecycle : legacy
  const entered = readings.find(({ event }) => event.eventId === enteredBy)?.event ?? null
  const held = readings.find(({ event }) => event.eventId === released?.releases)?.event
  return { entered, heldBack: held?._tag === 'Webhook' ? held : null }
}

/** After so many folded events somebody else may want a turn. */
const EVENTS_IN_A_TURN = 200

/**
 * Folds a history event by event, as `foldHistory` does at once, and notes what moved with which. What could not be folded
 * comes last: where it makes the status uncertain, no event has brought that about. Yields now and then.
 */
export function* accountOf(
  userId: UserId,
  history: OwnHistory,
  orphans: readonly StoredEvent[],
  options: FoldOptions = {},
): Generator<null, Account> {
  const evolve = evolving()
  const moves: Move[] = []
  let state = initialState(userId)
  let by: UserEvent | null = null
  const readings = foldedOf(userId, history, orphans, options)
  for (const [index, reading] of readings.entries()) {
    if (index % EVENTS_IN_A_TURN === EVENTS_IN_A_TURN - 1) yield null
    const { event } = reading
    const after = evolve(state, reading)
    moves.push(...movesBetween(state, after, event))
    if (after.word !== state.word) by = event
    state = after
  }
  const told = whole(state, history)
  const ground = groundOf(told, readings)
  return { state: told, status: statusOf(told), by: statusSince(told) === null ? null : by, ground, moves }
}
