import type * as t from 'io-ts'
import { ObjectId, UserId } from '../identifiers.ts'
import { InstantFromRfc3339, parseRfc3339 } from '../instant.ts'
import { isSuccess, type StateOf } from '../regions.ts'
import type { AboutUser } from './aboutUser.ts'
import { decide, readOf, type States } from './decided.ts'
import { deciding, fields, keysIn, Label, optional, Text } from './fields.ts'
import { type Reason, reason } from './reason.ts'

/** What it is recognised by. */
export const IDENTIFICATION_KEYS = keysIn('transactionNumber identId identificationTime result')

/** The fields in which it states times, and what reads them. */
export const IDENTIFICATION_TIMES = { identificationTime: parseRfc3339 }

/**
 * The identification of QES and video conference (`qes.*`, `videoConference.*`; docs.treezor.com,
 * guide/user-verification/qes and /videoconf). Both carry the same object; `result` decides, not the webhook's name.
 */
export const Identification = fields(
  {
    userId: UserId,
    transactionNumber: ObjectId,
    result: deciding(Label),
    identificationTime: optional(InstantFromRfc3339),
    reason: optional(
      fields(
        { reasonDetails: fields({ reasonCode: optional(Text), reasonMessage: optional(Text) }, 'reason details') },
        'reason',
      ),
    ),
  },
  'identification',
)
export type Identification = t.TypeOf<typeof Identification>

const IDENTIFICATION_BY_RESULT: States<StateOf<'qes'>> = {
  START: 'started',
  STARTED: 'started',
  CHECK_PENDING: 'checking',
  REVIEW_PENDING: 'checking',
  FRAUD_SUSPICION_PENDING: 'fraudSuspected',
  SUCCESS: 'succeeded',
  SUCCESS_DATA_CHANGE: 'succeeded',
  SUCCESS_DATA_CHANGED: 'succeeded',
  ABORTED: 'aborted',
  CANCELED: 'canceled',
  FRAUD_SUSPICION_CONFIRMED: 'fraudConfirmed',
}

/** What QES and video conference say, alike. */
export interface IdentificationStatement extends AboutUser<'qes' | 'videoConference', StateOf<'qes'>> {
  readonly identificationId: string
  readonly result: string | null
  readonly reasons: readonly Reason[]
}

/** Of which of the two it speaks (`region`) its payload does not say. */
export const identificationStatement = (
  region: 'qes' | 'videoConference',
  identification: Identification,
): IdentificationStatement => {
  const details = identification.reason?.reasonDetails
  return {
    region,
    userId: identification.userId,
    ...decide(identification.result, IDENTIFICATION_BY_RESULT, 'result'),
    statedAt: identification.identificationTime,
    identificationId: identification.transactionNumber,
    result: readOf(identification.result),
    reasons: details === undefined ? [] : [reason(details.reasonCode, details.reasonMessage)],
  }
}

/** Under a name that does not tell which product succeeded, neither did; anything less than a success is said of both. */
export const notVouching = (statement: IdentificationStatement): IdentificationStatement =>
  isSuccess(statement.says)
    ? {
        ...statement,
        says: 'unknown',
        notUnderstood: { path: 'webhook', expected: 'a name of qes.* or videoConference.*', found: 'another value' },
      }
    : statement
