import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import type { Instant } from '../instant.ts'
import { membersOf } from '../treezor/fields.ts'
import { interpret } from '../treezor/interpretation.ts'
import type { Interpretation } from '../treezor/meaning.ts'
import type { Statement } from '../treezor/statement.ts'
import { type Webhook, webhookOf } from '../treezor/webhook.ts'
import { disagrees, unalteredWebhook } from './altered.ts'
import { type EventTimes, isBinding, latestStatedAt, timesOf } from './dating.ts'
import { datingOfFormat1, receiptOfFormat1, timesOfFormat1 } from './format1.ts'
import { type EventMetadata, metadataIn, type StoredMetadata } from './metadata.ts'
import { decodeMetadata, readWritten } from './metadataText.ts'
import { hasOccurred, notBefore, occurrence } from './occurrence.ts'
import { isOwn, isOwnAltered, type OwnEvent, readOwn } from './ownEvent.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from './receiptCorrection.ts'
import type { StoredEvent, UnreadableEvent } from './storedEvent.ts'

/** What is known of an event without its webhook. */
export interface KnownEvent
  extends EventTimes,
    Pick<
      EventMetadata,
      'family' | 'payloadHash' | 'elementHash' | 'webhookId' | 'webhookCreatedAt' | 'userId' | 'secret' | 'echoOf'
    > {}

/** An event with its webhook, and what that means. */
export interface KycEvent extends KnownEvent {
  readonly _tag: 'Webhook'
  readonly eventId: string
  readonly revision: number
  readonly position: string
  readonly webhook: Webhook
  readonly interpretation: Interpretation
}

/** An event of a user's stream, read back. */
export type ReadEvent = KycEvent | OwnEvent

/** All of an event that is folded and told once it is known what it says of a user. */
export interface HeardEvent
  extends Pick<
    KycEvent,
    | '_tag'
    | 'eventId'
    | 'revision'
    | 'position'
    | 'payloadHash'
    | 'elementHash'
    | 'webhookId'
    | 'webhookCreatedAt'
    | 'echoOf'
    | 'occurredAt'
    | 'occurredAtSource'
    | 'weaklyDated'
    | 'receivedAt'
    | 'recordedAt'
    | 'corrected'
    | 'secret'
  > {
  readonly webhook: Pick<Webhook, 'name'>
  readonly interpretation: Pick<Interpretation, 'family'>
}

/** The same of an event of a user's stream: what the fold works on. */
export type UserEvent = HeardEvent | OwnEvent

const unreadable = (
  { eventId, revision }: StoredEvent,
  _tag: UnreadableEvent['_tag'] = 'UnreadableEvent',
): E.Either<UnreadableEvent, never> => E.left({ _tag, eventId, revision })

const withTimes = (
  metadata: StoredMetadata,
  times: EventTimes,
  webhookCreatedAt = metadata.webhookCreatedAt,
): KnownEvent => {
  const { family, payloadHash, webhookId, userId, secret, echoOf } = metadata
  const elementHash = metadata.format === 4 ? metadata.elementHash : null
  return { family, payloadHash, elementHash, webhookId, webhookCreatedAt, userId, secret, echoOf, ...times }
}

/** The metadata of an event, where its webhook is not needed: it is not looked at. Of format 1 it gives the time that was settled at append. */
export const readMetadata = (
  stored: StoredEvent,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): E.Either<UnreadableEvent, KnownEvent> => {
  const metadata = decodeMetadata(stored.metadata)
  if (metadata === null) return unreadable(stored)
  if (metadata.format === 1) {
    return E.right(withTimes(metadata, timesOfFormat1(metadata, stored.position, corrections)))
  }
  return E.right(withTimes(metadata, timesOf(metadata, metadata.recordedAt, stored.position, corrections)))
}

const webhookIn = (
  stored: StoredEvent,
  metadata: StoredMetadata | null,
  corrections: readonly ReceiptCorrection[],
): E.Either<UnreadableEvent, KycEvent> => {
  if (metadata === null) return unreadable(stored)
  const sound = unalteredWebhook(stored, metadata)
  if (sound === null && disagrees(stored, metadata)) return unreadable(stored, 'AlteredEvent')
  const json = sound === null ? J.parse(stored.data) : E.right(sound)
  if (E.isLeft(json)) return unreadable(stored)
  const { eventId, revision, position } = stored
  const body = membersOf(json.right)
  const webhook = webhookOf(body)
  const interpretation = interpret(webhook)
  const dating = metadata.format === 1 ? datingOfFormat1(metadata, body, interpretation) : metadata
  const times = timesOf(dating, metadata.recordedAt, position, corrections)
  return E.right({
    ...withTimes(metadata, times, dating.webhookCreatedAt),
    _tag: 'Webhook',
    eventId,
    revision,
    position,
    webhook,
    interpretation,
  })
}

/**
 * Reads the event of a webhook back. What the webhook means is not stored: `interpret` works it out anew each time, and from that and
 * from what was fixed at append the time at which it occurred. Of one that was altered since it was appended nothing is
 * believed. `corrections` are the receipts known to be wrong.
 */
export const readEvent = (
  stored: StoredEvent,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): E.Either<UnreadableEvent, KycEvent> => webhookIn(stored, decodeMetadata(stored.metadata), corrections)

/**
 * Whether the event of a webhook can be read and occurred after `asOf`, as far as that is told without what it means; `false` says
 * nothing.
 */
const isReadLater = (stored: StoredEvent, metadata: StoredMetadata, asOf: Instant): boolean => {
  const receivedAt = metadata.format === 1 ? receiptOfFormat1(metadata) : metadata.receivedAt
  const earliest = notBefore({ webhookCreatedAt: metadata.webhookCreatedAt, receivedAt })
  if (earliest === null || hasOccurred({ occurredAt: earliest }, asOf)) return false
  return unalteredWebhook(stored, metadata) !== null
}

/** `readUserEvent` where no receipt is known to be wrong, for who asks what had occurred by `asOf`: `null` of some events that had not. */
export const readUserEventBy = (stored: StoredEvent, asOf: Instant): E.Either<UnreadableEvent, ReadEvent | null> => {
  const written = readWritten(stored.metadata)
  if (written === null) return readUserEvent(stored)
  return isReadLater(stored, written, asOf) ? E.right(null) : webhookIn(stored, written, NO_CORRECTIONS)
}

/** Reads an event of a user's stream back, be it one that this service wrote itself. */
export const readUserEvent = (
  stored: StoredEvent,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
): E.Either<UnreadableEvent, ReadEvent> => {
  const written = readWritten(stored.metadata)
  if (written !== null) return webhookIn(stored, written, corrections)
  const metadata = J.parse(stored.metadata)
  if (E.isLeft(metadata)) return unreadable(stored)
  if (!isOwn(metadata.right)) return webhookIn(stored, metadataIn(metadata.right), corrections)
  if (isOwnAltered(stored, metadata.right)) return unreadable(stored, 'AlteredEvent')
  const own = readOwn(stored, metadata.right, corrections)
  return own === null ? unreadable(stored) : E.right(own)
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
