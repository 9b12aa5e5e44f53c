/** A numeric code of the provider with its name; `UNKNOWN` names a code that is in none of the published lists. */
export interface Code {
  readonly code: number
  readonly name: string
}

type Names = Readonly<Record<number, string>>

/** Names the codes of one list. */
export const named =
  (names: Names) =>
  (code: number): Code => ({ code, name: Object.hasOwn(names, code) ? (names[code] ?? 'UNKNOWN') : 'UNKNOWN' })

/** `kycReview`: Treezor API v25.04, schema of the user; 4 and 5 are deprecated there. */
export const kycReviewCode = named({
  0: 'NONE',
  1: 'PENDING',
  2: 'VALIDATED',
  3: 'REFUSED',
  4: 'INVESTIGATING',
  5: 'CLOSED',
  6: 'REVIEW_OPEN',
  7: 'REVIEW_PENDING',
})

/** `userStatus` of a user who is closed for good (docs.treezor.com, guide/users). */
export const CANCELED = 'CANCELED'
/** All that are documented. */
export const USER_STATUSES: readonly string[] = ['PENDING', 'VALIDATED', CANCELED]
