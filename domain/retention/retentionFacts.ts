import { isUncertain as isUncertainStatus } from '../answer/status.ts'
import { type Instant, later } from '../instant.ts'
import type { KycState } from '../state/kycState.ts'
import { wordOf } from '../state/word.ts'
import type { SaidCountry } from '../treezor/country.ts'
import type { RetentionAnomaly } from './retentionAnomaly.ts'

/** What the events of a user say of how long they are kept, whatever the policy is. A plain value: it survives JSON. */
export interface RetentionFacts {
  /** From when on a period runs, and by which rule; `null` while none does. */
  readonly basis: { readonly rule: 'ended' | 'refused'; readonly since: Instant } | null
  /** Every `distributionCountry` that was said of him, each once, sorted. */
  readonly countries: readonly SaidCountry[]
  /** As long as there is one, he is never due. */
  readonly anomalies: readonly RetentionAnomaly[]
}

const FROZEN = 'the assets of the user are frozen, or it cannot be told whether they are'
const LATER = 'something was said of the user that occurred after the relationship had ended'
const UNCERTAIN =
  'something of what was said of the user is not known: it cannot be read, is missing, or is not what was received or sealed'

const isUnknown = ({ state }: { readonly state: string }): boolean => state === 'unknown'

/** Whether anything of the user is not known, be it of no weight for his status. */
const isUncertain = (state: KycState): boolean =>
  state.keeping.unread ||
  state.unreadable.length > 0 ||
  state.altered.length > 0 ||
  state.flaws.length > 0 ||
  isUnknown(state.legacy) ||
  isUnknown(state.lifecycle) ||
  [state.documents, state.liveness, state.qes, state.videoConference].some((all) => all.some(isUnknown))

const anomaliesOf = (state: KycState): readonly RetentionAnomaly[] => {
  const { freeze, ended, saidOccurredAt } = state.keeping
  const anomalies: RetentionAnomaly[] = []
  if (freeze?.stands) anomalies.push({ kind: 'frozen', detail: FROZEN })
  if (ended !== null && saidOccurredAt !== null && saidOccurredAt > ended.occurredAt) {
    anomalies.push({ kind: 'later-event', detail: LATER })
  }
  if (isUncertain(state)) anomalies.push({ kind: 'uncertain', detail: UNCERTAIN })
  return anomalies
}

/**
 * From when on a period runs. What had occurred before the end and was received after it is kept as long as what was received then:
 * nothing is due sooner after its receipt than the period says.
 */
const basisOf = (state: KycState): RetentionFacts['basis'] => {
  const { ended, saidAt, heardAt } = state.keeping
  const endedAt = ended === null ? null : later(ended.at, saidAt)
  if (endedAt !== null) return { rule: 'ended', since: endedAt }
  // What was observed starts and ends nothing: only what the provider signed does, or a release of that.
  const isRefused = !isUncertainStatus(state) && wordOf(state) === 'refused'
  return heardAt !== null && isRefused ? { rule: 'refused', since: heardAt } : null
}

/** The facts of a user, out of his folded state. */
export const retentionFacts = (state: KycState): RetentionFacts => ({
  basis: basisOf(state),
  countries: state.keeping.countries,
  anomalies: anomaliesOf(state),
})
