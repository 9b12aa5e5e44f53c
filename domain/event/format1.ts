import type { Instant } from '../instant.ts'
import type { Interpretation } from '../treezor/meaning.ts'
import { readWebhookCreatedAt } from '../treezor/webhookCreatedAt.ts'
import { type Dating, type EventTimes, statedTime } from './dating.ts'
import type { MetadataFormat1 } from './metadata.ts'
import { correctedReceipt, type ReceiptCorrection } from './receiptCorrection.ts'

/** When an event of format 1 was received. */
export const receiptOfFormat1 = ({ occurredAt, occurredAtSource, recordedAt }: MetadataFormat1): Instant =>
  occurredAtSource === 'receipt' ? occurredAt : recordedAt

/** What dates an event of format 1: read again from its webhook, since it was not kept. */
export const datingOfFormat1 = (
  metadata: MetadataFormat1,
  body: Readonly<Record<string, unknown>>,
  interpretation: Interpretation,
): Dating => {
  const { webhookCreatedAt, userId } = metadata
  const claimed =
    webhookCreatedAt === null
      ? readWebhookCreatedAt(body['webhook_created_at'])
      : { claim: 'read' as const, at: webhookCreatedAt }
  return {
    webhookCreatedAt: claimed.claim === 'read' ? claimed.at : null,
    claim: claimed.claim,
    ...statedTime(interpretation, userId),
    receivedAt: receiptOfFormat1(metadata),
  }
}

/** The times of an event of format 1 where its webhook is not read: what was settled at append. */
export const timesOfFormat1 = (
  { occurredAt, occurredAtSource, disbelief, webhookCreatedAt, ...metadata }: MetadataFormat1,
  position: string,
  corrections: readonly ReceiptCorrection[],
): EventTimes => {
  const countsAs = corrections.length === 0 ? null : correctedReceipt(position, corrections)
  const recordedAt = countsAs ?? metadata.recordedAt
  return {
    occurredAt,
    occurredAtSource,
    disbelief,
    weaklyDated: occurredAtSource === 'receipt',
    claim: webhookCreatedAt === null ? 'absent' : 'read',
    receivedAt: recordedAt,
    recordedAt,
    corrected: countsAs !== null,
  }
}
