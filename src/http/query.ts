import type { Request } from 'express'
import * as E from 'fp-ts/lib/Either.js'

/** A query parameter that may be left out. */
export interface Parameter<A> {
  /** `null` for a text that it cannot be. */
  readonly read: (text: string) => A | null
  /** What it must be, for a person. */
  readonly expectation: string
}

type Values<P> = { readonly [Name in keyof P]: P[Name] extends Parameter<infer A> ? A | null : never }

/**
 * Reads the query of a request: each parameter or `null`, or else what is wrong with one of them, for a person and
 * without its value. Parameters that nothing here reads are refused: a mistyped `asof` must not silently answer another
 * question.
 */
export const queryOf = <P extends Readonly<Record<string, Parameter<unknown>>>>(
  parameters: P,
): ((request: Request) => E.Either<string, Values<P>>) => {
  const known = Object.keys(parameters)
  const unknown =
    known.length === 0 ? 'no query parameter is known here' : `the query parameters known here are ${known.join(', ')}`
  const none = E.right(Object.fromEntries(known.map((name) => [name, null])) as Values<P>)
  return (request) => {
    if (!request.url.includes('?')) return none
    const { query } = request
    for (const name of Object.keys(query)) if (!Object.hasOwn(parameters, name)) return E.left(unknown)
    const values: Record<string, unknown> = {}
    for (const name of known) {
      const { read, expectation } = parameters[name] as Parameter<unknown>
      const text = query[name]
      values[name] = typeof text === 'string' ? read(text) : null
      if (text !== undefined && values[name] === null) return E.left(`${name} must be ${expectation}`)
    }
    return E.right(values as Values<P>)
  }
}
