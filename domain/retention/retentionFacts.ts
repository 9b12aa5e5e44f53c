import type { Instant } from '../instant.ts'
import type { Country } from '../treezor/country.ts'
import type { RetentionAnomaly } from './retentionAnomaly.ts'

/** What the events of a user say of how long they are kept, whatever the policy is. A plain value: it survives JSON. */
export interface RetentionFacts {
  /** From when on a period runs, and by which rule; `null` while none does. */
  readonly basis: { readonly rule: 'ended' | 'refused'; readonly since: Instant } | null
  /** Every `distributionCountry` that was said of him, each once, sorted; `null` for what is none that is known. */
  readonly countries: readonly (Country | null)[]
  /** As long as there is one, he is never due. */
  readonly anomalies: readonly RetentionAnomaly[]
}
