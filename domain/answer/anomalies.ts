import { formatMilliseconds } from '../instant.ts'
import type { Anomaly, AnomalyKind } from '../state/anomaly.ts'
import type { KycState } from '../state/kycState.ts'
import { contradicting } from '../state/word.ts'

/** An anomaly as it is shown. */
export interface AnomalyView {
  readonly kind: AnomalyKind
  /** The event it came from; `null` for what concerns the whole. */
  readonly eventId: string | null
  readonly at: string | null
  readonly detail: string
}

/** What is odd about the user as a whole: it stands in the list of no state. */
export const contradiction = (state: KycState): readonly Anomaly[] => {
  const { legacy, lifecycle } = state
  const refused = contradicting(state)
  if (refused !== null) {
    const said =
      'the legacy life cycle refused him, at or after the validation by the new one: the status is not certain'
    return [{ kind: 'life-cycles-contradict', ...refused, detail: said }]
  }
  const decided = [legacy.state, lifecycle.state]
  if (!decided.includes('validated') || !decided.includes('refused')) return []
  const latest = (legacy.since ?? 0) > (lifecycle.since ?? 0) ? legacy : lifecycle
  if (latest.since === null || latest.enteredBy === null) return []
  const detail = `the legacy life cycle says ${legacy.state}, the new one ${lifecycle.state}`
  return [{ kind: 'life-cycles-contradict', eventId: latest.enteredBy, at: latest.since, detail }]
}

/** All that is odd about the user as things stand: what single events left, and what the whole shows. */
export const anomaliesOf = (state: KycState): readonly Anomaly[] => [...state.anomalies, ...contradiction(state)]

const UNREADABLE = 'an event of the stream cannot be read by this version: the status is not certain'

/** What `event-altered` means, for a person. */
export const ALTERED = 'its payload is not the one that was received: it was altered in the event log'

/** All that is odd about the user, what concerns the whole included. */
export const anomalyViews = (state: KycState): readonly AnomalyView[] => [
  ...anomaliesOf(state).map(({ kind, eventId, at, detail }) => ({ kind, eventId, at: formatMilliseconds(at), detail })),
  ...state.unreadable.map((eventId) => ({ kind: 'unreadable-event' as const, eventId, at: null, detail: UNREADABLE })),
  ...state.altered.map((eventId) => ({
    kind: 'event-altered' as const,
    eventId,
    at: null,
    detail: `${ALTERED}; the status is not certain`,
  })),
  ...state.flaws.map(({ kind, detail }) => ({ kind, eventId: null, at: null, detail })),
]

/** How many there are of each kind. */
export type Counts = Partial<Record<AnomalyKind, number>>

/** Counts what is shown, by its kind. */
export const countsOf = (anomalies: readonly AnomalyView[]): Counts => {
  const counts: Counts = {}
  for (const { kind } of anomalies) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** So many of each kind are shown. */
const SHOWN_OF_EACH = 20

/** The newest of each kind, in the order in which they are given. */
export const newestOfEach = (anomalies: readonly AnomalyView[], counts: Counts): readonly AnomalyView[] => {
  const older = { ...counts }
  return anomalies.filter(({ kind }) => {
    const left = (older[kind] ?? 0) - 1
    older[kind] = left
    return left < SHOWN_OF_EACH
  })
}

/** The kinds of anomaly that the user shows, each once. */
export const anomalyKindsOf = (state: KycState): readonly AnomalyKind[] =>
  (Object.keys(countsOf(anomalyViews(state))) as AnomalyKind[]).sort()
