import * as E from 'fp-ts/lib/Either.js'
import type { RecordedFact } from '../../domain/identity.ts'
import type { Instant } from '../../domain/instant.ts'
import { type EventMetadata, readMetadata } from '../../domain/kycEvent.ts'
import type { EventStore, ExpectedRevision, Position, RecordedEvent, StreamName } from '../eventStore/eventStore.ts'

/** Where an event stands. */
export interface Standing {
  readonly stream: StreamName
  readonly revision: number
  readonly position: Position
  readonly eventId: string
}

/** A fact of a stream with the place where it stands. */
export type StandingFact = RecordedFact & Standing

/** What must be known of a stream to decide on the next webhook: where it ends and which facts it holds. */
export interface StreamHead {
  readonly stream: StreamName
  readonly revision: ExpectedRevision
  /** When its last event was recorded; the next one is never recorded earlier. */
  readonly recordedAt: Instant | null
  /** Grows in place: one head is held per stream, and a long stream's facts are not copied for each event. */
  readonly factsByPayload: Map<string, readonly StandingFact[]>
}

export const emptyHead = (stream: StreamName): StreamHead => ({
  stream,
  revision: 'no-stream',
  recordedAt: null,
  factsByPayload: new Map(),
})

/** The head once an event has been appended to it. */
export const withEvent = (head: StreamHead, standing: Standing, metadata: EventMetadata | null): StreamHead => {
  if (metadata === null) return { ...head, revision: standing.revision }
  const { payloadHash, family, webhookId, webhookCreatedAt, occurredAt, echoOf, recordedAt } = metadata
  const fact: StandingFact = { ...standing, payloadHash, family, webhookId, webhookCreatedAt, occurredAt, echoOf }
  head.factsByPayload.set(payloadHash, [...(head.factsByPayload.get(payloadHash) ?? []), fact])
  return { ...head, revision: standing.revision, recordedAt }
}

/** The times of the facts that are no echoes. */
export const originalsOf = ({ factsByPayload }: StreamHead): readonly Instant[] =>
  [...factsByPayload.values()].flatMap((facts) =>
    facts.flatMap(({ echoOf, occurredAt }) => (echoOf === null ? [occurredAt] : [])),
  )

const standingOf = ({ stream, revision, position, eventId }: RecordedEvent): Standing => ({
  stream,
  revision,
  position,
  eventId,
})

/** Reads what has been appended to a stream since `head` was known. */
export const readOn = async (store: EventStore, head: StreamHead): Promise<StreamHead> => {
  let latest = head
  const from = head.revision === 'no-stream' ? 0 : head.revision + 1
  for await (const event of store.readStream(head.stream, { from })) {
    const metadata = readMetadata(event)
    latest = withEvent(latest, standingOf(event), E.isRight(metadata) ? metadata.right : null)
  }
  return latest
}
