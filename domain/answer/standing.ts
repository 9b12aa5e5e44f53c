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

/** Taken out of the folded state: of each kind of identification, the current one. */
export const standing = (state: KycState): Standing => {
  const status = statusOf(state)
  return {
    status,
    verified: status === 'validated',
    governedBy: state.hasLifecycle ? 'lifecycle' : 'legacy',
    legacy: state.legacy.state,
    lifecycle: state.lifecycle.state,
    documents: Object.fromEntries(state.documents.map(({ documentId, state: of }) => [documentId, of])),
    liveness: current(state.liveness)?.state ?? 'none',
    qes: current(state.qes)?.state ?? 'none',
    videoConference: current(state.videoConference)?.state ?? 'none',
  }
}
