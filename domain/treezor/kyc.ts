import * as t from 'io-ts'
import { parseDate } from '../calendar.ts'
import { Codec, UNREAD } from '../codec.ts'
import { UserId } from '../identifiers.ts'
import { type Instant, InstantFromRfc3339, later, parseRfc3339 } from '../instant.ts'
import { isSuccess, type StateOf } from '../regions.ts'
import type { AboutUser } from './aboutUser.ts'
import { type Code, kycReviewCode } from './codes.ts'
import { SaidCountry } from './country.ts'
import { codeOf, contradicted, type Decided, decide, isMissing, type States } from './decided.ts'
import { deciding, fields, IntegerCode, keysIn, Label, optional } from './fields.ts'
import { kycLevelCode, withLevel } from './kycLevel.ts'

/** What only the KYC object has, and what it has in common with nobody but a user. */
export const KYC_KEYS = keysIn(`kycStatus kycReview kycLevel kycReviewType kycReviewComment
  lastRequestDatetime lastReviewDatetime nextReviewDate`)
/** Documented keys of the KYC object that other objects have as well. */
export const KYC_SHARED_KEYS = keysIn('userId clientId distributionCountry codeStatus informationStatus')

/** The fields in which it states times, and what reads them. */
export const KYC_TIMES = {
  lastRequestDatetime: parseRfc3339,
  lastReviewDatetime: parseRfc3339,
  nextReviewDate: parseDate,
}

const CalendarDate = new Codec<string, string>(
  'date YYYY-MM-DD',
  t.string.is,
  (u) => {
    const date = typeof u === 'string' ? parseDate(u) : null
    return date ?? UNREAD
  },
  t.identity,
)

/**
 * The KYC object of the New KYC Life Cycle (`kycreview.*`; docs.treezor.com, guide/user-verification/events). Decided by
 * `kycStatus`, and by `kycReview` where there is no `kycStatus`.
 */
export const Kyc = fields(
  {
    userId: UserId,
    kycStatus: deciding(Label),
    kycReview: deciding(IntegerCode),
    kycLevel: deciding(IntegerCode),
    kycReviewType: optional(Label),
    codeStatus: optional(Label),
    lastRequestDatetime: optional(InstantFromRfc3339),
    lastReviewDatetime: optional(InstantFromRfc3339),
    nextReviewDate: optional(CalendarDate),
    distributionCountry: SaidCountry,
  },
  'KYC object',
)
export type Kyc = t.TypeOf<typeof Kyc>

const LIFECYCLE_BY_STATUS: States<StateOf<'lifecycle'>> = {
  PENDING: 'pending',
  VALIDATED: 'validated',
  REFUSED: 'refused',
}

const LIFECYCLE_BY_REVIEW: States<StateOf<'lifecycle'>> = {
  0: 'none',
  1: 'pending',
  2: 'validated',
  3: 'refused',
  6: 'pending',
  7: 'pending',
}

const VALIDATED_REVIEW = 2

const decideLifecycle = (kyc: Kyc): Decided<StateOf<'lifecycle'>> => {
  const decided = withLevel(decideByStatus(kyc), kyc.kycLevel, 'kycLevel')
  const { kycReview } = kyc
  const agrees = isMissing(kycReview) || (kycReview._tag === 'Read' && kycReview.value === VALIDATED_REVIEW)
  if (isSuccess(decided.says) && !agrees) return contradicted('kycReview', '2 (VALIDATED) beside kycStatus VALIDATED')
  const isOdd = decided.says === 'refused' && kycReview._tag === 'Read' && kycReview.value === VALIDATED_REVIEW
  return isOdd ? { ...contradicted('kycReview', '3 (REFUSED) beside kycStatus REFUSED'), says: 'refused' } : decided
}

/** Where both fields are missing it is `kycStatus` that is. */
const decideByStatus = ({ kycStatus, kycReview }: Kyc): Decided<StateOf<'lifecycle'>> =>
  isMissing(kycStatus) && !isMissing(kycReview)
    ? decide(kycReview, LIFECYCLE_BY_REVIEW, 'kycReview')
    : decide(kycStatus, LIFECYCLE_BY_STATUS, 'kycStatus')

/** What a KYC object says of the New KYC Life Cycle. */
export interface LifecycleStatement extends AboutUser<'lifecycle', StateOf<'lifecycle'>> {
  readonly review: Code | null
  readonly level: Code | null
  readonly reviewType: string | null
  readonly codeStatus: string | null
  readonly lastRequestAt: Instant | null
  readonly lastReviewAt: Instant | null
  readonly nextReviewDate: string | null
  readonly country: SaidCountry | null
}

/** The statement of a KYC object. */
export const kycStatement = (kyc: Kyc): LifecycleStatement => ({
  region: 'lifecycle',
  userId: kyc.userId,
  ...decideLifecycle(kyc),
  // A new request comes after the last review: the later of the two dates what the object says.
  statedAt: later(kyc.lastReviewDatetime, kyc.lastRequestDatetime),
  review: codeOf(kyc.kycReview, kycReviewCode),
  level: codeOf(kyc.kycLevel, kycLevelCode),
  reviewType: kyc.kycReviewType,
  codeStatus: kyc.codeStatus,
  lastRequestAt: kyc.lastRequestDatetime,
  lastReviewAt: kyc.lastReviewDatetime,
  nextReviewDate: kyc.nextReviewDate,
  country: kyc.distributionCountry,
})
