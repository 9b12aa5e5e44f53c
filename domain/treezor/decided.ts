import type { Code } from './codes.ts'
import type { FieldReading, Found } from './fields.ts'

/**
 * A deciding field that could not be understood, or that another one contradicts: where it stands in the webhook, what was
 * expected there and what is.
 */
interface NotUnderstood {
  readonly path: string
  readonly expected: string
  readonly found: Found | 'another value'
  /** Default: `unknown-value`. */
  readonly kind?: 'unknown-value' | 'payload-contradicts'
}

/** What deciding fields say. */
export interface Decided<S> {
  readonly says: S
  /** Why `says` is `unknown`, or what speaks against it; else `null`. */
  readonly notUnderstood: NotUnderstood | null
}

/** The states that the values of a deciding field stand for. */
export type States<S> = Readonly<Record<string, S>>

/** Of a field that cannot be read. */
export const undecided = (path: string, expected: string, found: NotUnderstood['found']): Decided<'unknown'> => ({
  says: 'unknown',
  notUnderstood: { path: `object_payload.${path}`, expected, found },
})

/** The state that a deciding field stands for; a value that is not in `states` stands for `unknown`. */
export const decide = <S>(
  field: FieldReading<string | number>,
  states: States<S>,
  path: string,
): Decided<S | 'unknown'> => {
  if (field._tag === 'Unreadable') return undecided(path, field.expected, field.found)
  const state = Object.hasOwn(states, field.value) ? states[field.value] : undefined
  return state === undefined
    ? undecided(path, `one of ${Object.keys(states).join(', ')}`, 'another value')
    : { says: state, notUnderstood: null }
}

/** Of a success that another field (`path`) contradicts. */
export const contradicted = (path: string, expected: string): Decided<'unknown'> => ({
  says: 'unknown',
  notUnderstood: { path: `object_payload.${path}`, expected, found: 'another value', kind: 'payload-contradicts' },
})

/** It is not there, or empty. */
export const isMissing = (field: FieldReading<unknown>): boolean =>
  field._tag === 'Unreadable' && field.found === 'nothing'
/** Its value, where it can be read. */
export const readOf = <A>(field: FieldReading<A>): A | null => (field._tag === 'Read' ? field.value : null)

/** Its code with the name of that, where it can be read. */
export const codeOf = (field: FieldReading<number>, named: (code: number) => Code): Code | null =>
  field._tag === 'Read' ? named(field.value) : null
