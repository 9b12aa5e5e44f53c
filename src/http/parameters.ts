import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { type Instant, parseDate, parseRfc3339 } from '../../domain/instant.ts'
import { problem } from './problem.ts'

/** A query parameter, or what is wrong with it for a person: the value is never repeated. */
type Parameter<A> = E.Either<string, A>

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const optional =
  <A>(read: (value: string) => A | null, expectation: string) =>
  (request: Request, name: string): Parameter<A | null> => {
    const value = request.query[name]
    if (value === undefined) return E.right(null)
    const parsed = text(value) === null ? null : read(String(value))
    return parsed === null ? E.left(`${name} must be ${expectation}`) : E.right(parsed)
  }

/** RFC 3339. A `+` of an offset that was not encoded arrives as a space. */
export const instantParameter = optional<Instant>(
  (value) => parseRfc3339(value.replace(/ (?=\d{2}:\d{2}$)/, '+')),
  'a time in RFC 3339 with a zone, such as 2026-03-01T00:00:00Z',
)

export const dateParameter = optional<string>(parseDate, 'a date, YYYY-MM-DD')

export const positionParameter = optional<string>(
  (value) => (/^[0-9a-zA-Z/_-]{1,64}$/.test(value) ? value : null),
  'a position, as an append or Kyc-Position gave it',
)

export const oneOf = <A extends string>(values: readonly A[]) =>
  optional<A>((value) => values.find((known) => known === value) ?? null, `one of ${values.join(', ')}`)

export const wholeNumber = (smallest: number, largest: number) =>
  optional<number>((value) => {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
    return number >= smallest && number <= largest ? number : null
  }, `a whole number from ${smallest} to ${largest}`)

export const userIdParameter = optional<UserId>((value) => (isUserId(value) ? value : null), 'a user id')

/** Refuses parameters that nothing here reads: a mistyped `asof` must not silently answer another question. */
export const unknownParameter = (request: Request, known: readonly string[]): string | null =>
  Object.keys(request.query).every((name) => known.includes(name))
    ? null
    : known.length === 0
      ? 'no query parameter is known here'
      : `the query parameters known here are ${known.join(', ')}`

/** Hands the handler a user id out of the path; answers 400 to an id that cannot be one. */
export const withUserId =
  (handler: (userId: UserId, req: Request, res: Response) => Promise<void> | void): RequestHandler =>
  (req, res) => {
    const userId = String(req.params.userId)
    return isUserId(userId)
      ? handler(userId, req, res)
      : problem(res, 400, 'a user id is a positive whole number without leading zeros')
  }
