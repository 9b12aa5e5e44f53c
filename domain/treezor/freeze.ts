import * as t from 'io-ts'
import { Codec } from '../codec.ts'

/** What the provider writes for no. */
const NOT: ReadonlySet<unknown> = new Set([0, '0', false])

/**
 * Whether a user's assets are frozen, as `isFrozen` (before: `isFreezed`) says; `null` where the field is not there. Whatever is not a
 * plain no counts as a freeze: records of somebody who may be under sanctions do not go.
 */
export const Freeze = new Codec<boolean | null>(
  'isFrozen',
  (u): u is boolean | null => u === null || typeof u === 'boolean',
  (u) => (u === undefined ? null : !NOT.has(u)),
  t.identity,
)

/** What both names of it say together: one that says so is enough. */
export const eitherFreeze = (a: boolean | null, b: boolean | null): boolean | null =>
  a === null ? b : b === null ? a : a || b
