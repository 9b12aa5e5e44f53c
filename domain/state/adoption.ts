import * as A from 'fp-ts/lib/Array.js'
import { datedBy, type HeardEvent, type KycEvent, readEvent } from '../event/kycEvent.ts'
import type { StoredEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Statement } from '../treezor/statement.ts'
import type { OwnHistory } from './ownHistory.ts'
import { documentsIn, type Reading, readingOf, readWebhook, saysSomething, type WebhookReading } from './reading.ts'

/** Whether both hold the same of one payload: all of it, at least one of them, or the same part. */
const holdSame = (a: HeardEvent, b: HeardEvent): boolean =>
  a.payloadHash === b.payloadHash &&
  (a.elementHash === null || b.elementHash === null || a.elementHash === b.elementHash)

const samePayload = (own: readonly HeardEvent[], event: HeardEvent): readonly HeardEvent[] =>
  own.filter((one) => holdSame(one, event))

/**
 * Whether the stream of a user holds this very webhook, in the family that it has today. The time has to agree (the ids,
 * where there is none): it is not signed, and a copy that somebody dates otherwise must not take the place of what was
 * recorded before it.
 */
export const holds = (own: readonly HeardEvent[], event: HeardEvent): boolean =>
  samePayload(own, event).some(
    (one) =>
      one.webhookCreatedAt === event.webhookCreatedAt &&
      (one.webhookCreatedAt !== null || one.webhookId === event.webhookId) &&
      one.interpretation.family === event.interpretation.family,
  )

/**
 * What an event of the stream of the unattributed says about `userId`, if anything: of documents that name no user and
 * are his (`owned`), and of himself, where he is found in it today and was not when it was recorded. `own` are the events
 * of his stream: what he heard there he does not hear again, and what repeats a payload of it is an echo.
 */
export const adopt = (
  event: KycEvent,
  userId: UserId,
  owned: ReadonlySet<string>,
  own: readonly HeardEvent[],
): WebhookReading => {
  const { family, statements: named, orphans } = event.interpretation
  const ofHim = named.filter((statement) => statement.userId === userId)
  const ofNobody = orphans.map((orphan): Statement => ({ ...orphan, userId }))
  const ofHis = ofNobody.filter((statement) => statement.region === 'documents' && owned.has(statement.documentId))
  const all = [...named, ...ofNobody]
  if (ofHim.length === 0 || holds(own, event)) return readingOf(event, family, ofHis, all, true)
  const echoOf = event.echoOf ?? samePayload(own, event)[0]?.revision ?? null
  return readingOf({ ...datedBy(event, ofHim), echoOf }, family, [...ofHim, ...ofHis], all, true)
}

/** What of the events of the stream of the unattributed is heard by the user of whom `own` is all else that is known. */
export const adoptAll = (
  userId: UserId,
  own: readonly Reading[],
  others: readonly KycEvent[],
): readonly WebhookReading[] => {
  const owned = new Set([...own, ...others.map((event) => readWebhook(event, userId))].flatMap(documentsIn))
  const ownEvents = own.flatMap(({ event }) => (event._tag === 'Own' ? [] : [event]))
  return others.map((event) => adopt(event, userId, owned, ownEvents)).filter(saysSomething)
}

/** Of events of the stream of the unattributed, those that count among the events of the user with this stream. */
export const heardBy = <S extends StoredEvent>(
  userId: UserId,
  { arrived }: OwnHistory,
  others: readonly S[],
): readonly S[] => {
  const heard = new Set(
    adoptAll(userId, arrived, A.rights(others.map((event) => readEvent(event)))).map(({ event }) => event.eventId),
  )
  return others.filter(({ eventId }) => heard.has(eventId))
}
