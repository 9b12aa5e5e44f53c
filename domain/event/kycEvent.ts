import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { UserId } from '../identifiers.ts'
import { type Instant, InstantFromRfc3339 } from '../instant.ts'
import type { Family } from '../treezor/family.ts'
import { fields, nullable } from '../treezor/fields.ts'
import { interpret } from '../treezor/interpretation.ts'
import type { Interpretation } from '../treezor/meaning.ts'
import type { Statement } from '../treezor/statement.ts'
import type { Webhook } from '../treezor/webhook.ts'
import { readWebhookCreatedAt } from '../treezor/webhookCreatedAt.ts'
import { type Claim, type Occurrence, occurrence } from './occurrence.ts'
import { correctedReceipt, NO_CORRECTIONS, type ReceiptCorrection } from './receiptCorrection.ts'
import { isBinding, latestStatedAt } from './stated.ts'

/** The format that is written today. Every format ever written stays readable. */
export const METADATA_FORMAT = 2

/** What this service writes itself has types that begin so; it is told by `origin` in its metadata, never by its type. */
export const OWN_TYPES = 'kyc-ledger.'
export const OWN_ORIGIN = 'kyc-ledger'

/** What every format holds. */
const COMMON = {
  /** As it was understood at append, `null` for what was not; the identity of the fact rests on it. */
  family: nullable(
    t.keyof({
      user: null,
      kyc: null,
      document: null,
      liveness: null,
      qes: null,
      videoConference: null,
      identification: null,
    } satisfies Record<Family, null>),
  ),
  payloadHash: t.string,
  webhookId: nullable(t.string),
  /** The time that the webhook claims, where it could be read. */
  webhookCreatedAt: nullable(InstantFromRfc3339),
  userId: nullable(UserId),
  /** When it was appended; in a stream it never goes back. */
  recordedAt: InstantFromRfc3339,
  /** Fingerprint of the secret that the signature matched. */
  secret: t.string,
  /** Revision of the first event with this payload; `UNSEEN` where that can no longer be seen. */
  echoOf: nullable(t.number),
}

/** Format 1: the time at which it occurred was settled at append, and what it was settled by was not kept. */
const Format1 = fields(
  {
    format: t.literal(1),
    ...COMMON,
    occurredAt: InstantFromRfc3339,
    occurredAtSource: t.keyof({ webhook: null, payload: null, receipt: null }),
    disbelief: nullable(t.keyof({ 'later-than-receipt': null, 'earlier-than-payload': null })),
  },
  'event metadata, format 1',
)

/** What is recorded beside the webhook: all that cannot be worked out again from the webhook itself. */
export const EventMetadata = fields(
  {
    format: t.literal(METADATA_FORMAT),
    ...COMMON,
    claim: t.keyof({ read: null, unreadable: null, absent: null } satisfies Record<Claim, null>),
    /** The latest time that the signed payload stated, as it was read at append. */
    statedAt: nullable(InstantFromRfc3339),
    /** Whether that time may refute the one that the webhook claims. */
    statedBinds: t.boolean,
    /** When the delivery was first received: before `recordedAt` where it was refused first and submitted again. */
    receivedAt: InstantFromRfc3339,
  },
  'event metadata, format 2',
)
export type EventMetadata = t.TypeOf<typeof EventMetadata>

/** `echoOf` of an event whose stream has lost its beginning: what it may repeat can no longer be seen. */
export const UNSEEN = -1

/** The times of an event as they count: worked out anew each time from what was fixed when it was appended. */
export interface EventTimes extends Omit<Occurrence, 'source'> {
  readonly occurredAtSource: Occurrence['source']
  readonly claim: Claim
  readonly receivedAt: Instant
  readonly recordedAt: Instant
  /** Its receipt was written by a wrong clock, and counts as another time. */
  readonly corrected: boolean
}

/** What is known of an event without its webhook. */
export interface RecordedEvent
  extends EventTimes,
    Pick<EventMetadata, 'family' | 'payloadHash' | 'webhookId' | 'webhookCreatedAt' | 'userId' | 'secret' | 'echoOf'> {}

/** An event of a user's stream with its webhook, and what that means: what the fold works on. */
export interface KycEvent extends RecordedEvent {
  readonly eventId: string
  readonly revision: number
  readonly webhook: Webhook
  readonly interpretation: Interpretation
}

/** An event as a store gives it: texts as they were appended. */
export interface StoredEvent {
  readonly eventId: string
  readonly revision: number
  /** In the whole log; positions of one log order as their texts do. */
  readonly position: string
  readonly data: string
  readonly metadata: string
}

/** An event that this version cannot read: written by a newer one, or not by this service. */
export interface UnreadableEvent {
  readonly _tag: 'UnreadableEvent'
  readonly eventId: string
  readonly revision: number
}

const idText = (u: unknown): string | null =>
  typeof u === 'string' && u !== '' ? u : typeof u === 'number' ? String(u) : null

const bodyOf = (json: unknown): Readonly<Record<string, unknown>> =>
  (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>

/** The meaningful parts of a webhook, out of its JSON. */
export const webhookOf = (json: unknown): Webhook => {
  const body = bodyOf(json)
  return {
    name: typeof body['webhook'] === 'string' ? body['webhook'] : null,
    objectId: idText(body['object_id']),
    payload: body['object_payload'],
  }
}

const unreadable = ({ eventId, revision }: StoredEvent): E.Either<UnreadableEvent, never> =>
  E.left({ _tag: 'UnreadableEvent', eventId, revision })

type Stored = t.TypeOf<typeof Format1> | EventMetadata

/** In the format that its number names; nothing where a newer version wrote it. */
const decodeMetadata = (text: string): Stored | null => {
  const json = J.parse(text)
  if (E.isLeft(json)) return null
  const codec: t.Decoder<unknown, Stored> = bodyOf(json.right)['format'] === 1 ? Format1 : EventMetadata
  const decoded = codec.decode(json.right)
  return E.isRight(decoded) ? decoded.right : null
}

export type Dating = Pick<EventMetadata, 'webhookCreatedAt' | 'claim' | 'statedAt' | 'statedBinds' | 'receivedAt'>

/**
 * Works out the times of an event. A receipt that a wrong clock wrote limits nothing; what it counts as does: the event
 * was not received later than that.
 */
export const timesOf = (
  { receivedAt, claim, ...claims }: Dating,
  recordedAt: Instant,
  position: string | null,
  corrections: readonly ReceiptCorrection[],
): EventTimes => {
  const countsAs = position === null || corrections.length === 0 ? null : correctedReceipt(position, corrections)
  const received = countsAs ?? receivedAt
  const { source, ...occurred } = occurrence({ ...claims, receivedAt: received })
  return {
    ...occurred,
    occurredAtSource: source,
    claim,
    receivedAt: received,
    recordedAt: countsAs ?? recordedAt,
    corrected: countsAs !== null,
  }
}

const withTimes = (
  metadata: Stored,
  times: EventTimes,
  webhookCreatedAt = metadata.webhookCreatedAt,
): RecordedEvent => {
  const { family, payloadHash, webhookId, userId, secret, echoOf } = metadata
  return { family, payloadHash, webhookId, webhookCreatedAt, userId, secret, echoOf, ...times }
}

/** The latest time that the statements about a user state; with `null`, those about documents of nobody. */
export const statedTime = (
  { statements, orphans }: Interpretation,
  userId: UserId | null,
): Pick<EventMetadata, 'statedAt' | 'statedBinds'> => {
  const about = userId === null ? orphans : statements.filter((statement) => statement.userId === userId)
  return { statedAt: latestStatedAt(about), statedBinds: about.every(isBinding) }
}

/** What dates an event of format 1: read again from its webhook, since it was not kept. */
const datingOfFormat1 = (
  { webhookCreatedAt, occurredAt, occurredAtSource, recordedAt, userId }: t.TypeOf<typeof Format1>,
  body: Readonly<Record<string, unknown>>,
  interpretation: Interpretation,
): Dating => {
  const claimed = readWebhookCreatedAt(body['webhook_created_at'])
  return {
    webhookCreatedAt: webhookCreatedAt ?? (claimed.claim === 'read' ? claimed.at : null),
    claim: webhookCreatedAt === null ? claimed.claim : 'read',
    ...statedTime(interpretation, userId),
    receivedAt: occurredAtSource === 'receipt' ? occurredAt : recordedAt,
  }
}

/** The metadata of an event, where its webhook is not needed. Of format 1 it gives the time that was settled at append. */
export const readMetadata = (
  stored: StoredEvent,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): E.Either<UnreadableEvent, RecordedEvent> => {
  const metadata = decodeMetadata(stored.metadata)
  if (metadata === null) return unreadable(stored)
  if (metadata.format === METADATA_FORMAT) {
    return E.right(withTimes(metadata, timesOf(metadata, metadata.recordedAt, stored.position, corrections)))
  }
  const countsAs = corrections.length === 0 ? null : correctedReceipt(stored.position, corrections)
  const recordedAt = countsAs ?? metadata.recordedAt
  const { occurredAt, occurredAtSource, disbelief } = metadata
  return E.right(
    withTimes(metadata, {
      occurredAt,
      occurredAtSource,
      disbelief,
      weaklyDated: occurredAtSource === 'receipt',
      claim: metadata.webhookCreatedAt === null ? 'absent' : 'read',
      receivedAt: recordedAt,
      recordedAt,
      corrected: countsAs !== null,
    }),
  )
}

/**
 * Reads an event back. What the webhook means is not stored: `interpret` works it out anew each time, and from that and
 * from what was fixed at append the time at which it occurred. `corrections` are the receipts known to be wrong.
 */
export const readEvent = (
  stored: StoredEvent,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): E.Either<UnreadableEvent, KycEvent> => {
  const metadata = decodeMetadata(stored.metadata)
  const json = metadata === null ? metadata : J.parse(stored.data)
  if (metadata === null || json === null || E.isLeft(json)) return unreadable(stored)
  const { eventId, revision, position } = stored
  const body = bodyOf(json.right)
  const webhook = webhookOf(body)
  const interpretation = interpret(webhook)
  const dating = metadata.format === METADATA_FORMAT ? metadata : datingOfFormat1(metadata, body, interpretation)
  const times = timesOf(dating, metadata.recordedAt, position, corrections)
  return E.right({
    ...withTimes(metadata, times, dating.webhookCreatedAt),
    eventId,
    revision,
    webhook,
    interpretation,
  })
}

/** The event dated by these statements of it alone: by what is read in it today, as it would have been when it was received. */
export const datedBy = (event: KycEvent, statements: readonly Statement[]): KycEvent => {
  const { webhookCreatedAt, receivedAt } = event
  const { source, ...occurred } = occurrence({
    webhookCreatedAt,
    statedAt: latestStatedAt(statements),
    statedBinds: statements.every(isBinding),
    receivedAt,
  })
  return { ...event, ...occurred, occurredAtSource: source }
}
