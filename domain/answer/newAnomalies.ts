import type { Anomaly } from '../state/anomaly.ts'
import type { KycState } from '../state/kycState.ts'
import { contradiction } from './anomalies.ts'

const key = ({ kind, eventId, detail }: Anomaly): string => JSON.stringify([kind, eventId, detail])

/** How many of the first anomalies two states share: a state that was not folded anew goes on with the list of another. */
const shared = (old: readonly Anomaly[], now: readonly Anomaly[]): number => {
  let [low, high] = [0, Math.min(old.length, now.length)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (old[middle - 1] === now[middle - 1]) low = middle
    else high = middle - 1
  }
  return low
}

/** The anomalies of a state that the one before had not. What both share is passed over, and copied by nobody: of a long history it is nearly all. */
export const newAnomalies = (before: KycState, after: KycState): readonly Anomaly[] => {
  const from = shared(before.anomalies, after.anomalies)
  const of = (state: KycState): readonly Anomaly[] => [...state.anomalies.slice(from), ...contradiction(state)]
  const known = new Set(of(before).map(key))
  return of(after).filter((anomaly) => !known.has(key(anomaly)))
}
