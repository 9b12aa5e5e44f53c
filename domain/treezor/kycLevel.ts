import { isSuccess, type State } from '../regions.ts'
import { named } from './codes.ts'
import { contradicted, type Decided, isMissing, undecided } from './decided.ts'
import type { FieldReading } from './fields.ts'

/** `kycLevel`: Treezor API v25.04, schema of the user. */
export const kycLevelCode = named({
  0: 'NONE',
  1: 'LIGHT',
  2: 'REGULAR',
  3: 'STRONG',
  4: 'REFUSED',
  5: 'PREVALIDATED',
  6: 'ENHANCED',
})

/** A level of REFUSED beside a success: what of the two holds, nobody can tell. */
const REFUSED_LEVEL = 4

/** A level that is there and cannot be read may be the one of a refusal. */
export const withLevel = <S extends State>(
  decided: Decided<S>,
  level: FieldReading<number>,
  path: string,
): Decided<S | 'unknown'> => {
  if (!isSuccess(decided.says) || isMissing(level)) return decided
  if (level._tag === 'Unreadable') return undecided(path, level.expected, level.found)
  return level.value === REFUSED_LEVEL
    ? contradicted(path, 'another level than 4 (REFUSED) beside a validation')
    : decided
}
