import * as E from 'fp-ts/lib/Either.js'
import { type KnownEvent, readMetadata } from '../../domain/event/kycEvent.ts'
import { type OwnTimes, RELEASED, readOwnTimes } from '../../domain/event/ownEvent.ts'
import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import { type RecordedFact, type StreamKnowledge, touchedBy } from '../../domain/event/recognition.ts'
import type { Instant } from '../../domain/instant.ts'
import type { ExpectedRevision } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, Revision, StreamName } from '../eventStore/recordedEvent.ts'

/** Where an event stands. */
export interface Standing {
  readonly stream: StreamName
  readonly revision: number
  readonly position: Position
  readonly eventId: string
}

/** A fact of a stream with the place where it stands; the stream is the head's. */
export type StandingFact = RecordedFact & Omit<Standing, 'stream'>

/** What must be known of a stream to decide on the next webhook: where it ends and which facts it holds. */
export interface StreamHead {
  readonly stream: StreamName
  readonly revision: ExpectedRevision
  /** When its last event was recorded, as that counts; the next one is never received or recorded earlier. */
  readonly recordedAt: Instant | null
  /** Its first revision that was not erased: 0, but for events of nobody, which go from the front. */
  readonly begin: Revision
  /** Whether its revisions run from there without a gap. */
  readonly complete: boolean
  /** When something was released: only this service does that, and a success counts from then on. */
  readonly releases: readonly Instant[]
  /** Grows in place, each list as well: one head is held per stream, and a long stream's facts are not copied for each event. */
  readonly factsByPayload: Map<string, StandingFact[]>
  /** The payload that came with a `webhook_id`; `null` once several did. */
  readonly payloadById: Map<string, string | null>
  /** The revision of the last event that touches a part of the user's state. */
  readonly lastTouch: Map<string, number>
}

/** How many events the stream holds; each takes some 0.7 kB of the head. */
export const eventsOf = ({ revision }: StreamHead): number => (revision === 'no-stream' ? 0 : revision + 1)

export const emptyHead = (stream: StreamName, begin: Revision = 0): StreamHead => ({
  stream,
  begin,
  revision: 'no-stream',
  recordedAt: null,
  complete: true,
  releases: [],
  factsByPayload: new Map(),
  payloadById: new Map(),
  lastTouch: new Map(),
})

/**
 * The head of a stream that stands at `actual`, and shows nothing up to there: it was deleted or cut, or all that it held has
 * become too old.
 */
export const standingUnseen = (head: StreamHead, actual: number): StreamHead => ({
  ...head,
  revision: actual,
  complete: head.revision === 'no-stream' && head.begin > 0 && actual === head.begin - 1,
})

/** What a head keeps of the event of a webhook. */
type Kept = Omit<RecordedFact, 'revision'> & Pick<KnownEvent, 'recordedAt'>

/**
 * The head once an event has been appended to it. What this service wrote itself is no fact that a webhook may repeat; but no webhook that
 * comes after it was received before it.
 */
export const withEvent = (
  head: StreamHead,
  { revision, position, eventId, type }: Omit<Standing, 'stream'> & { readonly type?: string },
  metadata: Kept | OwnTimes | null,
): StreamHead => {
  const next = head.revision === 'no-stream' ? head.begin : head.revision + 1
  const complete = head.complete && revision === next
  if (metadata === null) return { ...head, revision, complete }
  const { recordedAt } = metadata
  if (!('payloadHash' in metadata)) {
    const releases = type === RELEASED ? [...head.releases, metadata.occurredAt] : head.releases
    return { ...head, revision, complete, recordedAt, releases }
  }
  const { payloadHash, family, webhookId, webhookCreatedAt, occurredAt, echoOf } = metadata
  const identity = { payloadHash, family, webhookId, webhookCreatedAt }
  const fact: StandingFact = { revision, position, eventId, ...identity, occurredAt, echoOf }
  const samePayload = head.factsByPayload.get(payloadHash)
  if (samePayload === undefined) head.factsByPayload.set(payloadHash, [fact])
  else samePayload.push(fact)
  if (webhookId !== null) {
    const before = head.payloadById.get(webhookId)
    head.payloadById.set(webhookId, before === undefined || before === payloadHash ? payloadHash : null)
  }
  for (const part of touchedBy(family)) head.lastTouch.set(part, revision)
  return { ...head, revision, complete, recordedAt }
}

/** What decides on the next webhook, beside the facts that carry its payload. */
export const knowledgeOf = (head: StreamHead): StreamKnowledge => ({
  originals: () => originalsOf(head),
  payloadOf: (webhookId) => head.payloadById.get(webhookId) ?? null,
  isLast: ({ family, revision }) => touchedBy(family).every((part) => head.lastTouch.get(part) === revision),
  complete: head.complete,
})

/**
 * The times of the facts that are no echoes, and of the releases: after each of them the user may be validated, and what was said of him
 * before has to be heard when it is said again.
 */
const originalsOf = ({ factsByPayload, releases }: StreamHead): readonly Instant[] =>
  [...factsByPayload.values()]
    .flatMap((facts) => facts.flatMap(({ echoOf, occurredAt }) => (echoOf === null ? [occurredAt] : [])))
    .concat(releases)

/** Reads what has been appended to a stream since `head` was known. */
export const readOn = async (
  store: EventStore,
  head: StreamHead,
  corrections: readonly ReceiptCorrection[],
): Promise<StreamHead> => {
  let latest = head
  const from = head.revision === 'no-stream' ? 0 : head.revision + 1
  for await (const event of store.readStream(head.stream, { from })) {
    const metadata = readMetadata(event, corrections)
    latest = withEvent(latest, event, E.isRight(metadata) ? metadata.right : readOwnTimes(event, corrections))
  }
  return latest
}
