import * as E from 'fp-ts/lib/Either.js'
import { type HeardEvent, type KycEvent, type ReadEvent, readUserEvent, readUserEventBy } from '../event/kycEvent.ts'
import { ownPlace, type Place, place, rankOf } from '../event/order.ts'
import type { OwnEvent } from '../event/ownEvent.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent, UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Instant } from '../instant.ts'
import type { Family } from '../treezor/family.ts'
import type { Statement } from '../treezor/statement.ts'
import { type Remark, remarksOn } from './remarks.ts'

/** An event of a user's history, ready to be folded. */
export type Reading = WebhookReading | OwnReading

/** Something that this service wrote itself. */
export interface OwnReading {
  readonly _tag: 'OwnReading'
  readonly event: OwnEvent
  readonly place: Place
}

/** The event of a webhook with what it means for one user. */
export interface WebhookReading {
  readonly _tag: 'WebhookReading'
  readonly event: HeardEvent
  readonly statements: readonly Statement[]
  /** What is odd about it, whatever came before. */
  readonly remarks: readonly Remark[]
  /** It stands in the stream of the unattributed: whose it is was not known when it was recorded. */
  readonly adopted: boolean
  readonly place: Place
}

/** `all`: what the event says of anybody. Several statements of one event are heard in the order of the fold. */
export const readingOf = (
  event: KycEvent,
  family: Family | null,
  statements: Statement[],
  all: readonly Statement[],
  adopted: boolean,
): WebhookReading => {
  if (statements.length > 1) statements.sort((a, b) => rankOf(a) - rankOf(b))
  return {
    _tag: 'WebhookReading',
    event,
    statements,
    remarks: remarksOn(event, family, statements, all),
    adopted,
    place: place(event, statements),
  }
}

/** Works out what an event says about `userId`. */
export const read = (event: ReadEvent, userId: UserId): Reading =>
  event._tag === 'Own' ? { _tag: 'OwnReading', event, place: ownPlace(event) } : readWebhook(event, userId)

/** The same of a webhook. */
export const readWebhook = (event: KycEvent, userId: UserId): WebhookReading => {
  const { family, statements: all } = event.interpretation
  const statements = all.filter((statement) => statement.userId === userId)
  return readingOf(event, family, statements, all, false)
}

/** Without the payload, of which nothing more is read: a history of large ones is kept in mind as one of small ones. */
export const withoutPayload = (reading: Reading): Reading => {
  if (reading._tag === 'OwnReading') return reading
  const { name } = reading.event.webhook
  return { ...reading, event: { ...reading.event, webhook: { name } } }
}

/** The same of a reading that nobody else has: it is changed, which costs less than another one. */
export const forgetPayload = (reading: Reading): void => {
  if (reading._tag === 'WebhookReading') Object.assign(reading.event, { webhook: { name: reading.event.webhook.name } })
}

/** Whether it says anything about its user; what was adopted and does not is not his. */
export const saysSomething = ({ statements }: WebhookReading): boolean => statements.length > 0

/** The documents that a reading says belong to its user. */
export const documentsIn = (reading: Reading): readonly string[] =>
  reading._tag === 'OwnReading'
    ? []
    : reading.statements.flatMap((statement) => (statement.region === 'documents' ? [statement.documentId] : []))

/** Reads an event of a user's stream back, with what it says about him. */
export type ReadStored = (stored: StoredEvent, userId: UserId) => E.Either<UnreadableEvent, Reading>

/** `corrections` are the receipts known to be wrong. */
export const readStored =
  (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS): ReadStored =>
  (stored, userId) =>
    E.map((event: ReadEvent) => read(event, userId))(readUserEvent(stored, corrections))

/**
 * `readStored` where no receipt is known to be wrong, for who asks what had occurred by `asOf`: of most of what had not it is looked
 * only whether it can be read, and `null` given.
 */
export const readStoredBy =
  (asOf: Instant) =>
  (stored: StoredEvent, userId: UserId): E.Either<UnreadableEvent, Reading | null> =>
    E.map((event: ReadEvent | null) => (event === null ? null : read(event, userId)))(readUserEventBy(stored, asOf))

/** `readStored` for events that are kept and asked again: each is read once, for as long as somebody holds it. */
export const readStoredOnce = (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS): ReadStored => {
  const readAnew = readStored(corrections)
  const known = new WeakMap<StoredEvent, ReturnType<ReadStored>>()
  return (stored, userId) => {
    const before = known.get(stored)
    if (before !== undefined) return before
    const reading = readAnew(stored, userId)
    known.set(stored, reading)
    return reading
  }
}
