import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { OwnHistory } from '../../../domain/state/ownHistory.ts'
import { forgetPayload, type Reading } from '../../../domain/state/reading.ts'
import { FEWEST_KEPT } from '../keptRuns.ts'

/** Of so many users they are kept, and of one so many, some 1.5 kB each: of a longer history those that the read model does not hold. */
const USERS_KEPT = 512
const MOST_EACH = FEWEST_KEPT

/**
 * What the states of the users who were heard of last were folded from, or the last of it: what comes late is put among that, and no stream
 * is read for it; and what has become much is kept in the read model.
 * Of what is folded while the end of the log is far nothing is kept: nobody asks for it, and it would live as long as what is dearest to collect.
 */
export interface KeptReadings {
  /** All that the state was folded from, in the order of arrival; `null` where that is not kept, or events of nobody are among it. */
  readonly of: (state: KycState) => readonly Reading[] | null
  /** The state was folded from this history, which nobody else has, and from nothing else; the read model holds it up to before `from`. */
  readonly keep: (
    state: KycState,
    history: Pick<OwnHistory, 'arrived' | 'unreadable' | 'complete'>,
    from?: number,
  ) => void
  /**
   * `after` came of `before` by one more reading, which nobody else has. Where as many as are kept came before that, they are given: they
   * are kept here no more.
   */
  readonly add: (before: KycState, reading: Reading, after: KycState) => readonly Reading[] | null
  /** Nothing that was read of him is kept. */
  readonly forget: (userId: UserId) => void
  readonly clear: () => void
}

interface Kept {
  /** They are of this very state, and of no other of the user's. */
  state: KycState
  /** The revision of the first of them. */
  from: number
  readings: Reading[]
}

export const keptReadings = (isFar: () => boolean = () => false): KeptReadings => {
  const kept = new LRUCache<UserId, Kept>({ max: USERS_KEPT })
  return {
    of: (state) => {
      const one = kept.get(state.userId)
      return one?.state === state && one.from === 0 ? one.readings : null
    },
    keep: (state, { arrived, unreadable, complete }, from = 0) => {
      if (isFar() || !complete || unreadable.length > 0 || arrived.length - from > MOST_EACH) return
      const readings = arrived.slice(from)
      readings.forEach(forgetPayload)
      kept.set(state.userId, { state, from, readings })
    },
    add: (before, reading, after) => {
      const one = kept.get(before.userId)
      if (one?.state !== before) return null
      forgetPayload(reading)
      one.state = after
      const full = one.readings.length < MOST_EACH ? null : one.readings
      if (full === null) one.readings.push(reading)
      else Object.assign(one, { from: one.from + full.length, readings: [reading] })
      return full
    },
    forget: (userId) => void kept.delete(userId),
    clear: () => kept.clear(),
  }
}
