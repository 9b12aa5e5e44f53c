import { type Instant, minutes } from './instant.ts'

/** Where the time of an event was taken from. */
export type OccurredAtSource = 'webhook' | 'payload' | 'receipt'

/** Why the time that a webhook claims was not taken. */
export type Disbelief = 'later-than-receipt' | 'earlier-than-payload'

export interface Occurrence {
  readonly occurredAt: Instant
  readonly source: OccurredAtSource
  readonly disbelief: Disbelief | null
}

export interface Claims {
  /** `webhook_created_at`: unsigned. */
  readonly webhookCreatedAt: Instant | null
  /** What the signed payload says of itself. */
  readonly statedAt: Instant | null
  /** Whether `statedAt` may refute the webhook's own time. Documents' dates may not: they mix up UTC and Paris. */
  readonly binding: boolean
  readonly receivedAt: Instant
}

/** Clocks differ, and a delivery takes a while. */
const TOLERANCE = minutes(5)

/**
 * When the event happened at the provider: what the webhook claims, else what its payload states, else when it was
 * received. A time later than receipt is not believed (receipt is used), nor one earlier than what the signed payload
 * states (that is used); both with five minutes of tolerance.
 */
export const occurrence = ({ webhookCreatedAt, statedAt, binding, receivedAt }: Claims): Occurrence => {
  const earlier = webhookCreatedAt !== null && statedAt !== null && binding && webhookCreatedAt < statedAt - TOLERANCE
  const source = webhookCreatedAt !== null && !earlier ? 'webhook' : statedAt !== null ? 'payload' : 'receipt'
  const occurredAt = { webhook: webhookCreatedAt, payload: statedAt, receipt: null }[source] ?? receivedAt
  return occurredAt > receivedAt + TOLERANCE
    ? { occurredAt: receivedAt, source: 'receipt', disbelief: 'later-than-receipt' }
    : { occurredAt, source, disbelief: earlier ? 'earlier-than-payload' : null }
}
