import { formatMilliseconds, type Instant } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import { current } from '../state/identifications.ts'
import type { IdentificationState, KycState } from '../state/kycState.ts'
import type { Code } from '../treezor/codes.ts'
import type { Reason } from '../treezor/reason.ts'
import { type AnomalyView, anomalyViews, type Counts, countsOf, newestOfEach } from './anomalies.ts'
import {
  type HeldBackView,
  heldBackViews,
  type ObservedView,
  observedView,
  type ReleasedView,
  releasedView,
} from './observedViews.ts'
import { type Status, statusOf } from './status.ts'

interface IdentificationView {
  readonly state: string
  readonly identificationId: string
  readonly since: string
  readonly score?: number
  readonly result?: string
  readonly reasons: readonly Reason[]
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
  /** What the provider answered when it was asked last. */
  readonly observed: ObservedView | null
  /** Signed successes that were not followed and may be released: the newest. */
  readonly heldBack: readonly HeldBackView[]
  /** The release that the validation by the governing life cycle rests on. */
  readonly released: ReleasedView | null
  /** The newest of each kind, in the order of the fold. */
  readonly anomalies: readonly AnomalyView[]
  /** How many there are of each kind, the ones that are not shown included: those stand in the history. */
  readonly anomalyCounts: Readonly<Counts>
  readonly events: number
  readonly revision: number
  readonly lastEventAt: string | null
}

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
    observed: observedView(state),
    heldBack: heldBackViews(state),
    released: releasedView(state),
    anomalies: newestOfEach(views, counts),
    anomalyCounts: counts,
    events: state.events,
    revision: state.revision,
    lastEventAt: time(state.last?.occurredAt ?? null),
  }
}
