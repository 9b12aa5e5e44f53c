import { parseDate } from '../../domain/calendar.ts'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import type { Parameter } from './query.ts'

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

/** A position as well; whether it is one of this log is for the read model to say. */
export const changeIdParameter: Parameter<string> = {
  read: (text) => (/^[0-9a-z.-]{1,160}$/.test(text) ? text : null),
  expectation: 'the id of a change, or a position',
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
