import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { parseDate } from '../calendar.ts'
import { UserId } from '../identifiers.ts'
import { InstantFromRfc3339 } from '../instant.ts'
import { deciding, fields, IntegerCode, Label, optional } from './fields.ts'

const CalendarDate = new t.Type<string, string, unknown>(
  'date YYYY-MM-DD',
  t.string.is,
  (u, context) => {
    const date = typeof u === 'string' ? parseDate(u) : null
    return date === null ? t.failure(u, context) : E.right(date)
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
  },
  'KYC object',
)
export type Kyc = t.TypeOf<typeof Kyc>
