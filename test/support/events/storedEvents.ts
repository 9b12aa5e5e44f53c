import { createHash } from 'node:crypto'
import { type Dating, statedTime, timesOf } from '../../../domain/event/dating.ts'
import { type FactIdentity, factName } from '../../../domain/event/identity.ts'
import { METADATA_FORMAT } from '../../../domain/event/metadata.ts'
import { type RecordedFact, recognise, touchedBy } from '../../../domain/event/recognition.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { format, type Instant, parseRfc3339 } from '../../../domain/instant.ts'
import type { Family } from '../../../domain/treezor/family.ts'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import { familyFor } from '../../../domain/treezor/meaning.ts'
import { webhookOf } from '../../../domain/treezor/webhook.ts'
import { readWebhookCreatedAt } from '../../../domain/treezor/webhookCreatedAt.ts'
import { canonicalise, payloadHash } from '../../../src/webhooks/canonicalJson.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'

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

/** The time that a webhook claims; `null` where it is absent or cannot be read. */
export const claimedTime = ({ webhook_created_at }: WebhookJson): Instant | null => {
  const created = readWebhookCreatedAt(webhook_created_at)
  return created.claim === 'read' ? created.at : null
}

export const identityOf = (webhook: WebhookJson, user: UserId | null = null): FactIdentity => ({
  payloadHash: payloadHash(canonicalise(jsonText(webhook.object_payload))),
  family: familyFor(interpret(webhookOf(webhook)), user),
  webhookId: typeof webhook.webhook_id === 'string' ? webhook.webhook_id : null,
  webhookCreatedAt: claimedTime(webhook),
})

const datingOf = (webhook: WebhookJson, user: UserId | null, receivedAt = RECEIVED): Dating => ({
  webhookCreatedAt: identityOf(webhook).webhookCreatedAt,
  claim: readWebhookCreatedAt(webhook.webhook_created_at).claim,
  ...statedTime(interpret(webhookOf(webhook)), user),
  receivedAt: instant(receivedAt),
})

const occurredAtOf = (webhook: WebhookJson, user: UserId | null, receivedAt: string): Instant =>
  timesOf(datingOf(webhook, user, receivedAt), instant(receivedAt), null, []).occurredAt

const formatted = (time: Instant | null): string | null => (time === null ? null : format(time))

const positionOf = (revision: number): string => String(revision).padStart(16, '0')

/** A webhook as an event of a user's stream, as the append writes it; its id depends on its content alone. */
export const storedEvent = (webhook: WebhookJson, circumstances: Circumstances): StoredEvent => {
  const { user, revision = 0, receivedAt = RECEIVED, echoOf = null, family } = circumstances
  const identity = { ...identityOf(webhook, user), ...(family === undefined ? {} : { family }) }
  const dating = datingOf(webhook, user, receivedAt)
  const eventId = uuidOf(factName(identity, user, echoOf === null ? null : revision))
  return {
    eventId,
    revision,
    position: positionOf(revision),
    type: typeof webhook.webhook === 'string' ? webhook.webhook : 'webhook.unnamed',
    data: jsonText(webhook),
    metadata: JSON.stringify({
      // In the order in which the append writes them: so they are read back by the quick way.
      family: identity.family,
      payloadHash: identity.payloadHash,
      elementHash: null,
      webhookId: identity.webhookId,
      webhookCreatedAt: formatted(dating.webhookCreatedAt),
      claim: dating.claim,
      userId: user,
      statedAt: formatted(dating.statedAt),
      statedBinds: dating.statedBinds,
      receivedAt: format(dating.receivedAt),
      secret: 'test',
      format: METADATA_FORMAT,
      recordedAt: format(dating.receivedAt),
      echoOf,
      salt: Buffer.from(sha256(eventId), 'hex').toString('base64'),
      whole: null,
    }),
  }
}

/** The stream of a user, or of what names no user, after these webhooks have arrived in this order: without what was known, echoes marked. */
export const recordedStream = (
  user: UserId | null,
  arriving: readonly WebhookJson[],
  /** When the webhook at that place among those that arrive is received. */
  receipt: (index: number) => string = () => RECEIVED,
): readonly StoredEvent[] => {
  const facts: RecordedFact[] = []
  const stream: StoredEvent[] = []
  for (const [index, webhook] of arriving.entries()) {
    const receivedAt = receipt(index)
    const identity = identityOf(webhook, user)
    const samePayload = facts.filter(({ payloadHash }) => payloadHash === identity.payloadHash)
    const occurredAt = occurredAtOf(webhook, user, receivedAt)
    const recognition = recognise({ ...identity, occurredAt }, samePayload, {
      originals: () => facts.filter(({ echoOf }) => echoOf === null).map((fact) => fact.occurredAt),
      payloadOf: (id) => {
        const payloads = new Set(facts.flatMap((fact) => (fact.webhookId === id ? [fact.payloadHash] : [])))
        return payloads.size === 1 ? ([...payloads][0] ?? null) : null
      },
      isLast: ({ family, revision }) =>
        touchedBy(family).every((part) =>
          facts.every((fact) => fact.revision <= revision || !touchedBy(fact.family).includes(part)),
        ),
      complete: true,
    })
    if (recognition._tag === 'Known' || recognition._tag === 'EchoRefused') continue
    const revision = stream.length
    const echoOf = recognition._tag === 'Echo' ? recognition.of : null
    facts.push({ ...identity, occurredAt, revision, echoOf })
    stream.push(storedEvent(webhook, { user, revision, receivedAt, echoOf }))
  }
  return stream
}
