import type { Database } from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import { timesOf } from '../../../domain/event/dating.ts'
import { type KnownEvent, readMetadata } from '../../../domain/event/kycEvent.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import { recognise } from '../../../domain/event/recognition.ts'
import type { Instant } from '../../../domain/instant.ts'
import type { StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { appendTo } from '../../../src/eventStore/sqlite/append.ts'
import { logPages } from '../../../src/eventStore/sqlite/logPages.ts'
import { eventOf, receiptOf } from '../../../src/ingest/eventOfFact.ts'
import type { Fact } from '../../../src/ingest/fact.ts'
import { keptHeads } from '../../../src/ingest/keptHeads.ts'
import { emptyHead, knowledgeOf, type Standing, type StreamHead, withEvent } from '../../../src/ingest/streamHead.ts'
import { newSalt } from '../../../src/ledger/salt.ts'

/** Where a fact stands; with what is known of its event where it is a new one. */
export interface Decided {
  readonly standing: Standing
  readonly known: KnownEvent | null
}

const NONE: readonly ReceiptCorrection[] = []

/**
 * `recordFacts` in one go: decides on a fact by the head of its stream, and writes its event in the transaction under way. Nobody else writes to
 * the log, so that no answer of the log has to be waited for; where the stream stands otherwise after all, it throws.
 */
export const deciding = (db: Database) => {
  const { append, begin } = appendTo(db)
  const { pageOfStream } = logPages(db, { met: () => undefined })
  const { heads } = keptHeads(() => NONE)

  const headOf = (stream: StreamName): StreamHead =>
    pageOfStream(stream, true, 0, Number.MAX_SAFE_INTEGER).reduce((head, event) => {
      const metadata = readMetadata(event)
      return withEvent(head, event, E.isRight(metadata) ? metadata.right : null)
    }, emptyHead(stream))

  const decide = (fact: Fact, now: Instant): Decided => {
    const { stream, metadata } = fact
    const { family, payloadHash, elementHash, webhookId, webhookCreatedAt, userId, secret } = metadata
    const { claim, statedAt, statedBinds } = metadata
    const head = heads.get(stream) ?? headOf(stream)
    const samePayload = head.factsByPayload.get(payloadHash) ?? []
    const receipt = receiptOf(fact, head, now)
    const { receivedAt, recordedAt } = receipt
    const dating = { webhookCreatedAt, claim, statedAt, statedBinds, receivedAt }
    const times = timesOf(dating, recordedAt, null, NO_CORRECTIONS)
    const { occurredAt } = times
    const candidate = { family, payloadHash, webhookId, webhookCreatedAt, occurredAt }
    const recognition = recognise(candidate, samePayload, knowledgeOf(head))
    if (recognition._tag === 'Known' || recognition._tag === 'EchoRefused') {
      const one = samePayload.find(({ revision }) => revision === recognition.revision)
      if (one === undefined) throw new Error('what is known stands nowhere')
      const { revision, position, eventId } = one
      return { standing: { stream, revision, position, eventId }, known: null }
    }
    const echoOf = recognition._tag === 'Echo' ? recognition.of : null
    const event = eventOf(fact, receipt, echoOf, samePayload.length, newSalt())
    const appended = append({ stream, expected: head.revision, events: [event] })
    if (E.isLeft(appended)) throw new Error(appended.left._tag)
    const { revision, position } = appended.right
    const standing = { stream, revision, position, eventId: event.eventId }
    heads.set(stream, withEvent(head, standing, { ...candidate, recordedAt, echoOf }))
    const identity = { family, payloadHash, elementHash, webhookId, webhookCreatedAt, userId, secret, echoOf }
    return { standing, known: { ...identity, ...times } }
  }

  return { begin, decide, pageOfStream }
}
