import { formatMilliseconds, type Instant } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import type { Anomaly, AnomalyKind } from '../state/anomaly.ts'
import { current } from '../state/fold.ts'
import type { IdentificationState, KycState } from '../state/kycState.ts'
import type { Code } from '../treezor/codes.ts'
import type { Reason } from '../treezor/reason.ts'

export const STATUSES = ['none', 'pending', 'validated', 'refused', 'closed', 'unknown'] as const
export type Status = (typeof STATUSES)[number]

interface IdentificationView {
  readonly state: string
  readonly identificationId: string
  readonly since: string
  readonly score?: number
  readonly result?: string
  readonly reasons: readonly Reason[]
}

interface AnomalyView {
  readonly kind: AnomalyKind
  /** The event it came from; `null` for what concerns the whole. */
  readonly eventId: string | null
  readonly at: string | null
  readonly detail: string
}

/**
 * What `GET /users/{userId}/kyc` answers: the status and what it rests on, times in RFC 3339 UTC. It names no person:
 * no name, address, e-mail or birth date.
 */
export interface CurrentStatus {
  readonly userId: string
  readonly status: Status
  readonly verified: boolean
  readonly governedBy: 'legacy' | 'lifecycle'
  readonly legacy: {
    readonly state: StateOf<'legacy'>
    readonly review: Code | null
    readonly level: Code | null
    readonly userStatus: string | null
    readonly since: string | null
  }
  readonly lifecycle: {
    readonly state: StateOf<'lifecycle'>
    readonly review: Code | null
    readonly level: Code | null
    readonly reviewType: string | null
    readonly codeStatus: string | null
    readonly lastRequestAt: string | null
    readonly lastReviewAt: string | null
    readonly nextReviewDate: string | null
    readonly since: string | null
  }
  readonly documents: readonly {
    readonly documentId: string
    readonly type: Code | null
    readonly state: StateOf<'documents'>
    readonly codeStatus: string | null
    readonly since: string
  }[]
  readonly liveness: IdentificationView | null
  readonly qes: IdentificationView | null
  readonly videoConference: IdentificationView | null
  /** The newest of each kind, in the order of the fold. */
  readonly anomalies: readonly AnomalyView[]
  /** How many there are of each kind, the ones that are not shown included: those stand in the history. */
  readonly anomalyCounts: Readonly<Partial<Record<AnomalyKind, number>>>
  readonly events: number
  readonly revision: number
  readonly lastEventAt: string | null
}

/**
 * A review that was opened again, or is under investigation, is pending until it is decided. A closed review is deprecated
 * at the provider and its meaning is not documented: it vouches for nobody.
 */
const STATUS_OF_LEGACY: Readonly<Record<StateOf<'legacy'>, Status>> = {
  none: 'none',
  pending: 'pending',
  validated: 'validated',
  refused: 'refused',
  reviewOpen: 'pending',
  reviewPending: 'pending',
  investigating: 'pending',
  reviewClosed: 'unknown',
  unknown: 'unknown',
}

/**
 * The refusal by the legacy life cycle that contradicts a validation by the new one, which governs: it came at the same time
 * or later, and the new one has said nothing since that can be relied on. What the legacy one says afterwards takes
 * nothing of it back.
 */
const contradicting = ({ hasLifecycle, lifecycle: { state, assuredAt }, legacy: { refused } }: KycState) =>
  hasLifecycle && state === 'validated' && refused !== null && (assuredAt === null || refused.at >= assuredAt)
    ? refused
    : null

/**
 * A user whom the provider has closed stays closed. Otherwise the New KYC Life Cycle governs as soon as one of its objects
 * was followed; what cannot be read, what is missing, and a refusal that contradicts the validation make it unknown.
 */
export const statusOf = (state: KycState): Status => {
  if (state.closed !== null) return 'closed'
  if (state.unreadable.length > 0 || state.flaws.length > 0 || contradicting(state) !== null) return 'unknown'
  return state.hasLifecycle ? state.lifecycle.state : STATUS_OF_LEGACY[state.legacy.state]
}

const contradiction = (state: KycState): readonly Anomaly[] => {
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

const time = (instant: Instant | null): string | null => (instant === null ? null : formatMilliseconds(instant))

const identificationView = (
  all: readonly IdentificationState<StateOf<'liveness' | 'qes'>>[],
): IdentificationView | null => {
  const one = current(all)
  if (one === null) return null
  const { state, identificationId, since, score, result, reasons } = one
  return {
    state,
    identificationId,
    since: formatMilliseconds(since),
    ...(score === null ? {} : { score }),
    ...(result === null ? {} : { result }),
    reasons,
  }
}

const UNREADABLE = 'an event of the stream cannot be read by this version: the status is not certain'

const anomalyViews = (state: KycState): readonly AnomalyView[] => [
  ...anomaliesOf(state).map(({ kind, eventId, at, detail }) => ({ kind, eventId, at: formatMilliseconds(at), detail })),
  ...state.unreadable.map((eventId) => ({ kind: 'unreadable-event' as const, eventId, at: null, detail: UNREADABLE })),
  ...state.flaws.map(({ kind, detail }) => ({ kind, eventId: null, at: null, detail })),
]

type Counts = Partial<Record<AnomalyKind, number>>

const countsOf = (anomalies: readonly AnomalyView[]): Counts => {
  const counts: Counts = {}
  for (const { kind } of anomalies) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** So many of each kind are shown. */
const SHOWN_OF_EACH = 20

const newestOfEach = (anomalies: readonly AnomalyView[], counts: Counts): readonly AnomalyView[] => {
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

/** The answer to "is this user verified, since when, and how do we know?", out of the folded state. */
export const currentStatus = (state: KycState): CurrentStatus => {
  const { legacy, lifecycle } = state
  const status = statusOf(state)
  const views = anomalyViews(state)
  const counts = countsOf(views)
  return {
    userId: state.userId,
    status,
    verified: status === 'validated',
    governedBy: state.hasLifecycle ? 'lifecycle' : 'legacy',
    legacy: {
      state: legacy.state,
      review: legacy.review,
      level: legacy.level,
      userStatus: legacy.userStatus,
      since: time(legacy.since),
    },
    lifecycle: {
      state: lifecycle.state,
      review: lifecycle.review,
      level: lifecycle.level,
      reviewType: lifecycle.reviewType,
      codeStatus: lifecycle.codeStatus,
      lastRequestAt: time(lifecycle.lastRequestAt),
      lastReviewAt: time(lifecycle.lastReviewAt),
      nextReviewDate: lifecycle.nextReviewDate,
      since: time(lifecycle.since),
    },
    documents: state.documents.map(({ documentId, type, state: documentState, codeStatus, since }) => ({
      documentId,
      type,
      state: documentState,
      codeStatus,
      since: formatMilliseconds(since),
    })),
    liveness: identificationView(state.liveness),
    qes: identificationView(state.qes),
    videoConference: identificationView(state.videoConference),
    anomalies: newestOfEach(views, counts),
    anomalyCounts: counts,
    events: state.events,
    revision: state.revision,
    lastEventAt: time(state.last?.occurredAt ?? null),
  }
}
