import type { Instant } from '../instant.ts'
import type { Country } from '../treezor/country.ts'
import { endOf, type Period } from './period.ts'
import type { RetentionPolicy } from './policy.ts'
import type { RetentionAnomaly } from './retentionAnomaly.ts'
import type { RetentionFacts } from './retentionFacts.ts'

/** A period that runs out at `dueAt`. */
export interface Running {
  readonly _tag: 'Running'
  readonly rule: 'ended' | 'refused' | 'nobody'
  readonly since: Instant
  readonly period: Period
  /** Whose period it is, where the policy has one for it. */
  readonly country: Country | null
  readonly dueAt: Instant
}

/** How long the records of a user are kept. */
export type RetentionClock =
  | Running
  /** Never due, for these reasons. */
  | { readonly _tag: 'Stopped'; readonly anomalies: readonly RetentionAnomaly[] }
  /** Nothing has ended. */
  | { readonly _tag: 'NotStarted' }

/** The periods that may apply after the end of a relationship; `null` where they differ, and the country cannot be told. */
const periodsAfterEnd = (
  { countries }: RetentionFacts,
  policy: RetentionPolicy,
): readonly Pick<Running, 'period' | 'country'>[] | null => {
  const applying = { period: policy.default, country: null }
  const differs = Object.values(policy.byCountry).some(({ text }) => text !== policy.default.text)
  if (!differs) return [applying]
  if (countries.length === 0 || countries.includes('unknown')) return null
  return countries.map((country) => {
    const period = country === 'unknown' ? undefined : policy.byCountry[country]
    return country === 'unknown' || period === undefined ? applying : { period, country }
  })
}

const COUNTRY_UNKNOWN: RetentionAnomaly = {
  kind: 'country-unknown',
  detail: 'the policy has periods by country, and no distributionCountry that it could go by was said of the user',
}

const running = (
  rule: Running['rule'],
  since: Instant,
  { period, country }: Pick<Running, 'period' | 'country'>,
): Running => ({ _tag: 'Running', rule, since, period, country, dueAt: endOf(since, period) })

/** The clock of a user. Of the periods of several countries the one that ends last counts. */
export const retentionClock = (facts: RetentionFacts, policy: RetentionPolicy): RetentionClock => {
  const { basis, anomalies } = facts
  if (anomalies.length > 0) return { _tag: 'Stopped', anomalies }
  if (basis === null) return { _tag: 'NotStarted' }
  const { rule, since } = basis
  if (rule === 'refused') return running(rule, since, { period: policy.refused, country: null })
  const ends = periodsAfterEnd(facts, policy)?.map((one) => running(rule, since, one))
  const [first, ...others] = ends ?? []
  if (first === undefined) return { _tag: 'Stopped', anomalies: [COUNTRY_UNKNOWN] }
  return others.reduce((last, one) => (one.dueAt > last.dueAt ? one : last), first)
}

/** The clock of an event that belongs to nobody. */
export const clockOfNobody = (recordedAt: Instant, { nobody }: RetentionPolicy): Running =>
  running('nobody', recordedAt, { period: nobody, country: null })
