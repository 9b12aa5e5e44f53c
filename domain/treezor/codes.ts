/** A numeric code of the provider with its name; `UNKNOWN` names a code that is in none of the published lists. */
export interface Code {
  readonly code: number
  readonly name: string
}

type Names = Readonly<Record<number, string>>

const named =
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

/** `documentTypeId`: names as the webhooks write them where an example shows one, else after the list of types. */
export const documentTypeCode = named({
  2: 'POLICE_RECORD',
  4: 'COMPANY_REGISTRATION',
  6: 'CV',
  7: 'SWORN_STATEMENT',
  8: 'TURNOVER',
  9: 'IDENTITY_CARD',
  11: 'BANK_IDENTITY_STATEMENT',
  12: 'PROOF_OF_ADDRESS',
  13: 'MOBILE_PHONE_INVOICE',
  14: 'OTHER_INVOICE',
  15: 'RESIDENCE_PERMIT',
  16: 'DRIVING_LICENCE',
  17: 'PASSPORT',
  18: 'PROXY_GRANTING_AN_EMPLOYEE',
  19: 'OFFICIAL_COMPANY_REGISTRATION_PAPER',
  20: 'OFFICIAL_TAX_CERTIFICATE',
  21: 'PAYSLIP',
  22: 'USER_BANK_STATEMENT',
  23: 'LEGAL_STATUS',
  24: 'TAX_STATEMENT',
  25: 'EXEMPTION_STATEMENT',
  26: 'LIVENESS_RESULT',
  27: 'HEALTH_INSURANCE_CARD',
})

/** `userStatus` of a user who is closed for good (docs.treezor.com, guide/users). */
export const CANCELED = 'CANCELED'
export const USER_STATUSES: readonly string[] = ['PENDING', 'VALIDATED', CANCELED]
