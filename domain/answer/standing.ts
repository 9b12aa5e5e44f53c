import { current } from '../state/identifications.ts'
import type { KycState } from '../state/kycState.ts'
import { type Status, statusOf } from './status.ts'

/** How a user stood: the status and the state of each region. */
export interface Standing {
  readonly status: Status
  readonly verified: boolean
  readonly governedBy: 'legacy' | 'lifecycle'
  readonly legacy: string
  readonly lifecycle: string
  readonly documents: Readonly<Record<string, string>>
  readonly liveness: string
  readonly qes: string
  readonly videoConference: string
}

const isSame = (a: Standing, b: Standing): boolean =>
  a.status === b.status &&
  a.governedBy === b.governedBy &&
  a.legacy === b.legacy &&
  a.lifecycle === b.lifecycle &&
  a.documents === b.documents &&
  a.liveness === b.liveness &&
  a.qes === b.qes &&
  a.videoConference === b.videoConference

/**
 * How he stands in a state, and how he `stood` in the one before it: what is the same is the same object, all of it where nothing is another.
 */
export const standingAfter = (before: KycState, stood: Standing, state: KycState): Standing => {
  const now = standing(state, before.documents === state.documents ? stood.documents : statesOf(state))
  return isSame(stood, now) ? stood : now
}

const statesOf = ({ documents }: KycState): Standing['documents'] =>
  Object.fromEntries(documents.map(({ documentId, state: of }) => [documentId, of]))

/** Taken out of the folded state: of each kind of identification, the current one. */
export const standing = (state: KycState, documents: Standing['documents'] = statesOf(state)): Standing => {
  const status = statusOf(state)
  return {
    status,
    verified: status === 'validated',
    governedBy: state.hasLifecycle ? 'lifecycle' : 'legacy',
    legacy: state.legacy.state,
    lifecycle: state.lifecycle.state,
    documents,
    liveness: current(state.liveness)?.state ?? 'none',
    qes: current(state.qes)?.state ?? 'none',
    videoConference: current(state.videoConference)?.state ?? 'none',
  }
}
