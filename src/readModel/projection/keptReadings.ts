import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { OwnHistory } from '../../../domain/state/ownHistory.ts'
import { forgetPayload, type Reading } from '../../../domain/state/reading.ts'
import { FEWEST_KEPT } from '../keptRuns.ts'

/** Of so many users they are held, and of one so many, some 1.5 kB each. */
const USERS_HELD = 512
const MOST_EACH = FEWEST_KEPT

/**
 * Of users with long histories who were heard of last: what came after all that the read model keeps, until that is much, too. Of short ones nothing is
 * held: it would live just as long as what is dearest to collect, and their streams are soon read where something comes late.
 */
export interface KeptReadings {
  /** The state was folded from this history, which nobody else has, and from nothing else of his own; the read model keeps it up to before `from`. */
  readonly keep: (
    state: KycState,
    history: Pick<OwnHistory, 'arrived' | 'unreadable' | 'complete'>,
    from: number,
  ) => void
  /** `after` came of `before` by one more reading, which nobody else has. Where as many as are held came before that, they are given: they are held here no more. */
  readonly add: (before: KycState, reading: Reading, after: KycState) => readonly Reading[] | null
  /** Nothing that was read of him is held. */
  readonly forget: (userId: UserId) => void
  readonly clear: () => void
}

interface Held {
  /** They are of this very state, and of no other of the user's. */
  state: KycState
  readings: Reading[]
}

export const keptReadings = (): KeptReadings => {
  const held = new LRUCache<UserId, Held>({ max: USERS_HELD })
  return {
    keep: (state, { arrived, unreadable, complete }, from) => {
      if (from === 0 || !complete || unreadable.length > 0 || arrived.length - from > MOST_EACH) return
      const readings = arrived.slice(from)
      readings.forEach(forgetPayload)
      held.set(state.userId, { state, readings })
    },
    add: (before, reading, after) => {
      const one = held.get(before.userId)
      if (one?.state !== before) return null
      forgetPayload(reading)
      one.state = after
      const full = one.readings.length < MOST_EACH ? null : one.readings
      if (full === null) one.readings.push(reading)
      else one.readings = [reading]
      return full
    },
    forget: (userId) => void held.delete(userId),
    clear: () => held.clear(),
  }
}
