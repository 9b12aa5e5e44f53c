import type { WebhookJson } from './documentedWebhooks.ts'
import { at as createdAt } from './webhookBuilders.ts'

/** Minimal webhooks about user 42: the ids, what decides, and a time. */
const OWNER = '42'

/** Noon of a day of June 2024: RFC 3339. */
export const day = (n: number): string => `2024-06-${String(n).padStart(2, '0')}T12:00:00.000Z`

const webhook = (name: string, objectId: string, payload: object, at: string): WebhookJson => ({
  webhook: name,
  webhook_id: `${name} ${objectId} ${at}`,
  webhook_created_at: createdAt(at),
  object_id: objectId,
  object_payload: payload,
})

export const user = (kycReview: unknown, at: string): WebhookJson =>
  webhook('user.kycreview', OWNER, { users: [{ userId: OWNER, kycReview }] }, at)

export const kyc = (kycStatus: unknown, at: string): WebhookJson =>
  webhook('kycreview.result', OWNER, { userId: 42, kycStatus, kycReviewType: 'ONBOARDING', nextReviewDate: null }, at)

export const document = (documentId: string, documentStatus: unknown, at: string, more: object = {}): WebhookJson =>
  webhook(
    'document.update',
    documentId,
    { documents: [{ documentId, userId: OWNER, documentStatus, documentTypeId: '17', ...more }] },
    at,
  )

export const liveness = (id: string, status: unknown, score: unknown, at: string, startedAt?: string): WebhookJson =>
  webhook(
    'kycliveness.update',
    id,
    { user_id: OWNER, 'kyc-status': status, score, ...(startedAt === undefined ? {} : { 'started-at': startedAt }) },
    at,
  )

/** The last part of the documented name that comes with a result. */
const stageOf = (result: unknown): string =>
  ({ STARTED: 'created', CHECK_PENDING: 'processing', REVIEW_PENDING: 'processing', ABORTED: 'aborted' })[
    String(result)
  ] ?? 'finalized'

export const qes = (transactionNumber: string, result: unknown, at: string): WebhookJson =>
  webhook(`qes.${stageOf(result)}`, transactionNumber, { userId: OWNER, transactionNumber, result, identId: 'TST' }, at)

export const videoConference = (transactionNumber: string, result: unknown, at: string): WebhookJson =>
  webhook(`videoConference.${stageOf(result)}`, transactionNumber, { userId: OWNER, transactionNumber, result }, at)

/** The webhook without an id and without a time. */
export const undated = ({ webhook_id: _id, webhook_created_at: _at, ...webhook }: WebhookJson): WebhookJson => webhook

/** A webhook that somebody kept and sends again, under another id and time. */
export const sentAgain = (original: WebhookJson, at: string): WebhookJson => ({
  ...original,
  webhook_id: `sent again ${at}`,
  webhook_created_at: createdAt(at),
})
