import { RETENTION_ANOMALY_KINDS } from '../../../domain/retention/retentionAnomaly.ts'
import { COUNTRIES } from '../../../domain/treezor/country.ts'
import { json } from '../description/answers.ts'
import { inPath, USER_ID } from '../description/asked.ts'
import type { Paths, Schema, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { list, object, oneOfTexts, orNull, ref, text, time, wholeNumber, yesOrNo } from '../description/schemas.ts'

/** A text of one line, as reasons are. */
const aReason = (description: string): Schema => ({ ...text(description), minLength: 1, maxLength: 500 })

export const RETENTION_SCHEMAS: Schemas = {
  Retention: {
    ...object({
      userId: ref('UserId'),
      rule: orNull(oneOfTexts(['ended', 'refused'], 'What begins the period; null: none runs.')),
      since: orNull(time()),
      countries: list(oneOfTexts([...COUNTRIES, 'unknown'])),
      period: orNull(text('ISO 8601, such as P5Y.')),
      country: orNull(text("Whose period it is, where the policy has one for the user's country.")),
      erasureDueAt: orNull(time()),
      mayBeErased: yesOrNo(),
      why: orNull(text('The rule that forbids his erasure now.')),
      anomalies: list(object({ kind: oneOfTexts(RETENTION_ANOMALY_KINDS), detail: text() })),
      holds: list(
        object({
          hold: wholeNumber(0),
          placedAt: orNull(time()),
          by: orNull(text('The name of the API key.')),
          reason: orNull(text()),
        }),
      ),
    }),
    description: 'How long a user is kept, and what stops his going.',
  },
  Reason: object({ reason: aReason('Why, in one line; names no person more than it must: it is kept.') }),
  HoldRecorded: object({ userId: ref('UserId'), hold: wholeNumber(0, 'Its number.'), position: ref('Position') }),
}

const A_REASON = {
  required: true,
  content: { 'application/json': { schema: ref('Reason'), example: { reason: 'request of the prosecutor' } } },
} as const

const RECORDED = { userId: '6461762', hold: 3, position: '0000000000000012' }

/** What anybody may be told who has a hold recorded. */
const RECORDING = ['bad-body', 'bad-user-id', 'keys-not-set', 'body-too-large', 'clock-wrong'] as const

/** What `retentionRoutes` answers. */
export const RETENTION_PATHS: Paths = {
  '/users/{userId}/retention': {
    get: operation({
      operationId: 'retentionOf',
      tag: 'Retention',
      scope: 'retention:read',
      summary: 'From when on the records of a user are due to go, and what stops that',
      parameters: [USER_ID],
      answers: {
        200: json('How long he is kept.', ref('Retention'), {
          userId: '6461762',
          rule: 'ended',
          since: '2020-06-01T08:00:02.114Z',
          countries: ['FR'],
          period: 'P5Y',
          country: null,
          erasureDueAt: '2025-06-01T08:00:02.114Z',
          mayBeErased: false,
          why: 'legal hold 3 stands, placed by legal at 2024-11-04T09:12:44.000Z',
          anomalies: [],
          holds: [{ hold: 3, placedAt: '2024-11-04T09:12:44.000Z', by: 'legal', reason: 'request of the prosecutor' }],
        }),
      },
      refusals: ['bad-parameter', 'bad-user-id', 'unknown-user', 'user-erased'],
    }),
  },
  '/users/{userId}/holds': {
    post: operation({
      operationId: 'placeHold',
      tag: 'Retention',
      scope: 'retention:request',
      summary: 'Places a legal hold, under the name of the key',
      parameters: [USER_ID],
      requestBody: A_REASON,
      answers: { 201: json('It stands.', ref('HoldRecorded'), RECORDED) },
      refusals: [...RECORDING, 'user-erased'],
    }),
  },
  '/users/{userId}/holds/{hold}/lift': {
    post: operation({
      operationId: 'liftHold',
      tag: 'Retention',
      scope: 'retention:confirm',
      summary: 'Lifts a legal hold',
      parameters: [USER_ID, inPath('hold', wholeNumber(0), 3)],
      requestBody: A_REASON,
      answers: { 200: json('It is lifted.', ref('HoldRecorded'), RECORDED) },
      refusals: [...RECORDING, 'unknown-hold', 'hold-lifted'],
    }),
  },
}
