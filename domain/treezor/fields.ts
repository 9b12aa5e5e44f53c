import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { Codec, readBy, UNREAD } from '../codec.ts'

/**
 * What could be made of a deciding field: its value, or that it is not there in any form we know. The raw value is not
 * part of it: it stays in the event and goes nowhere else.
 */
export type FieldReading<A> = { readonly _tag: 'Read'; readonly value: A } | Unreadable

interface Unreadable {
  readonly _tag: 'Unreadable'
  readonly expected: string
  readonly found: Found
}

/** What stands where a value is expected, by its kind in JSON: the value itself may be personal. */
export type Found = 'nothing' | 'a text' | 'a number' | 'a boolean' | 'a list' | 'an object'

const KINDS: Readonly<Record<string, Found>> = { string: 'a text', number: 'a number', boolean: 'a boolean' }

/** `null` and `""` are the provider's ways to leave a field empty. */
const kindOf = (u: unknown): Found => {
  if (u === undefined || u === null || u === '') return 'nothing'
  return Array.isArray(u) ? 'a list' : (KINDS[typeof u] ?? 'an object')
}

type Values<P extends t.Props> = { readonly [Name in keyof P]: t.TypeOf<P[Name]> }

/** A JSON object, and no list. */
export const isObject = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === 'object' && u !== null && !Array.isArray(u)

/** What is in a JSON object; nothing of anything else. */
export const membersOf = (json: unknown): Readonly<Record<string, unknown>> =>
  (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>

/**
 * An object of which these fields are read and nothing else. `t.type` copies the whole object as soon as one field is read
 * into another form, a key `__proto__` included, and makes a context for each field of each object; both took a third of
 * the time in which an event is decoded. An error names the field that cannot be read, whatever is wrong inside it.
 */
export const fields = <P extends t.Props>(types: P, name: string): Codec<Values<P>> => {
  const whole = t.type(types, name)
  const keys = Object.keys(types)
  const readers = Object.values(types).map(readBy)
  return new Codec<Values<P>>(
    name,
    (u): u is Values<P> => whole.is(u),
    (u) => {
      if (!isObject(u)) return UNREAD
      const values: Record<string, unknown> = {}
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as string
        const value = readers[i]?.(u[key])
        if (value === UNREAD) return UNREAD
        values[key] = value
      }
      return values as Values<P>
    },
    (values) => whole.encode(values as t.TypeOfProps<P>),
    (u, context) => {
      if (!isObject(u)) return t.failure(u, context)
      return t.failures(
        Object.entries(types).flatMap(([key, type]) => {
          const value = u[key]
          const error = { value, context: t.appendContext(context, key, type, value) }
          return E.isRight(type.validate(value, context)) ? [] : [error]
        }),
      )
    },
  )
}

/** A field that is there and may be `null`. */
export const nullable = <A, O>(codec: t.Type<A, O, unknown>): Codec<A | null, O | null> => {
  const read = readBy(codec)
  return new Codec<A | null, O | null>(
    `${codec.name} or null`,
    (u): u is A | null => u === null || codec.is(u),
    (u) => (u === null ? null : read(u)),
    (value) => (value === null ? null : codec.encode(value)),
    codec.validate,
  )
}

/** A field that decides a state. Missing or ill-typed it does not spoil the object: it reads as `Unreadable`. */
export const deciding = <A>(codec: t.Type<A, unknown, unknown>): Codec<FieldReading<A>> => {
  const read = readBy(codec)
  return new Codec<FieldReading<A>>(
    codec.name,
    (u): u is FieldReading<A> => typeof u === 'object' && u !== null && '_tag' in u,
    (u) => {
      const value = read(u)
      return value === UNREAD ? { _tag: 'Unreadable', expected: codec.name, found: kindOf(u) } : { _tag: 'Read', value }
    },
    (reading) => (reading._tag === 'Read' ? codec.encode(reading.value) : null),
  )
}

/** A field that decides nothing: missing or ill-typed it reads as `null`. */
export const optional = <A>(codec: t.Type<A, unknown, unknown>): Codec<A | null> => {
  const read = readBy(codec)
  return new Codec<A | null>(
    codec.name,
    (u): u is A | null => u === null || codec.is(u),
    (u) => {
      const value = read(u)
      return value === UNREAD ? null : value
    },
    (value) => (value === null ? null : codec.encode(value)),
  )
}

const LABEL = /^[A-Za-z0-9_.:-]{1,64}$/

/**
 * A short machine-readable word of the provider's (a status, a code kept opaque; an integer reads as its digits): never free
 * text.
 */
export const Label = new Codec<string, string>(
  'word of 1 to 64 letters, digits, _ . : -',
  t.string.is,
  (u) => {
    const text = typeof u === 'number' && Number.isSafeInteger(u) ? String(u) : u
    return typeof text === 'string' && LABEL.test(text) ? text : UNREAD
  },
  t.identity,
)

/** Any text of the provider's; an integer reads as its digits. */
export const Text = new Codec<string, string>(
  'text',
  t.string.is,
  (u) => {
    const text = typeof u === 'number' && Number.isSafeInteger(u) ? String(u) : u
    return typeof text === 'string' ? text : UNREAD
  },
  t.identity,
)

/** A whole number that the provider writes as integer or as decimal string (`2`, `"2"`). */
export const IntegerCode = new Codec<number, number>(
  'integer',
  t.number.is,
  (u) => {
    const value = typeof u === 'string' && /^(0|-?[1-9]\d{0,8})$/.test(u) ? Number(u) : u
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : UNREAD
  },
  t.identity,
)

/** Keys of an object, written as words. */
export const keysIn = (words: string): readonly string[] => words.trim().split(/\s+/)
