import type { Anomaly } from '../state/anomaly.ts'
import type { KycState } from '../state/kycState.ts'
import { contradiction } from './anomalies.ts'

/** What of the list of what is odd is another one than it was: all of it but the beginning that both share. */
export interface OddChange {
  readonly gone: readonly Anomaly[]
  readonly come: readonly Anomaly[]
}

const key = ({ kind, eventId, detail }: Anomaly): string => JSON.stringify([kind, eventId, detail])

/** The anomalies of a state that the one before had not. */
export const newAnomalies = (before: KycState, after: KycState, { gone, come }: OddChange): readonly Anomaly[] => {
  const known = new Set([...gone, ...contradiction(before)].map(key))
  return [...come, ...contradiction(after)].filter((anomaly) => !known.has(key(anomaly)))
}
