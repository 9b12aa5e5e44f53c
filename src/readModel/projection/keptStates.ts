import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'

/** Users whose folded state is kept in memory, some 3 kB each; of any other the whole stream is folded. */
const STATES_KEPT = 1000
/** A state grows by some 200 bytes with each event: fewer are kept where histories are longer than this. */
const EVENTS_EACH = 50

/** The states of the users who were heard of last: what comes in order is folded on top of them. */
export type KeptStates = LRUCache<UserId, KycState>

export const keptStates = (statesKept: number = STATES_KEPT): KeptStates => {
  const eventsKept = statesKept * EVENTS_EACH
  return new LRUCache({
    max: statesKept,
    maxSize: eventsKept,
    // A longer history counts as a part of all: its state is kept, and does not drive out all others.
    sizeCalculation: ({ events }) => Math.min(events + 1, Math.ceil(eventsKept / 4)),
  })
}
