import { createHash } from 'node:crypto'
import type { Family } from '../../domain/family.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { type FactIdentity, factName, type RecordedFact, recognise } from '../../domain/identity.ts'
import { format, type Instant, parseRfc3339, parseWebhookCreatedAt } from '../../domain/instant.ts'
import { interpret, latestStatedAt } from '../../domain/interpretation.ts'
import { METADATA_FORMAT, type StoredEvent, webhookOf } from '../../domain/kycEvent.ts'
import { type Occurrence, occurrence } from '../../domain/occurrence.ts'
import { canonicalise } from '../../src/webhooks/canonicalJson.ts'
import { payloadHash } from '../../src/webhooks/payloadHash.ts'
import type { WebhookJson } from './documentedWebhooks.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const uuidOf = (name: string): string => sha256(name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')

export const userId = (text: string): UserId => text as UserId

export const instant = (rfc3339: string): Instant => {
  const parsed = parseRfc3339(rfc3339)
  if (parsed === null) throw new Error(`no time: ${rfc3339}`)
  return parsed
}

export const RECEIVED = '2030-01-01T00:00:00Z'

interface Circumstances {
  /** `null` for the stream of what names no user. */
  readonly user: UserId | null
  readonly revision?: number
  readonly receivedAt?: string
  readonly echoOf?: number | null
  /** As the release that wrote it told it; as today's does, if it is not given. */
  readonly family?: Family | null
}

/** JSON has no infinity, but numbers too large for a double, which read as one. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, field) => (field === Number.POSITIVE_INFINITY ? '1e400' : field))?.replaceAll(
    '"1e400"',
    '1e400',
  ) ?? ''

export const identityOf = (webhook: WebhookJson): FactIdentity => ({
  payloadHash: payloadHash(canonicalise(jsonText(webhook.object_payload))),
  family: interpret(webhookOf(webhook)).family,
  webhookId: typeof webhook.webhook_id === 'string' ? webhook.webhook_id : null,
  webhookCreatedAt: parseWebhookCreatedAt(webhook.webhook_created_at),
})

const occurrenceOf = (webhook: WebhookJson, user: UserId | null, receivedAt = RECEIVED): Occurrence => {
  const { statements, orphans } = interpret(webhookOf(webhook))
  const { webhookCreatedAt, family } = identityOf(webhook)
  return occurrence({
    webhookCreatedAt,
    statedAt: latestStatedAt(user === null ? orphans : statements),
    binding: family !== 'document',
    receivedAt: instant(receivedAt),
  })
}

/** A webhook as an event of a user's stream, as the append writes it; its id depends on its content alone. */
export const storedEvent = (webhook: WebhookJson, circumstances: Circumstances): StoredEvent => {
  const { user, revision = 0, receivedAt = RECEIVED, echoOf = null, family } = circumstances
  const identity = { ...identityOf(webhook), ...(family === undefined ? {} : { family }) }
  const { occurredAt, source, disbelief } = occurrenceOf(webhook, user, receivedAt)
  return {
    eventId: uuidOf(factName(identity, user)),
    revision,
    data: jsonText(webhook),
    metadata: JSON.stringify({
      format: METADATA_FORMAT,
      ...identity,
      webhookCreatedAt: identity.webhookCreatedAt === null ? null : format(identity.webhookCreatedAt),
      userId: user,
      occurredAt: format(occurredAt),
      occurredAtSource: source,
      disbelief,
      recordedAt: receivedAt.replace('Z', '.000000Z'),
      secret: 'test',
      echoOf,
    }),
  }
}

/** The stream of a user, or of what names no user, after these webhooks have arrived in this order: without what was known, echoes marked. */
export const recordedStream = (user: UserId | null, arriving: readonly WebhookJson[]): readonly StoredEvent[] => {
  const facts: RecordedFact[] = []
  const stream: StoredEvent[] = []
  for (const webhook of arriving) {
    const identity = identityOf(webhook)
    const samePayload = facts.filter(({ payloadHash }) => payloadHash === identity.payloadHash)
    const { occurredAt } = occurrenceOf(webhook, user)
    const originals = facts.filter(({ echoOf }) => echoOf === null).map((fact) => fact.occurredAt)
    const recognition = recognise({ ...identity, occurredAt }, samePayload, () => originals)
    if (recognition._tag === 'Known' || recognition._tag === 'EchoRefused') continue
    const revision = stream.length
    const echoOf = recognition._tag === 'Echo' ? recognition.of : null
    facts.push({ ...identity, occurredAt, revision, echoOf })
    stream.push(storedEvent(webhook, { user, revision, echoOf }))
  }
  return stream
}
