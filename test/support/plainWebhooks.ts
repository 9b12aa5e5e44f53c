import type { WebhookJson } from './documentedWebhooks.ts'

/** Minimal webhooks about user 42: the ids, what decides, and a time. */
const OWNER = '42'

/** RFC 3339 as `webhook_created_at`: tenths of milliseconds. */
export const createdAt = (rfc3339: string): number => Date.parse(rfc3339) * 10

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

/** A webhook that somebody kept and sends again, under another id and time. */
export const sentAgain = (original: WebhookJson, at: string): WebhookJson => ({
  ...original,
  webhook_id: `sent again ${at}`,
  webhook_created_at: createdAt(at),
})
