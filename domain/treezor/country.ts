import * as t from 'io-ts'
import { Codec } from '../codec.ts'

/** `distributionCountry`: where a user is served from (Treezor API v25.04). */
export const COUNTRIES = ['BE', 'DE', 'ES', 'FR', 'IT', 'NL'] as const
export type Country = (typeof COUNTRIES)[number]

export const isCountry = (u: unknown): u is Country => COUNTRIES.some((country) => country === u)

/** What an object says of its user's country; `unknown`: something that is none of them. */
export type SaidCountry = Country | 'unknown'

/** `null` where the field is not there, or empty. */
export const SaidCountry = new Codec<SaidCountry | null>(
  'distributionCountry',
  (u): u is SaidCountry | null => u === null || u === 'unknown' || isCountry(u),
  (u) => (u === undefined || u === null || u === '' ? null : isCountry(u) ? u : 'unknown'),
  t.identity,
)
