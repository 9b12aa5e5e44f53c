import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { OwnHistory } from '../../../domain/state/ownHistory.ts'
import { forgetPayload, type Reading } from '../../../domain/state/reading.ts'

/** Of so many users they are kept, and of one so many, some 1.5 kB each: a longer history is read anew. */
const USERS_KEPT = 512
const MOST_EACH = 24

/**
 * What the states of the users who were heard of last were folded from: what comes late is put among that, and no stream is read for it.
 * Of what is folded while the end of the log is far nothing is kept: nobody asks for it, and it would live as long as what is dearest to collect.
 */
export interface KeptReadings {
  /** All that the state was folded from, in the order of arrival; `null` where that is not kept, or events of nobody are among it. */
  readonly of: (state: KycState) => readonly Reading[] | null
  /** The state was folded from this history, which nobody else has, and from nothing else. */
  readonly keep: (state: KycState, history: Pick<OwnHistory, 'arrived' | 'unreadable' | 'complete'>) => void
  /** `after` came of `before` by one more reading, which nobody else has. */
  readonly add: (before: KycState, reading: Reading, after: KycState) => void
  /** He was erased: nothing that was read of him is kept. */
  readonly forget: (userId: UserId) => void
}

interface Kept {
  /** They are of this very state, and of no other of the user's. */
  state: KycState
  readonly readings: Reading[]
}

export const keptReadings = (isFar: () => boolean = () => false): KeptReadings => {
  const kept = new LRUCache<UserId, Kept>({ max: USERS_KEPT })
  return {
    of: (state) => {
      const one = kept.get(state.userId)
      return one?.state === state ? one.readings : null
    },
    keep: (state, { arrived, unreadable, complete }) => {
      if (isFar() || !complete || unreadable.length > 0 || arrived.length > MOST_EACH) return
      arrived.forEach(forgetPayload)
      kept.set(state.userId, { state, readings: [...arrived] })
    },
    add: (before, reading, after) => {
      const one = kept.get(before.userId)
      if (one?.state !== before || one.readings.length === MOST_EACH) return
      forgetPayload(reading)
      one.readings.push(reading)
      one.state = after
    },
    forget: (userId) => void kept.delete(userId),
  }
}
