import * as E from 'fp-ts/lib/Either.js'
import { type KycEvent, readEvent } from '../event/kycEvent.ts'
import { type Place, place, rankOf } from '../event/order.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent, UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Family } from '../treezor/family.ts'
import type { Statement } from '../treezor/statement.ts'
import { type Remark, remarksOn } from './remarks.ts'

/** An event with what it means for one user, ready to be folded. */
export interface Reading {
  readonly event: KycEvent
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
): Reading => {
  if (statements.length > 1) statements.sort((a, b) => rankOf(a) - rankOf(b))
  return {
    event,
    statements,
    remarks: remarksOn(event, family, statements, all),
    adopted,
    place: place(event, statements),
  }
}

/** Works out what an event says about `userId`. */
export const read = (event: KycEvent, userId: UserId): Reading => {
  const { family, statements: all } = event.interpretation
  const statements = all.filter((statement) => statement.userId === userId)
  return readingOf(event, family, statements, all, false)
}

/** Without the payload, of which nothing more is read: a history of large ones is kept in mind as one of small ones. */
export const withoutPayload = (reading: Reading): Reading => {
  const { webhook } = reading.event
  return { ...reading, event: { ...reading.event, webhook: { ...webhook, payload: undefined } } }
}

/** Whether it says anything about its user; what was adopted and does not is not his. */
export const saysSomething = ({ statements }: Reading): boolean => statements.length > 0

/** The documents that a reading says belong to its user. */
export const documentsIn = ({ statements }: Reading): readonly string[] =>
  statements.flatMap((statement) => (statement.region === 'documents' ? [statement.documentId] : []))

/** Reads an event of a user's stream back, with what it says about him. */
export type ReadStored = (stored: StoredEvent, userId: UserId) => E.Either<UnreadableEvent, Reading>

/** `corrections` are the receipts known to be wrong. */
export const readStored =
  (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS): ReadStored =>
  (stored, userId) =>
    E.map((event: KycEvent) => read(event, userId))(readEvent(stored, corrections))

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
