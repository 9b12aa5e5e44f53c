import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { parseDate } from '../../domain/calendar.ts'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import { problem } from './problem.ts'

/** A query parameter that may be left out. */
interface Parameter<A> {
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

/** RFC 3339. A `+` of an offset that was not encoded arrives as a space. */
export const instantParameter: Parameter<Instant> = {
  read: (text) => parseRfc3339(text.replace(/ (?=\d{2}:\d{2}$)/, '+')),
  expectation: 'a time in RFC 3339 with a zone, such as 2026-03-01T00:00:00Z',
}

export const dateParameter: Parameter<string> = { read: parseDate, expectation: 'a date, YYYY-MM-DD' }

export const positionParameter: Parameter<string> = {
  read: (text) => (/^[0-9a-zA-Z/_-]{1,64}$/.test(text) ? text : null),
  expectation: 'a position, as an append or Kyc-Position gave it',
}

export const oneOf = <A extends string>(values: readonly A[]): Parameter<A> => ({
  read: (text) => values.find((known) => known === text) ?? null,
  expectation: `one of ${values.join(', ')}`,
})

export const wholeNumber = (smallest: number, largest: number): Parameter<number> => ({
  read: (text) => {
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    return number >= smallest && number <= largest ? number : null
  },
  expectation: `a whole number from ${smallest} to ${largest}`,
})

export const userIdParameter: Parameter<UserId> = {
  read: (text) => (isUserId(text) ? text : null),
  expectation: 'a user id',
}

/** Hands the handler a user id out of the path; answers 400 to an id that cannot be one. */
export const withUserId =
  (handler: (userId: UserId, req: Request, res: Response) => Promise<void> | void): RequestHandler =>
  (req, res) => {
    const userId = String(req.params.userId)
    return isUserId(userId)
      ? handler(userId, req, res)
      : problem(res, 'bad-user-id', 'a user id is a positive whole number without leading zeros')
  }
